from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from transcripts import access, queries
from transcripts.enums import Action
from transcripts.errors import EditConflict, NothingToUndo
from transcripts.forms import UtteranceForm
from transcripts.models import Utterance
from transcripts.services import editing
from transcripts.views.request import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def utterance_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The row as it stands; or, with POST, as it stands after the edit. 409 carries both texts, 422 the reasons."""
    if request.method != "POST":
        return _row(request, access.utterance_for(request.user, pk))
    utterance = access.utterance_for(request.user, pk, Action.EDIT)
    form = UtteranceForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    try:
        stored = editing.edit_utterance(utterance=utterance, by=request.user, **form.cleaned_data)
    except EditConflict as conflict:
        return _conflict(request, utterance, conflict)
    return _row(request, stored)


@require_POST
def transcript_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The row whose last change by this person was taken back; 204 where he has none left."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    try:
        return _row(request, editing.undo(transcript=transcript, by=request.user))
    except NothingToUndo:
        return HttpResponse(status=204)
    except EditConflict as conflict:
        return _conflict(request, None, conflict)


def _row(request: SignedInRequest, utterance: Utterance) -> HttpResponse:
    context = {
        "row": utterance,
        "words": queries.packed_words(utterance.text, utterance.words, utterance.start_ms),
        "may_edit": access.may(request.user, Action.EDIT, utterance.transcript.recording.project),
    }
    return render(request, "transcripts/_utterance.html", context)


def _conflict(request: SignedInRequest, utterance: Utterance | None, conflict: EditConflict) -> HttpResponse:
    context = {"row": utterance, "conflict": conflict}
    return render(request, "transcripts/_conflict.html", context, status=409)
