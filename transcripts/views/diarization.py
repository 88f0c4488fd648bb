"""Telling the speakers of a transcript apart, and what is done with that."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NotPossible
from transcripts.forms.diarization import DiarizationForm, OfDiarizationForm, TakeForm
from transcripts.messages import explain_impossible
from transcripts.middleware import SignedInRequest
from transcripts.models import Diarization, Transcript
from transcripts.queries.diarization import find_last_done, get_panel, list_proposals
from transcripts.queries.kept_voices import offer_names
from transcripts.rendering.rows import respond_invalid, respond_with_marks, respond_with_rows, respond_with_sentence
from transcripts.services.diarization.requests import cancel_diarization, dismiss_proposals, request_diarization
from transcripts.services.editing.diarization import TakeResult, take_proposals, undo_diarization
from transcripts.services.editing.speakers import get_speaker
from transcripts.services.kept_voices import refuse_offer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def transcript_diarization(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far it is and which voices there are; POST asks for it, in place of what was asked for before."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    if request.method == "POST":
        form = DiarizationForm(request.POST)
        if not form.is_valid():
            return respond_invalid(request, form)
        given = form.cleaned_data
        try:
            request_diarization(
                transcript=transcript,
                by=request.user,
                hint=form.hint,
                examples=given["examples"],
                within=get_speaker(transcript, given["within"]) if given["within"] else None,
            )
        except NotPossible as error:
            return respond_with_sentence(request, explain_impossible(error.what), status=409)
    return _render_panel(request, transcript)


@require_POST
def diarization_cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    cancel_diarization(transcript=transcript)
    return _render_panel(request, transcript)


@gzip_page
@never_cache
@require_safe
def diarization_proposals(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What is proposed for rows, the first ones of very many."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    done = find_last_done(transcript)
    proposals, total = list_proposals(done) if done else ([], 0)
    context = {"transcript": transcript, "job": done, "proposals": proposals, "total": total}
    return render(request, "transcripts/_diarization_proposals.html", context)


@require_POST
def diarization_take(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Answers with the rows that changed, or with their marks alone where none was split.

    204 if nothing is left to take. `X-Kept` says how many of the chosen rows were left alone, as they have changed.
    """
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = TakeForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    diarization = _get_diarization(transcript, form)
    return _respond(request, transcript, take_proposals(diarization=diarization, by=request.user, **form.changes))


@require_POST
def diarization_dismiss(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = OfDiarizationForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    dismiss_proposals(diarization=_get_diarization(transcript, form))
    return _render_panel(request, transcript)


@require_POST
def diarization_undo(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Undoes what was taken last, whoever did, and answers as `diarization_take`; 204 if there is nothing to undo."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = OfDiarizationForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    diarization = _get_diarization(transcript, form)
    key = form.cleaned_data["request_key"]
    return _respond(request, transcript, undo_diarization(diarization=diarization, by=request.user, request_key=key))


def _respond(request: SignedInRequest, transcript: Transcript, result: TakeResult) -> HttpResponse:
    if not result.rows:
        return HttpResponse(status=204)
    if result.has_splits:
        answer = respond_with_rows(result.rows, transcript.speakers.all())
    else:
        answer = respond_with_marks(request, transcript, result.rows)
    if result.left:
        answer["X-Kept"] = str(result.left)
    return answer


@require_POST
def speaker_refuse_offer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Offers no name for this speaker again."""
    speaker = access.speaker_for(request.user, pk, Action.EDIT)
    refuse_offer(speaker=speaker, by=request.user)
    return _render_panel(request, speaker.transcript)


def _get_diarization(transcript: Transcript, form: OfDiarizationForm) -> Diarization:
    """Raises NotFound if the transcript has none of this id."""
    return access.diarization_of(transcript, form.cleaned_data["diarization"])


def _render_panel(request: SignedInRequest, transcript: Transcript) -> HttpResponse:
    panel = get_panel(transcript, request.user)
    panel = replace(panel, voices=offer_names(transcript, panel.voices))
    context = {"transcript": transcript, "panel": panel}
    return render(request, "transcripts/_diarization.html", context)
