"""Making a transcript from an answer of the service."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from transcripts.enums import ChangeKind
from transcripts.flash.answer import MAX_TIME_MS, AnswerUtterance
from transcripts.models import Change, Recording, Speaker, Transcript, Transcription, Utterance
from transcripts.services.current_transcript import offer_as_current
from transcripts.services.recognition.diarizations import queue_diarization
from transcripts.services.short_transactions import remove_unfinished, split_batches
from transcripts.services.transcript_counts import count_transcript
from transcripts.text.alignment import align
from transcripts.text.finding import fold_for_search
from transcripts.text.limits import MAX_SPEAKER_LABEL, SPEAKER_COLOURS

LabelledRow = tuple[str, Utterance]
"""A row that is not stored yet, after its speaker's label, which may be empty."""


def build_rows(utterances: Iterable[AnswerUtterance], *, speaker_each_channel: bool = False) -> list[LabelledRow]:
    """The rows with the times of their words. Takes seconds for a long recording: before the database is locked.

    With `speaker_each_channel`, channels are the speakers where the service names none.
    """
    utterances = list(utterances)
    channels = {utterance.channel for utterance in utterances if utterance.channel}
    by_channel = speaker_each_channel and len(channels) > 1 and not any(one.speaker for one in utterances)
    rows = []
    for utterance in utterances:
        label = utterance.channel if by_channel else utterance.speaker
        rows.append((label[:MAX_SPEAKER_LABEL], _build_row(utterance)))
        time.sleep(0)  # The interpreter's lock: people save in other threads.
    return rows


def store_rows(rows: Sequence[LabelledRow], *, pk: str | None = None) -> Transcript:
    """Stores a transcript with its speakers and rows, in short transactions. Nobody sees it until it is attached."""
    with transaction.atomic():
        transcript = Transcript.objects.create(pk=pk or uuid.uuid4(), version=1)
    try:
        in_order = sorted(rows, key=lambda labelled: labelled[1].start_ms)
        labels = dict.fromkeys(label for label, _row in in_order if label)
        speakers = [
            Speaker(transcript=transcript, label=label, colour=number % SPEAKER_COLOURS + 1)
            for number, label in enumerate(labels)
        ]
        by_label = {speaker.label: speaker for speaker in Speaker.objects.bulk_create(speakers)}
        has_channels = len({row.channel for _label, row in rows if row.channel}) > 1
        for batch in split_batches(rows):
            for label, row in batch:
                row.transcript, row.speaker = transcript, by_label.get(label)
                if not has_channels:  # The service names the channel of a mono recording, too.
                    row.channel = ""
            Utterance.objects.bulk_create(row for _label, row in batch)
        count_transcript(transcript.pk)
    except BaseException:
        remove_unfinished(transcript)
        raise
    return transcript


def attach_transcript(
    transcript: Transcript,
    *,
    transcription: Transcription,
    kind: ChangeKind = ChangeKind.RECOGNISED,
    current: bool | None = None,
    **details: str,
) -> None:
    """Makes stored rows the transcript of the transcription's recording, with its first change.

    `current` is for `offer_as_current`. Must be called inside the transaction that ends the transcription, so that
    there is one transcript or none.
    """
    transcript.transcription, transcript.recording = transcription, transcription.recording
    transcript.save(update_fields=["transcription", "recording"])
    by = transcription.requested_by
    Change.objects.create(transcript=transcript, version=1, kind=kind, by=by, details=details)
    offer_as_current(transcript, wanted=current)
    if kind == ChangeKind.RECOGNISED:
        queue_diarization(transcript, transcription)
    else:
        Recording.objects.filter(pk=transcription.recording_id).update(changed_at=timezone.now())


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
