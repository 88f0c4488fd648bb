"""Word files with times, as our own export writes them: headings with a name and a time, or a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import docx
from docx.table import Table

from transcripts.imports.rows import NotReadable, Row
from transcripts.imports.subtitles import clock_ms, following

_MOST_UNPACKED = 200 * 1024 * 1024
_TIME = r"((?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)"
_HEADING = re.compile(rf"(.*?)\s*[\[(]?{_TIME}[\])]?\s*")
_START = re.compile(rf"[\[(]?{_TIME}[\])]?\s+(?=\S)")


def word(content: bytes) -> Iterator[Row]:
    """Raises NotReadable where nothing has a time."""
    file = _opened(content)
    found: list[tuple[int, str, str]] = []
    speaker, start_ms = "", None
    names = {style.style_id: style.name or "" for style in file.styles}
    for block in file.iter_inner_content():
        if isinstance(block, Table):
            found += _lines(block)
            continue
        text = block.text.strip()
        if names.get(block._p.style or "", "").startswith("Heading"):  # block.style searches all styles each time
            heading = _HEADING.fullmatch(text)
            if heading:
                speaker, start_ms = heading[1].strip(), clock_ms(heading[2])
        elif text:
            time = _START.match(text)
            if time:
                start_ms, text = clock_ms(time[1]), text[time.end() :]
            if start_ms is not None:
                found.append((start_ms, text, speaker))
    if not found:
        raise NotReadable(NotReadable.UNTIMED)
    yield from following(_gathered(found))


def plain_word(content: bytes) -> list[Row]:
    """The paragraphs of a file without times, headings and lines of tables too; but not a title above all others."""
    file = _opened(content)
    names = {style.style_id: style.name or "" for style in file.styles}
    found: list[Row] = []
    for block in file.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                *before, text = [cell.text.strip() for cell in row.cells]
                found.append(Row(0, 1, text, " ".join(before)))
        elif found or names.get(block._p.style or "", "") not in ("Title", "Heading 1"):
            found.append(Row(0, 1, block.text.strip()))
    return [row for row in found if row.text]


def _opened(content: bytes) -> Any:
    try:
        with ZipFile(BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
                raise NotReadable(NotReadable.LARGE)
    except BadZipFile:
        raise NotReadable(NotReadable.BROKEN) from None
    return docx.Document(BytesIO(content))


def _lines(table: Table) -> Iterator[tuple[int, str, str]]:
    """Time, speaker and text; the speaker may be left out."""
    for row in table.rows:
        cells = [cell.text.strip() for cell in row.cells]
        if len(cells) in (2, 3) and re.fullmatch(_TIME, cells[0]):
            yield clock_ms(cells[0]), cells[-1], cells[1] if len(cells) == 3 else ""


def _gathered(found: list[tuple[int, str, str]]) -> list[tuple[int, str, str]]:
    """Paragraphs below one time are one row: nobody can tell where the second begins."""
    rows: list[tuple[int, str, str]] = []
    for start_ms, text, speaker in found:
        if rows and rows[-1][0] == start_ms and rows[-1][2] == speaker:
            rows[-1] = (start_ms, f"{rows[-1][1]}\n{text}", speaker)
        else:
            rows.append((start_ms, text, speaker))
    return rows
