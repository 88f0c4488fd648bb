"""Diarizations as the machine would store them, with voices that sound as a test wants them to."""

from __future__ import annotations

import base64

from transcripts.diarization.results import Diarized, Turn, Voice
from transcripts.enums import DiarizationState
from transcripts.models import Diarization, Speaker, Transcript

ENCODER = "resemblyzer-0.1.4"


def centroid_of(*values: int) -> str:
    """How somebody sounds, in as many dimensions as there are values from -127 to 127."""
    return base64.b64encode(bytes(value & 0xFF for value in values)).decode()


WANG, LI, ZHAO = centroid_of(120, 10, 0, 5), centroid_of(-20, 110, 30, 0), centroid_of(0, -90, 90, 10)
NEARLY_WANG = centroid_of(110, 30, 10, 5)


def told_apart(
    transcript: Transcript, *centroids: str, encoder: str = ENCODER, ms: int = 20_000, taken: bool = True
) -> Diarization:
    """Each row is a turn of the voice that its speaker has, in the order of the speakers, and that was taken."""
    speakers = list(transcript.speakers.order_by("pk"))
    numbers = {speaker.pk: number for number, speaker in enumerate(speakers, 1)}
    rows = transcript.utterances.visible().exclude(speaker=None)
    diarized = Diarized(
        voices=tuple(Voice(number, ms, ((400, 1600),), centroid) for number, centroid in enumerate(centroids, 1)),
        turns=tuple(Turn(row.start_ms, row.end_ms, numbers[row.speaker_id or 0], 90) for row in rows),
        encoder=encoder,
    )
    return Diarization.objects.create(
        transcript=transcript,
        automatic=False,
        state=DiarizationState.DONE,
        result=diarized.to_json(),
        voices={str(number): pk for pk, number in numbers.items()} if taken else {},
    )


def first_speaker(transcript: Transcript) -> Speaker:
    return transcript.speakers.select_related("transcript__recording__project").get(label="1")


def second_speaker(transcript: Transcript) -> Speaker:
    return transcript.speakers.select_related("transcript__recording__project").get(label="2")
