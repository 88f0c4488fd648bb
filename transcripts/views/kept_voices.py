"""The voices that a project keeps: whose they are, as a file, and deleting them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.enums import Action, AuditEvent
from transcripts.errors import NotFound
from transcripts.forms.kept_voices import AllowVoiceForm, DeleteVoicesForm, VoicesTableForm
from transcripts.middleware import SignedInRequest
from transcripts.queries.kept_voices import describe_kept, list_by_recording, list_kept, list_refused
from transcripts.services.audit import record
from transcripts.services.kept_voices import allow_voice, delete_voices


@never_cache
@require_safe
def project_voices(request: SignedInRequest, pk: int) -> HttpResponse:
    project = access.project_for(request.user, pk, Action.MANAGE)
    kept = list_kept(project)
    context = {
        "project": project,
        "kept": kept,
        "by_recording": list_by_recording(kept),
        "refused": list_refused(project),
    }
    return render(request, "transcripts/voices.html", context)


@never_cache
@require_safe
def project_voices_table(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is kept as JSON, of one name or all."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = VoicesTableForm(request.GET)
    if not form.is_valid():
        raise NotFound
    content = describe_kept(project, form.cleaned_data["name"])
    if request.method == "GET":
        details = len(content["voices"])
        record(AuditEvent.VOICES_EXPORTED, by=request.user, project=project, about=project, details=details)
    headers = {"Content-Disposition": f'attachment; filename="voices-{timezone.localdate().isoformat()}.json"'}
    options = {"ensure_ascii": False, "indent": 1}
    return JsonResponse(content, json_dumps_params=options, headers=headers)


@require_POST
def voices_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Of a name, of a recording, or of a name in a recording."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = DeleteVoicesForm(request.POST)
    if not form.is_valid():
        raise NotFound
    count = delete_voices(project=project, by=request.user, **form.cleaned_data)
    sentence = ngettext("%(number)s voice was deleted.", "%(number)s voices were deleted.", count)
    messages.success(request, sentence % {"number": count})
    return redirect("project_voices", pk)


@require_POST
def voices_allow(request: SignedInRequest, pk: int) -> HttpResponse:
    """Lets a voice that was deleted be kept again."""
    project = access.project_for(request.user, pk, Action.MANAGE)
    form = AllowVoiceForm(request.POST)
    if not form.is_valid():
        raise NotFound
    refused = {one.pk: one for one in list_refused(project)}
    if form.cleaned_data["refused"] not in refused:
        raise NotFound
    allow_voice(refused=refused[form.cleaned_data["refused"]], project=project, by=request.user)
    return redirect("project_voices", pk)
