"""Rows against files. However many there are, a few hundred are looked at in one go, and nothing is kept in memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone

from transcripts import queue
from transcripts.enums import PreparationState
from transcripts.models import Installation, Recording, Upload, Worker
from transcripts.models.bins import DELETED_FOR_GOOD
from transcripts.services.health.findings import Finding
from transcripts.services.maintenance import is_recording_id, move_to_trash
from transcripts.services.recordings.playback import prepare_playback

Row = TypeVar("Row", bound=Model)

AT_ONCE = 500
DAY = timedelta(days=1)
JUST_NOW_SECONDS = 3.0
"""A recording's folder is there that long before its row, and seldom longer."""


def check_recordings() -> Iterator[Finding]:
    """What rows name and is not there, or is not what they say."""
    fields = ("id", "size_bytes", "state", "track", "source_url")
    for recording in _read_in_parts(Recording.objects.exclude(binned_at=DELETED_FOR_GOOD).only(*fields)):
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
    missing = [name for name, path in wanted.items() if not _get_size(path)]
    if not missing:
        return
    said = f"Recording {recording.pk}: the {' and the '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
    if size is not None:
        yield Finding("files", said, lambda: _prepare_again(recording))
    elif not (recording.size_bytes and may_fetch):  # else the one above mends both
        yield Finding("files", said)


def _get_size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def _prepare_again(recording: Recording) -> str:
    """By a worker, if there is one, and else here."""
    recording.folder.mkdir(parents=True, exist_ok=True)
    again = Recording.objects.filter(pk=recording.pk).exclude(state=PreparationState.RUNNING)
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
    with suppress(FileNotFoundError), os.scandir(Path(settings.MEDIA_ROOT) / "recordings") as entries:
        visible = (Path(entry.path) for entry in entries if not entry.name.startswith("."))
        while paths := list(islice(visible, AT_ONCE)):
            for path in _find_unnamed(paths):
                said = f"{path.name} in {path.parent} belongs to no recording."
                if not has_recordings:
                    # Maybe not yet: a database that is being restored.
                    yield Finding("files", f"{said} As there are no recordings at all, it is left alone.")
                elif _may_be_coming(path):
                    yield Finding("files", f"{said} Something is being uploaded: look again when nothing is.")
                else:
                    yield Finding("files", said, lambda path=path: _throw_away(path))  # type: ignore[misc]


def _find_unnamed(paths: list[Path]) -> list[Path]:
    """Asks again about those that are new: their rows may be on the way."""
    unnamed = _without_row(paths)
    if any(_get_age(path) < JUST_NOW_SECONDS for path in unnamed):
        time.sleep(JUST_NOW_SECONDS)
        unnamed = [path for path in _without_row(unnamed) if path.exists()]
    return unnamed


def _without_row(paths: list[Path]) -> list[Path]:
    names = [path.name for path in paths if is_recording_id(path.name)]
    known = {str(pk) for pk in Recording.objects.filter(pk__in=names).values_list("pk", flat=True)}
    return [path for path in paths if path.name not in known]


def _may_be_coming(path: Path) -> bool:
    """Whether it is new, and something is being brought in: large files get their folder before their row."""
    uploads = Path(settings.FILE_UPLOAD_TEMP_DIR)
    return _get_age(path) < DAY.total_seconds() and any(uploads.iterdir())


def _get_age(path: Path) -> float:
    """In seconds; a clock that was set back makes it 0."""
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return 0.0


def _throw_away(path: Path) -> str:
    return f"It is in {move_to_trash(path)} for {settings.BIN_DAYS} days."


def check_uploads() -> Iterator[Finding]:
    """Those that the daily clean-up has left, or that none came to."""
    before = _get_stale_before()
    named = set()
    for upload in _read_in_parts(Upload.objects.exclude(size_bytes=None)):
        named.add(upload.path.name)
        if upload.moved_at.timestamp() < before:
            said = f"Upload {upload.pk} has not moved since {upload.moved_at:%Y-%m-%d}."
            yield Finding("uploads", said, lambda upload=upload: _forget(upload))  # type: ignore[misc]
    named |= {upload.path.name for upload in Upload.objects.growing()}  # A recording will be made of each.
    with suppress(FileNotFoundError):
        for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
            if path.is_file() and path.name not in named and path.stat().st_mtime < before:
                said = f"{path.name} in {path.parent} is left of an upload."
                yield Finding("uploads", said, lambda path=path: _remove(path))  # type: ignore[misc]


def _get_stale_before() -> float:
    installation, now = Installation.objects.first(), timezone.now()
    cleaned_at = installation.cleaned_at if installation else None
    is_on_time = cleaned_at is not None and cleaned_at > now - DAY - timedelta(hours=1)
    return ((cleaned_at if cleaned_at and is_on_time else now) - DAY).timestamp()


def _forget(upload: Upload) -> str:
    upload.delete()
    return "It is forgotten."


def _remove(path: Path) -> str:
    path.unlink(missing_ok=True)
    return "It is removed."
