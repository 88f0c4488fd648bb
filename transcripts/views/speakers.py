"""Adding and renaming speakers, assigning rows to them, and merging two into one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from transcripts import access
from transcripts.enums import Action
from transcripts.forms.rows import AssignForm, MergeSpeakersForm, RenameForm, SpeakerForm
from transcripts.middleware import SignedInRequest
from transcripts.rendering.rows import respond_invalid, respond_with_marks
from transcripts.services.editing.speakers import add_speaker, assign_rows, get_speaker, merge_speakers, rename_speaker


@require_POST
def transcript_speakers(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Adds a speaker."""
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = SpeakerForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    add_speaker(transcript=transcript, **form.cleaned_data)
    return respond_with_marks(request, transcript)


@require_POST
def transcript_assign(request: SignedInRequest, pk: UUID) -> HttpResponse:
    transcript = access.transcript_for(request.user, pk, Action.EDIT)
    form = AssignForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    changes = form.changes
    speaker = changes.pop("speaker")
    to = get_speaker(transcript, speaker) if speaker else None
    rows = assign_rows(transcript=transcript, speaker=to, by=request.user, **changes)
    return respond_with_marks(request, transcript, rows)


@require_POST
def speaker_rename(request: SignedInRequest, pk: int) -> HttpResponse:
    speaker = access.speaker_for(request.user, pk, Action.EDIT)
    form = RenameForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    rename_speaker(speaker=speaker, by=request.user, **form.cleaned_data)
    return respond_with_marks(request, speaker.transcript)


@require_POST
def speaker_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    speaker = access.speaker_for(request.user, pk, Action.EDIT)
    form = MergeSpeakersForm(request.POST)
    if not form.is_valid():
        return respond_invalid(request, form)
    changes = form.changes
    into = get_speaker(speaker.transcript, changes.pop("into"))
    rows = merge_speakers(speaker=speaker, into=into, by=request.user, **changes)
    return respond_with_marks(request, speaker.transcript, rows)
