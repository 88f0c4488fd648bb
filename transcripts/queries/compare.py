"""Comparing two transcripts of one recording."""

from __future__ import annotations

from dataclasses import dataclass

from transcripts.models import Transcript, Utterance
from transcripts.text.comparing import share_out_texts
from transcripts.text.merging import DiffSegment, diff
from transcripts.text.tokens import Word


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A row of one transcript, and what another transcript of the recording has at its time."""

    row: Utterance
    other: str
    segments: list[DiffSegment]

    @property
    def is_same(self) -> bool:
        return all(segment.kind == "equal" for segment in self.segments)


def compare_transcripts(transcript: Transcript, other: Transcript) -> list[ComparedRow]:
    rows = list(transcript.utterances.visible().select_related("speaker"))
    stored = other.utterances.visible().values_list("text", "words")
    others = [(text, [Word(*word) for word in words]) for text, words in stored]
    texts = share_out_texts([(row.start_ms, row.end_ms) for row in rows], others)
    return [ComparedRow(row, text, diff(row.text, text)) for row, text in zip(rows, texts, strict=True)]
