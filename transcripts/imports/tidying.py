"""What every format's rows have in common: clean texts, times that can be clicked, a length that can be edited."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from transcripts.flash.answer import MAX_TIME_MS
from transcripts.imports.cues import LAST_MS, SLOW_MS
from transcripts.imports.cutting import LONGEST_ROW, TEXT_ROW, cut_row, join_lines
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, PlaceKind, Why, clean_line, clean_lines
from transcripts.text.limits import MAX_SPEAKER_NAME

_SHORTEST_MS = 500  # of a row whose end nobody can tell: long enough to click
_HOUR_MS, _MINUTE_MS, _SECOND_MS = 3_600_000, 60_000, 1000
_LEAST_BEYOND = 0.5


@dataclass(frozen=True, slots=True)
class TidyRows:
    rows: list[ImportedRow]
    lengthened: int
    cut: int


def tidy_rows(extract: Extract, shift_ms: int) -> TidyRows:
    """In the order of time, each text in one line, but those of answers. What is later than can be stored is left."""
    rows = []
    for row in extract.rows:
        # An answer's rows stay as they are: their words have places in their texts, and our own breaks were typed.
        text = row.text.strip() if extract.raw is not None else join_lines(clean_lines(row.text).split("\n"))
        if not text:
            continue
        row = replace(_shift_row(row, shift_ms), text=text, speaker=clean_line(row.speaker)[:MAX_SPEAKER_NAME])
        if row.start_ms >= MAX_TIME_MS or row.end_ms > MAX_TIME_MS:
            extract.leave(FilePlace(PlaceKind.TIME, name=_format_clock(row.start_ms)), text, Why.LATE, row.speaker)
        else:
            rows.append(row)
    rows.sort(key=lambda row: row.start_ms)
    rows, lengthened = _lengthen(rows)
    parts = [cut_row(row, LONGEST_ROW if extract.timed else TEXT_ROW) for row in rows]
    return TidyRows([part for own in parts for part in own], lengthened, sum(len(own) > 1 for own in parts))


def propose_shift(rows: Sequence[ImportedRow], duration_ms: int | None) -> int:
    """What to add to all times so that rows which lie beyond the sound come to lie in it; 0 where they are well.

    Broadcasts often start their clock at ten hours. Whole hours are most likely, then minutes, then seconds. Without
    a sound, rows that all come after a full hour are asked about.
    """
    if not rows:
        return 0
    first_ms = rows[0].start_ms
    if duration_ms is None:
        return -(first_ms // _HOUR_MS * _HOUR_MS)
    beyond = sum(row.start_ms >= duration_ms for row in rows)
    if beyond <= _LEAST_BEYOND * len(rows):
        return 0
    last_ms = max(row.start_ms for row in rows)
    for unit_ms in (_HOUR_MS, _MINUTE_MS, _SECOND_MS):
        shift_ms = first_ms // unit_ms * unit_ms
        if shift_ms and last_ms - shift_ms < duration_ms:
            return -shift_ms
    return -(first_ms // _HOUR_MS * _HOUR_MS)


def _shift_row(row: ImportedRow, shift_ms: int) -> ImportedRow:
    start_ms, end_ms = max(0, row.start_ms + shift_ms), max(0, row.end_ms + shift_ms)
    words = row.words
    if shift_ms:
        words = tuple(
            replace(word, start_ms=max(0, word.start_ms + shift_ms), end_ms=max(0, word.end_ms + shift_ms))
            for word in words
        )
    return replace(row, start_ms=start_ms, end_ms=end_ms, words=words)


def _lengthen(rows: Sequence[ImportedRow]) -> tuple[list[ImportedRow], int]:
    """Rows whose end is not after their start last until the next one, if that is soon, else by their text."""
    starts = [row.start_ms for row in rows]
    made = []
    for row in rows:
        if row.end_ms <= row.start_ms:
            following = bisect_right(starts, row.start_ms)
            wanted_ms = row.start_ms + max(LAST_MS, SLOW_MS * min(len(row.text), 100))
            room_ms = starts[following] if following < len(starts) else wanted_ms
            row = replace(row, end_ms=max(min(wanted_ms, room_ms), row.start_ms + _SHORTEST_MS))
        made.append(row)
    return made, sum(before.end_ms != after.end_ms for before, after in zip(rows, made, strict=True))


def _format_clock(ms: int) -> str:
    return f"{ms // _HOUR_MS}:{ms // _MINUTE_MS % 60:02}:{ms // _SECOND_MS % 60:02}"
