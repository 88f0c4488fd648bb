"""What people decide about a reading before it is stored: whether to look at it, and where unread texts belong."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from transcripts.imports.names import is_label
from transcripts.imports.rows import Extract, ImportedRow, NotRead, Reading
from transcripts.imports.tidying import tidy_rows


def is_certain(reading: Reading, known: Collection[str]) -> bool:
    """Whether all of the file was read, and nothing was assumed that could as well be otherwise."""
    assumed = reading.assumed
    guessed = (
        assumed.shift_ms,
        assumed.proposed_shift_ms,
        assumed.merged_captions,
        assumed.lengthened_rows,
        assumed.kept_names,
        [name for name in assumed.names_in_text if name not in known and not is_label(name)],
    )
    return bool(reading.rows) and assumed.encoding_sure and not reading.not_read and not any(guessed)


def add_rows(reading: Reading, placed: Iterable[tuple[NotRead, int]]) -> Reading:
    """With texts that were not read as rows from the times, in ms, that people gave them.

    Each lasts until the next row, or as long as its text takes.
    """
    speakers = {row.speaker for row in reading.rows if row.speaker}
    rows = [_make_row(left, start_ms, speakers) for left, start_ms in placed]
    if not rows:
        return reading
    tidy = tidy_rows(Extract(rows=[*reading.rows, *rows], raw=reading.raw), 0)
    return replace(reading, rows=tuple(tidy.rows))


def _make_row(left: NotRead, start_ms: int, speakers: Collection[str]) -> ImportedRow:
    """A text that names a speaker of other rows is theirs."""
    name, colon, text = left.text.partition(": ")
    if colon and name in speakers and text.strip():
        return ImportedRow(start_ms, start_ms, text, name)
    return ImportedRow(start_ms, start_ms, left.text)
