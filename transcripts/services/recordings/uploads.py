"""Uploads in chunks. The row says how much has arrived: a killed process loses nothing that was acknowledged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db.models import F, Q, Sum
from django.utils import timezone

from transcripts.errors import Gone, NoRoom, OverQuota, WrongOffset
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Project, Upload
from transcripts.services.quotas import check_minutes, check_storage
from transcripts.services.storage import tell_full_disk
from transcripts.services.store.base import Chunks, ChunksLost, Store
from transcripts.services.store.store import get_store

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SupportsRead(Protocol):
    def read(self, size: int, /) -> bytes: ...


MAX_CHUNK_BYTES = settings.UPLOAD_CHUNK_BYTES
"""The longest chunk that is accepted."""
RESERVED_FOR = timedelta(hours=1)
"""So long after the last chunk an upload holds the room for the rest."""


def begin_upload(*, file_name: str, size_bytes: int, modified_ms: int, by: User, tags: Sequence[str] = ()) -> Upload:
    """The upload of that file, part of which may have arrived already. Raises NoRoom and OverQuota.

    It keeps the tags for its recording, also those of an earlier page where there are none now.

    From then on the disk is reserved for what is missing: of two that begin at once, both see the other's row.
    """
    check_storage(project=None, by=by, more_bytes=size_bytes)
    upload, is_new = Upload.objects.get_or_create(
        by=by,
        file_name=file_name,
        size_bytes=size_bytes,
        modified_ms=modified_ms,
        defaults={"offset": 0, "moved_at": timezone.now(), "tags": list(tags)},
    )
    if tags and not is_new:
        Upload.objects.filter(pk=upload.pk).update(tags=list(tags))
    arrived = _adopt(upload)
    try:
        get_store().check_room(size_bytes - arrived, reserved_bytes=_count_reserved_bytes(upload))
    except NoRoom:
        if is_new:
            upload.delete()
        raise
    return upload


def hold_file(*, file: Path, file_name: str, by: User) -> Upload:
    """The file as an upload that has arrived, for what is to be decided about it first. Raises NoRoom and OverQuota."""
    now_ms = int(timezone.now().timestamp() * 1000)
    upload = begin_upload(file_name=file_name[:300], size_bytes=file.stat().st_size, modified_ms=now_ms, by=by)
    with file.open("rb") as content:
        for offset in range(0, upload.size_bytes or 0, MAX_CHUNK_BYTES):
            append_chunk(upload=upload, offset=offset, chunk=BytesIO(content.read(MAX_CHUNK_BYTES)))
    return upload


def begin_growing_upload(
    *,
    file_name: str,
    modified_ms: int,
    project: Project,
    options: RecognitionOptions,
    by: User,
    tags: Sequence[str] = (),
) -> Upload:
    """The upload of a file whose size nobody knows yet, part of which may have arrived. Raises OverQuota.

    Whatever comes needs room for itself alone.
    """
    upload, is_new = Upload.objects.get_or_create(
        by=by,
        file_name=file_name,
        size_bytes=None,
        modified_ms=modified_ms,
        defaults={
            "project": project,
            "options": options.to_json(),
            "tags": list(tags),
            "offset": 0,
            "moved_at": timezone.now(),
        },
    )
    _adopt(upload)
    if is_new:
        try:
            check_storage(project=project, by=by, more_bytes=1)
            check_minutes(project=project, by=by, more_ms=0)
        except OverQuota:
            upload.delete()
            raise
    return upload


def _count_reserved_bytes(but: Upload) -> int:
    """What is still to come of all other uploads that something came of lately."""
    moving = Upload.objects.filter(moved_at__gt=timezone.now() - RESERVED_FOR, size_bytes__isnull=False)
    left = moving.exclude(pk=but.pk).aggregate(sum=Sum(F("size_bytes") - F("offset")))["sum"]
    return left or 0


def append_chunk(*, upload: Upload, offset: int, chunk: SupportsRead) -> int:
    """Stores the chunk at `offset` and returns how many bytes have arrived. The row of `upload` is read again.

    Several processes may do so at once: it counts for the one that moves the row.

    Raises WrongOffset if the file does not end there, if it would get longer than announced, and for a chunk of more
    than `MAX_CHUNK_BYTES`. Raises NoRoom if the disk is full, OverQuota if a file that grows gets too large, and
    Upload.DoesNotExist if it was cancelled meanwhile. Then it has written nothing. An empty chunk shows that a page is
    still recording.
    """
    store = get_store()
    with tell_full_disk(), _hold(upload) as end:
        if offset != end:
            raise WrongOffset(end)
        room = MAX_CHUNK_BYTES if upload.size_bytes is None else min(upload.size_bytes - end, MAX_CHUNK_BYTES)
        parts = list(_read_parts(chunk, room + 1))
        size = sum(map(len, parts))
        if size > room:
            raise WrongOffset(end)
        if upload.size_bytes is None:
            check_storage(project=upload.project, by=upload.by, more_bytes=end + size)
            store.check_room(size, reserved_bytes=_count_reserved_bytes(upload))
        before = upload.chunks or {}
        chunks = store.append(upload.key, before, end, parts) if size else before
        if not _move(upload, offset=end + size, chunks=chunks):
            store.settle(kept=before, dropped=chunks)
            upload.refresh_from_db()  # or it was cancelled
            raise WrongOffset(upload.offset or 0)
        store.settle(kept=chunks, dropped=before)
        return end + size


def _read_parts(chunk: SupportsRead, most: int) -> Iterator[bytes]:
    """As they came, at most so many bytes."""
    while most and (part := chunk.read(most)):
        most -= len(part)
        yield part


def finish_upload(upload: Upload) -> int:
    """Makes what has arrived a file in the store, and returns its size. More may come later.

    Raises WrongOffset where the store has lost some of it, and Gone.
    """
    try:
        with tell_full_disk(), _hold(upload) as end:
            get_store().finish(upload.key, upload.chunks or {}, end)
            return end
    except Upload.DoesNotExist:
        raise Gone from None


def move_upload(upload: Upload, *, new: Store, old: Store) -> bool:
    """Moves what has arrived to another store. Returns whether nothing more came meanwhile; then it lies there."""
    with _hold(upload) as size:
        old.finish(upload.key, upload.chunks or {}, size)
        new.discard(upload.key)  # what a killed process has left
        chunks: Chunks = {}
        offset = 0
        for data in _join_chunks(old.read(upload.key, 0, size)):
            last, chunks = chunks, new.append(upload.key, chunks, offset, [data])
            new.settle(kept=chunks, dropped=last)
            offset += len(data)
        moved = offset == size and _move(upload, offset=size, chunks=chunks)
        (old if moved else new).discard(upload.key)
        return moved


def _join_chunks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    waiting = b""
    for chunk in chunks:
        waiting += chunk
        if len(waiting) >= MAX_CHUNK_BYTES:
            yield waiting
            waiting = b""
    yield waiting


@contextmanager
def _hold(upload: Upload) -> Iterator[int]:
    """Reads the row again and gives its offset. Nothing is left of an upload whose row has gone."""
    store = get_store()
    with store.hold(upload.key):
        try:
            upload.refresh_from_db()
            yield _adopt(upload)
        except Upload.DoesNotExist:
            store.discard(upload.key)
            raise
        except ChunksLost as lost:
            _move(upload, offset=lost.offset, chunks=lost.chunks)
            raise WrongOffset(lost.offset) from lost


def _move(upload: Upload, *, offset: int, chunks: Chunks) -> bool:
    """Whether the row was still as `upload` says: its time changes even where the same bytes now lie elsewhere."""
    now = timezone.now()
    row = Upload.objects.filter(pk=upload.pk, offset=upload.offset, moved_at=upload.moved_at)
    moved = row.update(offset=offset, chunks=chunks, moved_at=now)
    if moved:
        upload.offset, upload.chunks, upload.moved_at = offset, dict(chunks), now
    return bool(moved)


def _adopt(upload: Upload) -> int:
    """The offset; where an older version has begun the upload, the file tells it."""
    if upload.offset is None:
        try:
            file = get_store().find(upload.key)
            arrived, moved_at = file.size_bytes, file.modified_at
        except FileNotFoundError:
            arrived, moved_at = 0, upload.created_at
        Upload.objects.filter(pk=upload.pk, offset=None).update(offset=arrived, moved_at=moved_at)
        upload.refresh_from_db(fields=["offset", "moved_at"])
    return upload.offset or 0


def forget_stale_uploads() -> None:
    """Deletes uploads of which nothing has arrived for a day, but those of which a recording will be made."""
    day_ago = timezone.now() - timedelta(days=1)
    stale = Q(moved_at__lt=day_ago) | Q(moved_at=None, created_at__lt=day_ago)
    growing = Upload.objects.growing().values("pk")
    for upload in Upload.objects.filter(stale).exclude(pk__in=growing):
        upload.delete()
