"""CSV by RFC 4180, as spreadsheets open it: with a byte order mark and CRLF unless asked otherwise."""

from __future__ import annotations

import csv
from io import StringIO

from transcripts.exports.characters import clock, encoded
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.table import Entry, columns, entries

_FORMULAS = tuple("=+-@\t＝＋－＠")


def export(document: Document, options: ExportOptions) -> bytes:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = columns(options)
    writer.writerow(names)
    for entry in entries(document, options):
        writer.writerow([_cell(entry, name) for name in names])
    return encoded(file.getvalue(), options)


def _cell(entry: Entry, name: str) -> str:
    if name in ("start", "end"):
        return clock(entry.start_ms if name == "start" else entry.end_ms, ".")
    value = getattr(entry, name)
    if isinstance(value, bool):
        return "yes" if value else ""
    return harmless(value)


def harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula, with an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
