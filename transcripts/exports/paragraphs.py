"""What the formats for readers have in common: rows gathered into paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from transcripts.exports.characters import clean_lines, format_clock
from transcripts.exports.cues import join_lines
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.speakers import make_namer
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
        return format_clock(self.start_ms, ".")[:-4]


def gather_paragraphs(document: Document, options: ExportOptions) -> Iterator[Paragraph]:
    """No name is shown twice in succession; without names, paragraphs still end where the speaker changes."""
    waiting: list[Paragraph] = []
    speaker: str | None = None
    name_row = make_namer(document)
    for line in document.utterances:
        text = clean_lines(line.text)
        if not text:
            continue
        if not options.breaks:
            text = join_lines(tuple(text.split("\n")))
        name = name_row(line)
        row = Paragraph(max(0, line.start_ms), line.end_ms, name if options.names else "", text, name != speaker)
        speaker = name
        if waiting and not row.turn and _continues_paragraph(waiting[-1], row, options):
            waiting.append(row)
            continue
        yield from _join_rows(waiting)
        waiting = [row]
    yield from _join_rows(waiting)


def _continues_paragraph(last: Paragraph, row: Paragraph, options: ExportOptions) -> bool:
    if options.paragraphs == "pause":
        return row.start_ms - last.end_ms < options.paragraph_pause_ms
    return options.paragraphs == "speaker"


def _join_rows(rows: list[Paragraph]) -> Iterator[Paragraph]:
    """One paragraph of the rows. `join` gets only the seam, so that a long text is not copied for each row."""
    if rows:
        parts = [rows[0].text]
        for before, row in pairwise(rows):
            seam = join(before.text[-8:], row.text[:1])
            parts.append(" " * (seam[-2:-1] == " ") + row.text)
        yield replace(rows[0], end_ms=rows[-1].end_ms, text="".join(parts))
