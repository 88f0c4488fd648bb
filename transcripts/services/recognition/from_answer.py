"""Making a transcript from an answer of the service."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from transcripts.enums import ChangeKind
from transcripts.flash.answer import MAX_TIME_MS, AnswerUtterance
from transcripts.models import Change, Speaker, Transcript, Transcription, Utterance
from transcripts.text.alignment import align
from transcripts.text.finding import fold_for_search
from transcripts.text.limits import MAX_SPEAKER_LABEL

LabelledRow = tuple[str, Utterance]
"""A row that is not stored yet, after its speaker's label, which may be empty."""


def build_rows(utterances: Iterable[AnswerUtterance]) -> list[LabelledRow]:
    """The rows with the times of their words. Takes seconds for a long recording: before the database is locked."""
    return [(utterance.speaker[:MAX_SPEAKER_LABEL], _build_row(utterance)) for utterance in utterances]


def store_transcript(*, transcription: Transcription, rows: Sequence[LabelledRow], pk: str | None = None) -> Transcript:
    """Stores a transcript with its speakers, rows and first change. Must be called inside a transaction."""
    transcript = Transcript.objects.create(
        pk=pk or uuid.uuid4(), transcription=transcription, recording=transcription.recording, version=1
    )
    labels = dict.fromkeys(label for label, _row in rows if label)
    speakers = {label: Speaker.objects.create(transcript=transcript, label=label) for label in labels}
    has_channels = len({row.channel for _label, row in rows if row.channel}) > 1
    for label, row in rows:
        row.transcript, row.speaker = transcript, speakers.get(label)
        if not has_channels:  # The service names the channel of a mono recording, too.
            row.channel = ""
    Utterance.objects.bulk_create((row for _label, row in rows), batch_size=500)
    Change.objects.create(transcript=transcript, version=1, kind=ChangeKind.RECOGNISED, by=transcription.requested_by)
    return transcript


def _build_row(utterance: AnswerUtterance) -> Utterance:
    start_ms = min(utterance.start_ms, MAX_TIME_MS - 1)
    end_ms = max(utterance.end_ms, start_ms + 1)
    words = align(utterance.words, utterance.text, bounds=(start_ms, end_ms))
    return Utterance(
        channel=utterance.channel[:8],
        start_ms=start_ms,
        end_ms=end_ms,
        text=utterance.text,
        search_text=fold_for_search(utterance.text),
        words=[[word.text, word.start_ms, word.end_ms, word.source] for word in words],
        engine_text=utterance.text,
        engine_words=[[word.text, word.start_ms, word.end_ms] for word in utterance.words],
        additions=dict(utterance.additions),
    )
