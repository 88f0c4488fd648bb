"""What the formats for readers have in common: rows gathered into paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from transcripts.exports.characters import clock, plain_line, plain_lines
from transcripts.exports.cues import one_line
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.text.joining import join


@dataclass(frozen=True, slots=True)
class Paragraph:
    start_ms: int
    end_ms: int
    speaker: str
    text: str
    turn: bool
    """Whether somebody else spoke before."""

    @property
    def clock(self) -> str:
        return clock(self.start_ms, ".")[:-4]


def paragraphs(document: Document, options: ExportOptions) -> Iterator[Paragraph]:
    """Nobody's name is shown twice in a row; without names nobody has one, but speakers still change."""
    waiting: list[Paragraph] = []
    speaker: str | None = None
    for line in document.utterances:
        text = plain_lines(line.text)
        if not text:
            continue
        if not options.breaks:
            text = one_line(tuple(text.split("\n")))
        name = plain_line(line.speaker)
        row = Paragraph(max(0, line.start_ms), line.end_ms, name if options.names else "", text, name != speaker)
        speaker = name
        if waiting and not row.turn and _goes_on(waiting[-1], row, options):
            waiting.append(row)
            continue
        yield from _joined(waiting)
        waiting = [row]
    yield from _joined(waiting)


def _goes_on(last: Paragraph, row: Paragraph, options: ExportOptions) -> bool:
    if options.paragraphs == "pause":
        return row.start_ms - last.end_ms < options.paragraph_pause_ms
    return options.paragraphs == "speaker"


def _joined(rows: list[Paragraph]) -> Iterator[Paragraph]:
    """One paragraph of the rows. `join` looks at the seam alone, so that a long one is not copied for each row."""
    if rows:
        parts = [rows[0].text]
        for before, row in pairwise(rows):
            seam = join(before.text[-8:], row.text[:1])
            parts.append(" " * (seam[-2:-1] == " ") + row.text)
        yield replace(rows[0], end_ms=rows[-1].end_ms, text="".join(parts))
