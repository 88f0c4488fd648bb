"""What the tests of readers have in common."""

from __future__ import annotations

from pathlib import Path

from transcripts.imports.reading import read
from transcripts.imports.rows import Reading, ReadOptions

DATA = Path(__file__).parents[1] / "data"
FILES = DATA / "imports"
HOSTILE = DATA / "hostile"

PlainRow = tuple[int, int, str, str]


def read_content(name: str, content: str | bytes, options: ReadOptions | None = None) -> Reading:
    return read(content.encode() if isinstance(content, str) else content, name, options)


def read_sample(name: str, options: ReadOptions | None = None) -> Reading:
    return read((FILES / name).read_bytes(), name, options)


def rows_of(reading: Reading) -> list[PlainRow]:
    """Start, end, speaker and text of each row."""
    return [(row.start_ms, row.end_ms, row.speaker, row.text) for row in reading.rows]


def texts_of(reading: Reading) -> list[str]:
    return [row.text for row in reading.rows]


def left_of(reading: Reading) -> list[tuple[str, str, str]]:
    """Place, words and reason of what was not read."""
    return [(str(left.place), left.text, left.reason.name) for left in reading.not_read]
