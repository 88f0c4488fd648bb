from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import EditConflict
from transcripts.forms import UtteranceForm
from transcripts.services import editing
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import render_conflict, render_rows


@require_http_methods(["GET", "HEAD", "POST"])
def utterance_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The row as it stands; or, with POST, as it stands after the edit. 409 carries both texts, 422 the reasons."""
    if request.method != "POST":
        utterance = access.utterance_for(request.user, pk)
        may_edit = Action.EDIT in access.rights_of(utterance)
        return render_rows([utterance], may_edit=may_edit)
    utterance = access.utterance_for(request.user, pk, Action.EDIT)
    form = UtteranceForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    try:
        stored = editing.edit_utterance(utterance=utterance, by=request.user, **form.cleaned_data)
    except EditConflict as conflict:
        return render_conflict(request, utterance, conflict)
    return render_rows([stored])
