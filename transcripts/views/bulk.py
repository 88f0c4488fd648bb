"""Doing one thing to many recordings: the question with its count, the line that tells how far it is, and undo."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget, trigger_client_event

from transcripts.enums import AuditEvent
from transcripts.errors import NotFound, NotPossible, OverQuota
from transcripts.exports.registry import TOGETHER
from transcripts.forms.bulk import EXPORT, BulkForm
from transcripts.messages import QUOTAS, explain_impossible
from transcripts.middleware import SignedInRequest
from transcripts.models import BulkAction, Recording
from transcripts.queries.bulk import get_bulk_action
from transcripts.services.audit import record
from transcripts.services.bulk.bulk import TooMany, begin_bulk_action, cancel_bulk_action, undo_bulk_action
from transcripts.services.exporting.contents import Export
from transcripts.services.exporting.downloads import request_download


@require_POST
def bulk_create(request: SignedInRequest) -> HttpResponse:
    """Asks before it does anything: 200 with the question; once that is answered, the action is enqueued."""
    form = BulkForm(request.POST, user=request.user)
    if not form.is_valid() and {"kind", "query"} & form.errors.keys():
        raise NotFound
    if "recording" in form.errors:
        return _respond_refused(request, str(form.errors["recording"][0]))
    if form.errors or not form.cleaned_data["confirmed"]:
        status = 422 if form.errors else 200
        template = "transcripts/_bulk_question.html" if request.htmx else "transcripts/bulk_question.html"
        response = render(request, template, {"form": form}, status=status)
        return reswap(retarget(response, "#bulk-question"), "innerHTML") if request.htmx else response
    if form.cleaned_data["kind"] == EXPORT:
        return _begin_export(request, form)
    try:
        action = begin_bulk_action(
            kind=form.cleaned_data["kind"],
            recordings=form.recordings,
            details=form.details,
            by=request.user,
            address=request.META.get("REMOTE_ADDR"),
        )
    except TooMany:
        return _respond_refused(request, _("Wait until what you have begun is done."))
    return _respond_with_action(request, action.pk)


@require_safe
def bulk_count(request: SignedInRequest) -> HttpResponse:
    """How many recordings the library's filter finds, on all pages."""
    asked = urlencode({"kind": EXPORT, "all": "on", "query": request.GET.urlencode()})
    form = BulkForm(QueryDict(asked), user=request.user)
    if not form.is_valid():
        raise NotFound
    return JsonResponse({"count": form.count.chosen})


@require_safe
def bulk_action(request: SignedInRequest, pk: UUID) -> HttpResponse:
    return _respond_with_action(request, pk)


@require_POST
def bulk_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    cancel_bulk_action(action=_get_action(request, pk))
    return _respond_with_action(request, pk)


@require_POST
def bulk_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    action = _get_action(request, pk)
    try:
        undo_bulk_action(action=action)
    except NotPossible as error:
        return _respond_refused(request, explain_impossible(error.what), _leave(action))
    return _respond_with_action(request, pk)


@require_POST
def bulk_dismiss(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Puts its line away; what it has done stays."""
    action = _get_action(request, pk)
    BulkAction.objects.filter(pk=action.pk).update(dismissed=True)
    return HttpResponse() if request.htmx else _leave(action)


def _begin_export(request: SignedInRequest, form: BulkForm) -> HttpResponse:
    known = TOGETHER[form.cleaned_data["format"]]
    transcripts = form.list_transcripts()
    if not transcripts:
        return _respond_refused(request, _("There are no transcripts yet."))
    export = Export(known, known.choose({}), transcripts, together=True)
    try:
        download, _is_new = request_download(export=export, title=_("Transcripts"), by=request.user)
    except OverQuota as error:
        return _respond_refused(request, str(QUOTAS[error.quota]))
    with transaction.atomic():
        for one in Recording.objects.filter(transcripts__in=transcripts).select_related("project"):
            record(AuditEvent.EXPORTED, by=request.user, project=one.project, about=one, details=known.name)
    if not request.htmx:
        return redirect("downloads")
    return render(request, "transcripts/_download.html", {"download": download})


def _get_action(request: SignedInRequest, pk: UUID) -> BulkAction:
    action = get_bulk_action(request.user, pk)
    if action is None:
        raise NotFound
    return action


def _respond_with_action(request: SignedInRequest, pk: UUID) -> HttpResponse:
    action = _get_action(request, pk)
    if not request.htmx:
        return _leave(action)
    response = render(request, "transcripts/_bulk_action.html", {"action": action})
    if not action.is_unfinished:
        trigger_client_event(response, "bulk:ended")
    return response


def _leave(action: BulkAction) -> HttpResponse:
    """To the page that shows it."""
    project = action.details.get("tags_of")
    return redirect("project_tags", project) if project else redirect("library")


def _respond_refused(request: SignedInRequest, sentence: str, left: HttpResponse | None = None) -> HttpResponse:
    if request.htmx:
        response = render(request, "transcripts/_bulk_refused.html", {"sentence": sentence}, status=422)
        return reswap(retarget(response, "#bulk-actions"), "afterbegin")
    messages.error(request, sentence)
    return left or redirect("library")
