"""Transcripts that are imported from files."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F, JSONField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from transcripts.enums import ChangeKind, TranscriptionState
from transcripts.errors import AlreadyImported
from transcripts.flash.answer import AnswerUtterance
from transcripts.flash.options import RecognitionOptions
from transcripts.imports.reading import ImportedAnswer
from transcripts.models import Recording, Transcript, Transcription
from transcripts.services.recognition.from_answer import attach_transcript, build_rows, store_rows
from transcripts.services.short_transactions import remove_unfinished
from transcripts.text.tokens import Word

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def add_transcript(
    *,
    recording: Recording,
    answer: ImportedAnswer,
    file_name: str,
    by: User,
    pk: str | None = None,
    current: bool | None = None,
) -> Transcript:
    """Adds a transcript from a file to the recording; its other transcripts do not change.

    `current` says whether it becomes the current one; if nothing is said, only unless people have worked on that.

    With `pk`, of which there is one transcript at most, it raises AlreadyImported if it is there.
    """
    with store_import(recording=recording, answer=answer, pk=pk) as transcript:
        attach_import(transcript, recording=recording, answer=answer, file_name=file_name, by=by, current=current)
    return transcript


@contextmanager
def store_import(*, recording: Recording, answer: ImportedAnswer, pk: str | None = None) -> Iterator[Transcript]:
    """Stores the rows of a file, in short transactions; inside, the transcript is attached in one.

    Rows without words get the engine's, which the recording's current transcript has at their time. So their words have
    exact times where the texts agree, and the two can be compared and taken over row by row.

    Raises AlreadyImported as `add_transcript` does. What a killed process has stored under `pk` is removed first.
    """
    engine_words = _read_engine_words(recording)
    rows = build_rows(_add_engine_words(row, engine_words, recording.duration_ms) for row in answer.utterances)
    try:
        if pk:
            remove_unfinished(Transcript(pk=pk))
        transcript = store_rows(rows, pk=pk)
        try:
            with transaction.atomic():
                yield transcript
        except BaseException:
            remove_unfinished(transcript)
            raise
    except IntegrityError:
        if pk and Transcript.objects.filter(pk=pk).exists():
            raise AlreadyImported from None
        raise


def attach_import(
    transcript: Transcript,
    *,
    recording: Recording,
    answer: ImportedAnswer,
    file_name: str,
    by: User,
    current: bool | None = None,
) -> None:
    """Makes the rows a transcript of the recording. Must be called inside `store_import`."""
    now = timezone.now()
    transcription = Transcription.objects.create(
        recording=recording,
        requested_by=by,
        options=RecognitionOptions().to_json(),
        state=TranscriptionState.DONE,
        started_at=now,
        finished_at=now,
        message=file_name[:300],
        raw_answer=Cast(Value(answer.raw.decode()), JSONField()),
    )
    del transcription.raw_answer  # which is read again where it is asked for
    # Names, where the service's answers have numbers.
    transcript.speakers.exclude(label__regex=r"^[0-9]+(-[0-9]+)?$").update(name=F("label"))
    attach_transcript(
        transcript, transcription=transcription, kind=ChangeKind.IMPORTED, current=current, file=file_name[:300]
    )


def _add_engine_words(row: AnswerUtterance, engine_words: list[Word], duration_ms: int | None) -> AnswerUtterance:
    """If the row has no words of its own, adds the engine's, and ends it with the audio at the latest."""
    if row.words:
        return row
    end_ms = min(row.end_ms, duration_ms) if duration_ms and duration_ms > row.start_ms else row.end_ms
    return replace(row, end_ms=end_ms, words=_select_words_between(engine_words, row.start_ms, end_ms))


def _read_engine_words(recording: Recording) -> list[Word]:
    """The engine's words in the current transcript, in order of time."""
    current = recording.transcripts.current_first().first()
    if current is None:
        return []
    rows = current.utterances.visible().values_list("engine_words", flat=True)
    words = [Word(*word) for row in rows for word in row if word[1] >= 0]
    return sorted(words, key=lambda word: word.start_ms)


def _select_words_between(words: list[Word], start_ms: int, end_ms: int) -> tuple[Word, ...]:
    """The words whose middle is in the row, cut to the row."""
    first = bisect_left(words, start_ms - 10_000, key=lambda word: word.start_ms)
    last = bisect_left(words, end_ms, key=lambda word: word.start_ms)
    return tuple(
        replace(word, start_ms=max(word.start_ms, start_ms), end_ms=min(word.end_ms, end_ms))
        for word in words[first:last]
        if start_ms <= (word.start_ms + word.end_ms) / 2 < end_ms
    )
