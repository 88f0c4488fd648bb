"""Asking for the speakers of a transcript to be told apart, and calling that off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from transcripts import queue
from transcripts.diarization.results import Hint
from transcripts.errors import NotPossible
from transcripts.models import Diarization, Speaker, Transcript
from transcripts.queries.diarization import find_why_not
from transcripts.services.editing.changes import lock_transcript
from transcripts.services.editing.comment_anchors import publish_annotation

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def request_diarization(
    *,
    transcript: Transcript,
    by: User,
    hint: Hint | None = None,
    examples: bool = False,
    within: Speaker | None = None,
) -> Diarization:
    """Requests it in place of one that is unfinished. What comes of it is proposed; nothing changes by itself.

    With `examples`, rows are sorted by likeness to those that people assigned by hand; with `within`, the rows of that
    speaker that nobody assigned by hand are told apart, into two unless `hint` says more. Raises NotPossible, and Gone.
    """
    if reason := find_why_not(transcript):
        raise NotPossible(reason)
    rows = transcript.utterances.visible()
    if examples and not rows.filter(speaker__isnull=False, speaker_confidence=None).exists():
        raise NotPossible("no_examples")
    if within and not rows.filter(speaker=within, speaker_confidence__isnull=False, verified_at=None).exists():
        raise NotPossible("assigned_by_hand")
    if within and hint is None:
        hint = Hint(2, 2)
    with transaction.atomic():
        locked = lock_transcript(transcript.pk)
        locked.diarizations.unfinished().cancel()
        diarization = Diarization.objects.create(
            transcript=locked,
            requested_by=by,
            automatic=False,
            hint=(hint or Hint()).to_json(),
            examples=examples,
            within=within,
        )
        publish_annotation(locked)
        transaction.on_commit(lambda: queue.enqueue("tell_apart", diarization.pk))
    return diarization


def cancel_diarization(*, transcript: Transcript) -> bool:
    """Returns whether one was unfinished."""
    with transaction.atomic():
        locked = lock_transcript(transcript.pk)
        cancelled: bool = locked.diarizations.cancel()
        if cancelled:
            publish_annotation(locked)
    return cancelled


def dismiss_proposals(*, diarization: Diarization) -> None:
    """Puts away what is proposed."""
    with transaction.atomic():
        locked = lock_transcript(diarization.transcript_id)
        if Diarization.objects.filter(pk=diarization.pk, dismissed=False).update(dismissed=True):
            publish_annotation(locked)
