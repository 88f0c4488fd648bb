"""What keeps others from working on a recording: legal holds, under which nothing goes, and audio that is gone."""

from __future__ import annotations

from uuid import UUID

from transcripts.errors import NotPossible, OnHold
from transcripts.models import Recording
from transcripts.models.bins import on_hold


def check_hold(recording: UUID | None) -> None:
    """Raises OnHold if the recording with this key is on hold, or its project."""
    if recording and Recording.objects.filter(on_hold(), pk=recording).exists():
        raise OnHold


def check_audio(recording: Recording) -> None:
    """Raises NotPossible if the recording's audio was deleted."""
    if Recording.objects.filter(pk=recording.pk, audio_deleted_at__isnull=False).exists():
        raise NotPossible("audio")
