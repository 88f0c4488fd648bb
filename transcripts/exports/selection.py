"""Which rows of a transcript are wanted, and in which text."""

from __future__ import annotations

from dataclasses import replace

from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.options import ExportOptions
from transcripts.text.alignment import align


def select_rows(document: Document, options: ExportOptions) -> Document:
    rows = [row for row in document.utterances if _is_wanted(row, options)]
    if options.text == "engine":
        rows = [_restore_engine_text(row) for row in rows]
    return replace(document, utterances=rows)


def _is_wanted(row: DocumentRow, options: ExportOptions) -> bool:
    if options.rows == "verified" and not row.verified:
        return False
    if options.speaker and options.speaker not in (row.speaker, row.speaker_label):
        return False
    if options.from_ms is not None and row.end_ms <= options.from_ms:
        return False
    return options.to_ms is None or row.start_ms < options.to_ms


def _restore_engine_text(row: DocumentRow) -> DocumentRow:
    """The row as the engine gave it, with one word for each token as in a corrected row."""
    words = align(row.engine_words, row.engine_text, bounds=(row.start_ms, row.end_ms))
    return replace(row, text=row.engine_text, words=words)
