"""Which transcript of a recording is the current one: that which the recording opens, and which is counted."""

from __future__ import annotations

from transcripts.models import Recording, Transcript


def is_worked_on(transcript: Transcript | None) -> bool:
    """Whether people have changed or commented on it, or cut it into assignments."""
    return transcript is not None and Transcript.objects.worked_on().filter(pk=transcript.pk).exists()


def offer_as_current(transcript: Transcript, *, wanted: bool | None = None) -> None:
    """Makes a new transcript the current one if there is none or that is `wanted`.

    If nothing is said, only unless people have worked on the one there is.
    """
    recordings = Recording.objects.filter(transcripts=transcript)
    if wanted is None:
        recordings = recordings.exclude(current_transcript__in=Transcript.objects.worked_on())
    elif not wanted:
        recordings = recordings.filter(current_transcript=None)
    recordings.update(current_transcript=transcript)
