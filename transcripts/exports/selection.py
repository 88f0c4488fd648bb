"""Which rows of a transcript are wanted, and in which text."""

from __future__ import annotations

from dataclasses import replace

from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.options import ExportOptions
from transcripts.text.alignment import align


def select_rows(document: Document, options: ExportOptions) -> Document:
    lines = [line for line in document.utterances if _is_wanted(line, options)]
    if options.text == "engine":
        lines = [_restore_engine_text(line) for line in lines]
    return replace(document, utterances=lines)


def _is_wanted(line: DocumentRow, options: ExportOptions) -> bool:
    if options.rows == "verified" and not line.verified:
        return False
    if options.speaker and options.speaker not in (line.speaker, line.speaker_label):
        return False
    if options.from_ms is not None and line.end_ms <= options.from_ms:
        return False
    return options.to_ms is None or line.start_ms < options.to_ms


def _restore_engine_text(line: DocumentRow) -> DocumentRow:
    """The row as the engine gave it, with one word for each token as in a corrected row."""
    words = align(line.engine_words, line.engine_text, bounds=(line.start_ms, line.end_ms))
    return replace(line, text=line.engine_text, words=words)
