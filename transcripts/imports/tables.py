"""Tables of a transcript, whose columns are told apart by what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.imports.names import looks_like_name
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, PlaceKind, Why
from transcripts.imports.script import CLOCK, add_following

_CELL_TIMES = re.compile(rf"\s*[\[(]?\s*({CLOCK})(?:\s*(?:-{{1,3}}>?|~|to|\s)\s*({CLOCK}))?\s*[\])]?\s*")
_NUMBER = re.compile(r"\s*#?\d{1,7}[.)]?\s*")
_MOST_COLUMNS = 64
_LEAST_SHARE = 0.5
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Numbers of columns; `end` and `speaker` may be None."""

    start: int
    end: int | None
    speaker: int | None
    text: int


def read_table(rows: Sequence[Sequence[str]], number: int, extract: Extract) -> bool:
    """Whether the table has times; then its rows are in `extract`, with all other cells left."""
    rows = [
        list(row[: _MOST_COLUMNS - 1]) + ["\n".join(row[_MOST_COLUMNS - 1 :])] * (len(row) >= _MOST_COLUMNS)
        for row in rows
    ]
    columns = find_columns(rows)
    if columns is None:
        return False
    found: list[ImportedRow] = []
    for index, cells in enumerate(rows, start=1):
        place = FilePlace(PlaceKind.TABLE_ROW, index)
        times = _read_times(cells[columns.start]) if columns.start < len(cells) else None
        text = cells[columns.text] if columns.text < len(cells) else ""
        speaker = cells[columns.speaker] if columns.speaker is not None and columns.speaker < len(cells) else ""
        if times is None or not text.strip():
            reason = Why.TITLE if index == 1 and times is None else Why.NO_TIME if times is None else Why.UNEXPECTED
            kept = (cell for at, cell in enumerate(cells) if times is None or at != columns.start)
            extract.leave(place, "\n".join(kept), reason)
            continue
        start_ms, end_ms = times
        if columns.end is not None and columns.end < len(cells) and (end := _read_times(cells[columns.end])):
            end_ms = end[0]
        found.append(ImportedRow(start_ms, -1 if end_ms is None else end_ms, text, " ".join(speaker.split())))
        for at, cell in enumerate(cells):
            if at not in (columns.start, columns.end, columns.speaker, columns.text) and not _NUMBER.fullmatch(cell):
                extract.leave(place, cell, Why.COLUMN)
    add_following(found, extract)
    return True


def find_columns(rows: Sequence[Sequence[str]]) -> TableColumns | None:
    """None where no column has times, or none is left for text."""
    width = max((len(row) for row in rows), default=0)
    columns = [[row[at].strip() for row in rows if at < len(row)] for at in range(width)]
    filled = [[cell for cell in column if cell] for column in columns]
    times = [at for at, cells in enumerate(filled) if cells and _share(cells, _read_times) >= _LEAST_SHARE]
    others = [
        at
        for at, cells in enumerate(filled)
        if cells and at not in times and _share(cells[1:] or cells, _NUMBER.fullmatch) <= _LEAST_SHARE
    ]
    if not times or not others:
        return None
    names = [at for at in others if _holds_names(filled[at])]
    said = [at for at in others if at not in names]
    text = max(said, key=lambda at: sum(map(len, filled[at]))) if said else others[-1]
    speakers = [at for at in names if at != text]
    start, end = times[0], times[1] if len(times) > 1 else None
    return TableColumns(start, end, speakers[0] if speakers else None, text)


def _share(cells: Sequence[str], test: object) -> float:
    assert callable(test)  # noqa: S101
    return sum(test(cell) is not None for cell in cells) / len(cells)


def _holds_names(cells: Sequence[str]) -> bool:
    """Short texts, most of which could be names."""
    if any(len(cell) > _LONGEST_NAME for cell in cells):
        return False
    return sum(looks_like_name(cell) or cells.count(cell) > 1 for cell in cells[:200]) * 2 >= len(cells[:200])


def _read_times(cell: str) -> tuple[int, int | None] | None:
    if len(cell) > 60:
        return None
    times = _CELL_TIMES.fullmatch(to_ascii(cell))
    start_ms = parse_clock(times[1]) if times else None
    if times is None or start_ms is None:
        return None
    return start_ms, parse_clock(times[2]) if times[2] else None
