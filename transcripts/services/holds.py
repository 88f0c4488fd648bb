"""Legal holds: nothing of a recording or project on hold is deleted, by nobody and no clock."""

from __future__ import annotations

from uuid import UUID

from transcripts.errors import OnHold
from transcripts.models import Recording
from transcripts.models.bins import on_hold


def check_hold(recording: UUID | None) -> None:
    """Raises OnHold if the recording with this key is on hold, or its project."""
    if recording and Recording.objects.filter(on_hold(), pk=recording).exists():
        raise OnHold
