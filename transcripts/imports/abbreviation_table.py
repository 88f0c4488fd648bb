"""A person's abbreviations as CSV. The files are small, so that they need no child to be read in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from transcripts.exports.csv_table import disarm_formula
from transcripts.imports.encodings import decode_file
from transcripts.imports.glossary_table import read_cells
from transcripts.imports.rows import NotReadable

COLUMNS = ("abbreviation", "expansion")
_HEADINGS = {name: name for name in COLUMNS} | {
    **dict(zip(("缩写", "展开为"), COLUMNS, strict=True)),
    **dict(zip(("shortcut", "phrase"), COLUMNS, strict=True)),
}


def write_table(abbreviations: Mapping[str, str]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for entry in abbreviations.items():
        writer.writerow(map(disarm_formula, entry))
    return file.getvalue()


def read_table(data: bytes) -> list[dict[str, str]]:
    """The lines by the names of the columns, in this order where no line has headings. Raises NotReadable."""
    text = decode_file(data).text.strip()
    lines = list(read_cells(text, _find_delimiter(text.partition("\n")[0]), _HEADINGS, COLUMNS))
    if not lines:
        raise NotReadable(NotReadable.EMPTY)
    return lines


def _find_delimiter(line: str) -> str:
    """What cuts the line into two texts; abbreviations often begin with a semicolon."""
    for delimiter in "\t,;":
        cells = next(csv.reader([line], delimiter=delimiter), [])
        if len(cells) == len(COLUMNS) and all(map(str.strip, cells)):
            return delimiter
    return ","
