"""Which rows of a transcript are wanted, and in which text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.options import ExportOptions
from transcripts.text.alignment import align
from transcripts.text.fillers import leave_out_fillers
from transcripts.text.tokens import split_tokens


def select_rows(document: Document, options: ExportOptions) -> Document:
    rows = [row for row in document.utterances if _is_wanted(row, options)]
    if options.text == "engine":
        rows = [_restore_engine_text(row) for row in rows]
    if options.wording == "clean":
        rows = list(_leave_out_fillers(rows))
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
    words = align(row.engine_words, row.engine_text, bounds=_bound(row))
    return replace(row, text=row.engine_text, words=words)


def _leave_out_fillers(rows: Iterable[DocumentRow]) -> Iterator[DocumentRow]:
    """The rows with what is left of their texts, its words and its time; rows of fillers alone are gone."""
    for row in rows:
        text, left = leave_out_fillers(row.text)
        if text == row.text:
            yield row
        elif text and not row.words:
            yield replace(row, text=text)
        elif text:
            count = len(split_tokens(row.text))
            words = row.words if len(row.words) == count else align(row.words, row.text, bounds=_bound(row))
            kept = [replace(words[number], text=token) for number, token in zip(left, split_tokens(text), strict=True)]
            start_ms = row.start_ms if left[0] == 0 else kept[0].start_ms
            end_ms = row.end_ms if left[-1] == count - 1 else kept[-1].end_ms
            yield replace(row, text=text, words=kept, start_ms=start_ms, end_ms=end_ms)


def _bound(row: DocumentRow) -> tuple[int, int]:
    return row.start_ms, row.end_ms
