"""What CSV and XLSX have in common: one line for each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from transcripts.exports.characters import clean_line, clean_lines
from transcripts.exports.cues import bound_times, join_lines
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.speakers import has_channels

COLUMNS = ("id", "start", "end", "speaker", "channel", "text", "recognised", "verified", "flagged")


@dataclass(frozen=True, slots=True)
class TableRow:
    id: str
    start_ms: int
    end_ms: int
    speaker: str
    channel: str
    text: str
    recognised: str
    """The text as the service gave it."""
    verified: bool
    flagged: bool


def choose_columns(document: Document, options: ExportOptions) -> tuple[str, ...]:
    """All columns, but the speaker's only with names and the channel's only for several channels."""
    wanted = {"speaker": options.names, "channel": options.names and has_channels(document)}
    return tuple(name for name in COLUMNS if wanted.get(name, True))


def make_table_rows(document: Document, options: ExportOptions) -> Iterator[TableRow]:
    for row in document.utterances:
        start_ms, end_ms = bound_times(row)
        yield TableRow(
            row.id,
            start_ms,
            end_ms,
            clean_line(row.speaker),
            clean_line(row.channel),
            _clean_text(row.text, options),
            _clean_text(row.engine_text, options),
            row.verified,
            row.flagged,
        )


def _clean_text(text: str, options: ExportOptions) -> str:
    text = clean_lines(text)
    return text if options.breaks else join_lines(tuple(text.split("\n")))
