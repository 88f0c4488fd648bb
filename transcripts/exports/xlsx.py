"""XLSX, by openpyxl in its streaming mode."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import zip_longest
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from transcripts.exports.characters import clean_line
from transcripts.exports.direction import is_rtl, is_rtl_throughout
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.table import choose_columns, make_table_rows

_DAY_MS = 24 * 3600 * 1000
LONGEST_CELL = 32_767  # Excel's limit
_NEAR = 100  # characters to look back for a space to cut at
_RTL_ORDER = 2
_WIDTHS = {"start": 13, "end": 13, "speaker": 18, "channel": 10, "text": 70, "recognised": 70}


def export(document: Document, options: ExportOptions) -> bytes:
    """Times are Excel's own, so that formulas can use them; text is never taken for a formula."""
    book = Workbook(write_only=True)
    book.properties.title = clean_line(document.title)
    book.properties.creator = ""
    sheet = book.create_sheet("Transcript")
    names = choose_columns(document, options)
    for number, name in enumerate(names, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, 10)
    sheet.freeze_panes = "A2"
    sheet.sheet_view.rightToLeft = is_rtl_throughout(row.text for row in document.utterances)
    heads = [WriteOnlyCell(sheet, name) for name in names]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in _make_rows(sheet, document, options, names):
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


class _Cells:
    """Makes the cells of a sheet. Cells that look alike share a style, which keeps openpyxl fast."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._time, self._text, self._formula, self._rtl = (WriteOnlyCell(sheet) for _ in range(4))
        self._time.number_format, self._time.alignment = "[h]:mm:ss.000", Alignment(vertical="top")
        self._text.alignment = self._formula.alignment = Alignment(wrap_text=True, vertical="top")
        self._rtl.alignment = Alignment(wrap_text=True, vertical="top", readingOrder=_RTL_ORDER)
        self._formula.quotePrefix = True

    def make_time(self, ms: int) -> Any:
        made = WriteOnlyCell(self._sheet, ms / _DAY_MS)
        made._style = self._time._style
        return made

    def make_text(self, text: str) -> Any:
        if not text:
            return None
        made = WriteOnlyCell(self._sheet, text)
        made.data_type = "s"
        look = self._formula if text.startswith("=") else self._rtl if is_rtl(text) else self._text
        made._style = look._style
        return made


def _make_rows(sheet: Any, document: Document, options: ExportOptions, names: tuple[str, ...]) -> Iterator[list[Any]]:
    """A row for each row; text that is too long for a cell continues in rows that hold nothing else."""
    cells = _Cells(sheet)
    for entry in make_table_rows(document, options):
        rest: dict[str, list[str]] = {}
        row: list[Any] = []
        for name in names:
            value = getattr(entry, f"{name}_ms" if name in ("start", "end") else name)
            if isinstance(value, bool):
                row.append("yes" if value else None)
            elif isinstance(value, int):
                row.append(cells.make_time(value))
            else:
                first, *rest[name] = split_text(value)
                row.append(cells.make_text(first))
        yield row
        for texts in zip_longest(*(rest.get(name, []) for name in names), fillvalue=""):
            yield [cells.make_text(text) for text in texts]


def split_text(text: str) -> list[str]:
    """The text in parts that a cell can hold, which Excel counts in UTF-16 units; cut after a nearby space."""
    parts: list[str] = []
    start = 0
    while True:
        units = text[start : start + LONGEST_CELL].encode("utf-16-le")[: 2 * LONGEST_CELL]
        fitting = units.decode("utf-16-le", "ignore")
        end = start + len(fitting)
        if end == len(text):
            return [*parts, fitting]
        cut = text.rfind(" ", max(start, end - _NEAR), end) + 1 or end
        parts.append(text[start:cut])
        start = cut
