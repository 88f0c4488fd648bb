"""Rows against files. However many there are, a few hundred are looked at in one go, and nothing is kept in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone

from transcripts import queue
from transcripts.enums import DownloadState, PreparationState
from transcripts.models import Download, Installation, Recording, Upload, Worker
from transcripts.models.bins import DELETED_FOR_GOOD
from transcripts.services.exporting.downloads import find_left_downloads
from transcripts.services.health.findings import Finding
from transcripts.services.maintenance import find_left_uploads, is_recording_id, move_to_trash
from transcripts.services.recordings.playback import prepare_playback
from transcripts.services.short_transactions import split_batches
from transcripts.services.store.base import StoredFile
from transcripts.services.store.store import get_store

Row = TypeVar("Row", bound=Model)

AT_ONCE = 500
DAY = timedelta(days=1)
JUST_NOW = timedelta(seconds=3)
"""A recording's folder is there that long before its row, and seldom longer."""
Folder = tuple[str, datetime]
"""Its name, and when something in it changed last."""


def check_recordings() -> Iterator[Finding]:
    """What rows name and is not there, or is not what they say."""
    fields = ("id", "size_bytes", "state", "track", "source_url")
    for recording in _read_in_parts(
        Recording.objects.filter(audio_deleted_at=None).exclude(binned_at=DELETED_FOR_GOOD).only(*fields)
    ):
        yield from _check_recording(recording)


def _read_in_parts(rows: QuerySet[Row]) -> Iterator[Row]:
    """By keys, and not with one open query: on SQLite nothing could be written while others write too."""
    last: Any = None
    while part := list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:AT_ONCE]):
        yield from part
        last = part[-1].pk


def _check_recording(recording: Recording) -> Iterator[Finding]:
    size = _get_size(recording.original)
    may_fetch = bool(recording.source_url)
    if recording.size_bytes and size is None:
        end = "It can be fetched from its address again." if may_fetch else "Bring it back from a backup."
        mend = (lambda: _prepare_again(recording)) if may_fetch else None
        yield Finding("files", f"Recording {recording.pk}: the original is missing. {end}", mend)
    elif recording.size_bytes and size != recording.size_bytes:
        said = f"the original has {size} bytes, and should have {recording.size_bytes}. Bring it back from a backup."
        yield Finding("files", f"Recording {recording.pk}: {said}")
    if recording.state != PreparationState.DONE:
        return
    wanted = {"playback copy": recording.playback, "waveform": recording.peaks}
    missing = [name for name, key in wanted.items() if not _get_size(key)]
    if not missing:
        return
    said = f"Recording {recording.pk}: the {' and the '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
    if size is not None:
        yield Finding("files", said, lambda: _prepare_again(recording))
    elif not (recording.size_bytes and may_fetch):  # else the one above mends both
        yield Finding("files", said)


def _get_size(key: str) -> int | None:
    try:
        return get_store().find(key).size_bytes
    except (FileNotFoundError, NotADirectoryError):
        return None


def _prepare_again(recording: Recording) -> str:
    """By a worker, if there is one, and else here."""
    again = Recording.objects.filter(pk=recording.pk, audio_deleted_at=None).exclude(state=PreparationState.RUNNING)
    if not again.move_to(PreparationState.QUEUED, not_before=None, error=""):
        return ""
    if Worker.objects.alive().exists():
        queue.enqueue("prepare", recording.pk)
        return "A worker is making it again."
    prepare_playback(recording.pk)
    is_there = _get_size(recording.original) and _get_size(recording.playback) and _get_size(recording.peaks)
    return "It was made again." if is_there else ""


def check_folders() -> Iterator[Finding]:
    """What is there and no row names."""
    has_recordings = Recording.objects.exists()
    for folders in split_batches(get_store().list_folders("recordings/")):
        for name, changed_at in _find_unnamed(folders):
            said = f"{name} in recordings/ belongs to no recording."
            if not has_recordings:
                # Maybe not yet: a database that is being restored.
                yield Finding("files", f"{said} As there are no recordings at all, it is left alone.")
            elif _may_be_coming(changed_at):
                yield Finding("files", f"{said} Something is being uploaded: look again when nothing is.")
            else:
                yield Finding("files", said, lambda name=name: _throw_away(name))  # type: ignore[misc]


def _find_unnamed(folders: Sequence[Folder]) -> list[Folder]:
    """Asks again about those that are new: their rows may be on the way."""
    unnamed = _without_row(folders)
    if any(_get_age(changed_at) < JUST_NOW for _name, changed_at in unnamed):
        time.sleep(JUST_NOW.total_seconds())
        unnamed = _without_row(unnamed)
    return unnamed


def _without_row(folders: Sequence[Folder]) -> list[Folder]:
    names = [name for name, _changed_at in folders if is_recording_id(name)]
    known = {str(pk) for pk in Recording.objects.filter(pk__in=names).values_list("pk", flat=True)}
    return [folder for folder in folders if folder[0] not in known]


def _may_be_coming(changed_at: datetime) -> bool:
    """Whether it is new, and something is being brought in: large files get their folder before their row."""
    return _get_age(changed_at) < DAY and next(get_store().list("uploads/"), None) is not None


def _get_age(changed_at: datetime) -> timedelta:
    """A clock that was set back makes it 0."""
    return max(timedelta(), timezone.now() - changed_at)


def _throw_away(name: str) -> str:
    return f"It is in {move_to_trash(name)} for {settings.BIN_DAYS} days."


def check_uploads() -> Iterator[Finding]:
    """Those that the daily clean-up has left, or that none came to."""
    before = _get_stale_before()
    for upload in _read_in_parts(Upload.objects.exclude(size_bytes=None)):
        moved_at = upload.moved_at or upload.created_at
        if moved_at < before:
            said = f"Upload {upload.pk} has not moved since {moved_at:%Y-%m-%d}."
            yield Finding("uploads", said, lambda upload=upload: _forget(upload))  # type: ignore[misc]
    for file in find_left_uploads(before):
        yield Finding("uploads", f"{file.key} is left of an upload.", lambda file=file: _remove(file))  # type: ignore[misc]


def check_downloads() -> Iterator[Finding]:
    """Files that belong to none, and those whose file is gone."""
    for file in find_left_downloads(_get_stale_before()):
        yield Finding("downloads", f"{file.key} is left of a download.", lambda file=file: _remove(file))  # type: ignore[misc]
    for download in _read_in_parts(Download.objects.kept().filter(state=DownloadState.DONE)):
        if _get_size(download.key) is None:
            said = f"Download {download.pk}: its file is missing. It can be asked for again."
            yield Finding("downloads", said, lambda download=download: _forget(download))  # type: ignore[misc]


def _get_stale_before() -> datetime:
    installation, now = Installation.objects.first(), timezone.now()
    cleaned_at = installation.cleaned_at if installation else None
    is_on_time = cleaned_at is not None and cleaned_at > now - DAY - timedelta(hours=1)
    return (cleaned_at if cleaned_at and is_on_time else now) - DAY


def _forget(row: Upload | Download) -> str:
    row.delete()
    return "It is forgotten."


def _remove(file: StoredFile) -> str:
    get_store().delete(file.key)
    return "It is removed."
