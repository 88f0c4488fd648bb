"""CSV by RFC 4180, as spreadsheets open it: with a byte order mark and CRLF unless asked otherwise."""

from __future__ import annotations

import csv
from io import StringIO

from transcripts.exports.characters import encode_text, format_clock
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.table import TableRow, choose_columns, make_table_rows

_FORMULAS = tuple("=+-@\t＝＋－＠")


def export(document: Document, options: ExportOptions) -> bytes:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = choose_columns(document, options)
    writer.writerow(names)
    for entry in make_table_rows(document, options):
        writer.writerow([_format_cell(entry, name) for name in names])
    return encode_text(file.getvalue(), options)


def _format_cell(entry: TableRow, name: str) -> str:
    if name in ("start", "end"):
        return format_clock(entry.start_ms if name == "start" else entry.end_ms, ".")
    value = getattr(entry, name)
    if isinstance(value, bool):
        return "yes" if value else ""
    return disarm_formula(value)


def disarm_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
