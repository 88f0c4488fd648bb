"""What CSV and XLSX have in common: one line for each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transcripts.exports.characters import plain_line, plain_lines
from transcripts.exports.cues import one_line, times_of
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions

COLUMNS = ("id", "start", "end", "speaker", "text", "recognised", "verified", "flagged")


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    start_ms: int
    end_ms: int
    speaker: str
    text: str
    recognised: str
    """The text as the service gave it."""
    verified: bool
    flagged: bool


def columns(options: ExportOptions) -> tuple[str, ...]:
    return tuple(name for name in COLUMNS if options.names or name != "speaker")


def entries(document: Document, options: ExportOptions) -> Iterator[Entry]:
    for line in document.utterances:
        start_ms, end_ms = times_of(line)
        yield Entry(
            line.id,
            start_ms,
            end_ms,
            plain_line(line.speaker),
            _text(line.text, options),
            _text(line.engine_text, options),
            line.verified,
            line.flagged,
        )


def _text(text: str, options: ExportOptions) -> str:
    text = plain_lines(text)
    return text if options.breaks else one_line(tuple(text.split("\n")))
