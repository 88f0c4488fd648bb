"""The content of an export, part by part, whoever waits for it: a page or a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import Gone
from transcripts.exports.archive import Archive
from transcripts.exports.bundle import Bundle
from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.options import ExportOptions
from transcripts.exports.registry import BUNDLE, CLIPS, FORMATS, Format
from transcripts.exports.selection import select_rows
from transcripts.models import Recording, Transcript
from transcripts.queries.glossary import keep_terms_whole
from transcripts.queries.transcripts import build_document
from transcripts.services.exporting.clips import make_named_clips
from transcripts.services.exporting.export_bundle import build_bundle
from transcripts.services.store.recording_files import count_bytes
from transcripts.services.store.store import get_store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Report = Callable[[int, int], None]
"""How much is done, and of how much: rows, transcripts or bytes."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for: `transcripts` by their ids, several `together` as a zip."""

    format: Format
    options: ExportOptions
    transcripts: Sequence[UUID]
    together: bool = False

    @property
    def media_type(self) -> str:
        return "application/zip" if self.together else self.format.media_type

    @property
    def extension(self) -> str:
        return "zip" if self.together else self.format.extension


def make_parts(export: Export, *, by: User, report: Report = lambda _done, _total: None) -> Iterator[bytes]:
    """One transcript is in memory at a time. A single one is read at once, several when it is their turn.

    Raises NotFound and NotAllowed where the person may not export one of them (any more), and OSError.
    """
    if export.together:
        return _zip_together(export, by, report)
    transcript = access.transcript_for(by, export.transcripts[0], Action.EXPORT)
    if export.format is BUNDLE:
        return _stream_bundle(build_bundle(transcript), count_bytes(transcript.recording), report)
    selected = _select(transcript, export)
    options = _complete(transcript, export, selected)
    document = _count_rows(selected, report)
    if export.format is CLIPS:
        return _zip_clips(transcript.recording, document, report)
    return iter([export.format.export(document, options)])


def _complete(transcript: Transcript, export: Export, document: Document) -> ExportOptions:
    """The options with what captions know of the project's glossary."""
    if "keep" not in export.format.options:
        return export.options
    return keep_terms_whole(export.options, transcript.recording.project_id, (row.text for row in document.utterances))


def _select(transcript: Transcript, export: Export) -> Document:
    document = build_document(
        transcript,
        with_words=export.format.uses_words,
        with_engine_words=export.options.text == "engine",
        raw=export.format.name == "json",
    )
    return select_rows(document, export.options)


def _stream_bundle(bundle: Bundle, total: int, report: Report) -> Iterator[bytes]:
    """`total` is the size of its files: its texts are little."""
    written = 0
    report(0, total)
    for part in bundle.stream():
        written += len(part)
        report(min(written, total), total)
        yield part


def _zip_clips(recording: Recording, document: Document, report: Report) -> Iterator[bytes]:
    if recording.audio_deleted_at:
        raise Gone
    archive = Archive()
    with get_store().local(recording.playback) as path:
        for number, (name, content) in enumerate(make_named_clips(playback=path, document=document), start=1):
            yield archive.add(name, "m4a", content)
            report(number, len(document.utterances))
    yield archive.end()


def _zip_together(export: Export, by: User, report: Report) -> Iterator[bytes]:
    archive, total = Archive(), len(export.transcripts)
    for number, pk in enumerate(export.transcripts):
        report(number, total)
        transcript = access.transcript_for(by, pk, Action.EXPORT)
        if export.format is BUNDLE:
            for part in archive.add_parts(
                transcript.recording.title, BUNDLE.extension, build_bundle(transcript).stream()
            ):
                yield part
                report(number, total)
        else:
            document = _select(transcript, export)
            content = export.format.export(document, _complete(transcript, export, document))
            yield archive.add(document.title, export.format.extension, content)
    yield archive.end()


class _CountedRows(Sequence[DocumentRow]):
    """Rows that tell how far whoever goes through them has come."""

    def __init__(self, rows: Sequence[DocumentRow], report: Report) -> None:
        self._rows = rows
        self._report = report

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __iter__(self) -> Iterator[DocumentRow]:
        for number, row in enumerate(self._rows):
            if number % _REPORT_EVERY == 0:
                self._report(number, len(self._rows))
            yield row


_REPORT_EVERY = 100  # rows


def _count_rows(document: Document, report: Report) -> Document:
    return replace(document, utterances=_CountedRows(document.utterances, report))


# --- What it costs --------------------------------------------------------------------------------------------------

AT_ONCE_SECONDS = 1.0
"""What takes longer is made by a worker. CPU; as measured by `python -m tests.bench long` (docs/growth.md)."""
ROWS_A_SECOND = dict.fromkeys(FORMATS, 3_000) | {
    **dict.fromkeys(("txt", "md", "csv"), 20_000),
    **dict.fromkeys(("srt", "vtt", "ass", "ttml", "lrc", "xlsx"), 6_000),
    **dict.fromkeys(("json", "textgrid"), 4_000),
    BUNDLE.name: 4_000,
    CLIPS.name: 250,
}
BYTES_A_SECOND = 250e6  # of the files in a bundle


def is_long(export: Export) -> bool:
    transcripts = Transcript.objects.filter(pk__in=export.transcripts)
    rows = transcripts.aggregate(rows=Count("utterances", filter=Q(utterances__removed=False)))["rows"]
    size = 0
    if export.format is BUNDLE:
        recordings = Recording.objects.filter(transcripts__in=transcripts, audio_deleted_at=None)
        sizes = recordings.aggregate(original=Sum("size_bytes"), playback=Sum("playback_bytes"))
        size = (sizes["original"] or 0) + (sizes["playback"] or 0)
    return estimate_seconds(export.format, rows, size) > AT_ONCE_SECONDS


def estimate_seconds(known: Format, rows: int, file_bytes: int = 0) -> float:
    """How much CPU it may take: by all rows, as nobody knows yet how many are wanted."""
    return rows / ROWS_A_SECOND[known.name] + file_bytes / BYTES_A_SECOND
