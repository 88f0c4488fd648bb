"""Which transcript of a recording is the current one: that which the recording opens, and which is counted."""

from __future__ import annotations

from django.db.models import Q

from transcripts.models import Recording, Transcript


def is_worked_on(transcript: Transcript | None) -> bool:
    """Whether people have changed or commented on it."""
    return transcript is not None and (transcript.version > 1 or transcript.annotation_version > 0)


def offer_as_current(transcript: Transcript, *, wanted: bool | None = None) -> None:
    """Makes a new transcript the current one if there is none or that is `wanted`.

    If nothing is said, only unless people have worked on the one there is.
    """
    recordings = Recording.objects.filter(transcripts=transcript)
    if wanted is None:
        worked_on = Transcript.objects.filter(Q(version__gt=1) | Q(annotation_version__gt=0))
        recordings = recordings.exclude(current_transcript__in=worked_on)
    elif not wanted:
        recordings = recordings.filter(current_transcript=None)
    recordings.update(current_transcript=transcript)
