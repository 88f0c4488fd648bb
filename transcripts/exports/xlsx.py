"""XLSX, by openpyxl in its streaming mode."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from transcripts.exports.characters import clean_line
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.table import TableRow, choose_columns, make_table_rows

_DAY_MS = 24 * 3600 * 1000
_LONGEST_CELL = 32_767  # characters, Excel's limit
_WIDTHS = {"start": 13, "end": 13, "speaker": 18, "text": 70, "recognised": 70}


def export(document: Document, options: ExportOptions) -> bytes:
    """Times are Excel's own, so that one can reckon with them; text is never taken for a formula."""
    book = Workbook(write_only=True)
    book.properties.title = clean_line(document.title)
    book.properties.creator = ""
    sheet = book.create_sheet("Transcript")
    names = choose_columns(options)
    for number, name in enumerate(names, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, 10)
    sheet.freeze_panes = "A2"
    heads = [WriteOnlyCell(sheet, name) for name in names]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in _make_rows(sheet, document, options, names):
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _make_rows(sheet: Any, document: Document, options: ExportOptions, names: tuple[str, ...]) -> Iterator[list[Any]]:
    """Cells that look alike share one style, which is what makes openpyxl quick."""
    wrapped = Alignment(wrap_text=True, vertical="top")
    time, text, formula = (WriteOnlyCell(sheet) for _ in range(3))
    time.number_format, time.alignment = "[h]:mm:ss.000", Alignment(vertical="top")
    text.alignment = formula.alignment = wrapped
    formula.quotePrefix = True

    def cell(entry: TableRow, name: str) -> Any:
        if name in ("start", "end"):
            made = WriteOnlyCell(sheet, (entry.start_ms if name == "start" else entry.end_ms) / _DAY_MS)
            made._style = time._style
            return made
        value = getattr(entry, name)
        if isinstance(value, bool):
            return "yes" if value else None
        if not value:
            return None
        made = WriteOnlyCell(sheet, value[:_LONGEST_CELL])
        made.data_type = "s"
        made._style = formula._style if value.startswith("=") else text._style
        return made

    for entry in make_table_rows(document, options):
        yield [cell(entry, name) for name in names]
