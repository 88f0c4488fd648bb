"""Who speaks: adding and naming speakers, giving them rows, making two into one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import EditConflict
from transcripts.forms import AssignForm, MergeSpeakersForm, RenameForm, SpeakerForm
from transcripts.models import Utterance
from transcripts.services import speakers
from transcripts.views.request import SignedInRequest
from transcripts.views.review import change_rows
from transcripts.views.rows import render_conflict, render_marks


@require_POST
def transcript_speakers(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One more speaker, for rows to come."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = SpeakerForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    speakers.add(transcript=transcript, **form.cleaned_data)
    return render_marks(request, transcript)


@require_POST
def transcript_assign(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)

    def assign(*, speaker: int | None, **changes: Any) -> list[Utterance]:
        to = speakers.speaker_of(transcript, speaker) if speaker else None
        return speakers.assign(transcript=transcript, speaker=to, **changes)

    return change_rows(request, transcript, AssignForm(request.POST), assign)


@require_POST
def speaker_rename(request: SignedInRequest, pk: int) -> HttpResponse:
    speaker = access.speaker_for(request.user, pk, Action.EDIT)
    form = RenameForm(request.POST)
    if not form.is_valid():
        return render(request, "transcripts/_invalid.html", {"form": form}, status=422)
    try:
        speakers.rename(speaker=speaker, by=request.user, **form.cleaned_data)
    except EditConflict as conflict:
        return render_conflict(request, None, conflict)
    return render_marks(request, speaker.transcript)


@require_POST
def speaker_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    speaker = access.speaker_for(request.user, pk, Action.EDIT)

    def merge(*, into: int, **changes: Any) -> list[Utterance]:
        other = speakers.speaker_of(speaker.transcript, into)
        return speakers.merge(speaker=speaker, into=other, **changes)

    return change_rows(request, speaker.transcript, MergeSpeakersForm(request.POST), merge)
