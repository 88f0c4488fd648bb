"""Comparing two transcripts of one recording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from transcripts.models import Transcript, Utterance
from transcripts.text.comparing import is_same_time, pair_spans, share_out_texts
from transcripts.text.merging import DiffSegment, diff
from transcripts.text.tokens import Word, tokenize

NUMBERED = re.compile(r"(?:Speaker|说话人)\s*(\d[\d-]*)")  # `Speaker.display_name` in each language


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of one transcript, and what another transcript of the recording has at its time.

    `opposite` are the other's rows there, of which there may be none. Of the speakers, "" is nobody.
    """

    row: Utterance
    other: str
    segments: list[DiffSegment]
    opposite: list[Utterance]
    speaker: str
    other_speakers: list[str]
    speaker_differs: bool

    @property
    def is_same(self) -> bool:
        """Whether the text is the same."""
        return all(segment.kind == "equal" for segment in self.segments)

    @property
    def time_differs(self) -> bool:
        return bool(self.opposite) and not (
            len(self.opposite) == 1 and is_same_time(_span_of(self.row), _span_of(self.opposite[0]))
        )

    @property
    def differs(self) -> bool:
        return not self.is_same or self.time_differs or self.speaker_differs or not self.opposite


@dataclass(frozen=True)
class Comparison:
    """`rows` are those of one transcript, `only_there` the other's that no row of them overlaps."""

    rows: list[ComparedRow]
    only_there: list[Utterance]

    @cached_property
    def only_here(self) -> list[ComparedRow]:
        return [compared for compared in self.rows if not compared.opposite]

    @cached_property
    def differences(self) -> list[ComparedRow]:
        return [compared for compared in self.rows if compared.differs]

    @cached_property
    def words_here(self) -> int:
        """How many words, or Chinese characters, the other transcript does not have at their place."""
        return self._count_words("deleted")

    @cached_property
    def words_there(self) -> int:
        return self._count_words("inserted")

    def _count_words(self, kind: str) -> int:
        texts = [segment.text for compared in self.rows for segment in compared.segments if segment.kind == kind]
        if not self.rows and kind == "inserted":
            texts = [row.text for row in self.only_there]
        return sum(len(tokenize(text)) for text in texts)


def compare_transcripts(transcript: Transcript, other: Transcript) -> Comparison:
    rows = list(transcript.utterances.visible().select_related("speaker"))
    others = list(other.utterances.visible().select_related("speaker"))
    spans, other_spans = [_span_of(row) for row in rows], [_span_of(row) for row in others]
    texts = share_out_texts(spans, [(row.text, [Word(*word) for word in row.words]) for row in others])
    pairs = pair_spans(spans, other_spans)
    # Where one side tells no speakers apart at all, not every row differs.
    speakers_count = any(row.speaker for row in rows) and any(row.speaker for row in others)
    compared = [
        _compare_row(row, text, [others[number] for number in numbers], speakers_count)
        for row, text, numbers in zip(rows, texts, pairs, strict=True)
    ]
    # Pairing is not the same from both sides: what matters here is whether anything stands at its time.
    there = [row for row, numbers in zip(others, pair_spans(other_spans, spans), strict=True) if not numbers]
    return Comparison(compared, there)


def _compare_row(row: Utterance, text: str, opposite: list[Utterance], speakers_count: bool) -> ComparedRow:
    if len(opposite) > 1 and is_same_time(_span_of(row), _span_of(opposite[0])):
        # Voices at once: the one that is most like it.
        opposite = [
            min(
                opposite, key=lambda other: (_identify_speaker(other) != _identify_speaker(row), other.text != row.text)
            )
        ]
    names = list(dict.fromkeys(_name_speaker(other) for other in opposite))
    speakers = {_identify_speaker(other) for other in opposite}
    speaker_differs = speakers_count and bool(opposite) and speakers != {_identify_speaker(row)}
    return ComparedRow(row, text, diff(row.text, text), opposite, _name_speaker(row), names, speaker_differs)


def _span_of(row: Utterance) -> tuple[int, int]:
    return row.start_ms, row.end_ms


def _name_speaker(row: Utterance) -> str:
    return row.speaker.display_name if row.speaker else ""


def _identify_speaker(row: Utterance) -> str:
    """The name, or the label of who has none; an exported and imported "Speaker 2" is the one of label 2."""
    if not row.speaker:
        return ""
    numbered = NUMBERED.fullmatch(row.speaker.name)
    return numbered[1] if numbered else row.speaker.name or row.speaker.label


def get_sources(*transcripts: Transcript) -> list[Transcript]:
    """The same with their origins and transcriptions, in one query."""
    runs = Transcript.objects.with_origin().select_related("transcription")
    found = runs.defer("transcription__raw_answer", "transcription__answer_body").in_bulk(
        [transcript.pk for transcript in transcripts]
    )
    return [found[transcript.pk] for transcript in transcripts]
