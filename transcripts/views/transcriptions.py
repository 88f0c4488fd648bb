"""Recognising a recording again, and comparing what came of it with what was there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from transcripts import access, queries, sentences
from transcripts.enums import Action
from transcripts.errors import AlreadyRunning, EditConflict
from transcripts.forms import OptionsForm, RowsForm, UtteranceForm
from transcripts.models import Transcript
from transcripts.services import editing, importing, intake
from transcripts.views.request import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def transcription_create(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The recording once more, with other options; the transcripts it has stay as they are."""
    recording = access.recording_for(request.user, pk, Action.EDIT)
    form = OptionsForm(request.POST if request.method == "POST" else None, defaults=queries.last_options(recording))
    if form.is_valid():
        try:
            intake.request_transcription(recording=recording, options=form.options, by=request.user)
            return redirect("library")
        except AlreadyRunning:
            form.add_error(None, _("This recording is being recognised already. Wait for it, or cancel it first."))
    context = {"recording": recording, "form": form}
    return render(request, "transcripts/again.html", context, status=422 if form.errors else 200)


@require_safe
def transcript_compare(request: SignedInRequest, pk: UUID, other_pk: UUID) -> HttpResponse:
    transcript, other = _pair(request, pk, other_pk, Action.VIEW)
    rows = queries.compared(transcript, other)
    context = {
        "transcript": transcript,
        "other": other,
        "recording": transcript.recording,
        "rows": rows,
        "different": [f"{one.row.pk}:{one.row.version}" for one in rows if one.other and not one.is_same],
        "options": sentences.options(queries.options_of(transcript)),
        "other_options": sentences.options(queries.options_of(other)),
        "may_edit": Action.EDIT in access.rights_of(transcript),
    }
    return render(request, "transcripts/compare.html", context)


@require_http_methods(["POST"])
def transcript_take_over(request: SignedInRequest, pk: UUID, other_pk: UUID, utterance_pk: int) -> HttpResponse:
    """Puts what the other transcript has at a row's time into the row, as an edit like any other."""
    transcript, other = _pair(request, pk, other_pk, Action.EDIT)
    found = next((row for row in queries.compared(transcript, other) if row.row.pk == utterance_pk), None)
    if found is None:
        raise Http404
    form = UtteranceForm({**request.POST.dict(), "text": found.other})
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    try:
        editing.edit_utterance(utterance=found.row, by=request.user, **form.cleaned_data)
    except EditConflict:
        messages.error(request, _("Somebody has changed this row since. Nothing was taken over; look at it again."))
    return redirect(f"{reverse('transcript_compare', args=[pk, other_pk])}#u{utterance_pk}")


@require_http_methods(["POST"])
def transcript_take_over_all(request: SignedInRequest, pk: UUID, other_pk: UUID) -> HttpResponse:
    """Puts what the other transcript has into all rows that the person saw to differ, as one change."""
    transcript, other = _pair(request, pk, other_pk, Action.EDIT)
    form = RowsForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    texts = {one.row.pk: one.other for one in queries.compared(transcript, other)}
    taken, left = importing.take_over(transcript=transcript, texts=texts, by=request.user, **form.changes)
    messages.info(request, sentences.taken_over(len(taken), left))
    return redirect("transcript_compare", pk, other_pk)


def _pair(request: SignedInRequest, pk: UUID, other_pk: UUID, action: Action) -> tuple[Transcript, Transcript]:
    transcript = access.transcript_for(request.user, pk, action)
    other = access.transcript_for(request.user, other_pk)
    if transcript.recording_id != other.recording_id or transcript.pk == other.pk:
        raise Http404
    return transcript, other
