"""Uploads in chunks. The file on the disk says how much has arrived: a killed process loses nothing."""

from __future__ import annotations

import fcntl
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils import timezone

from transcripts.errors import NoRoom, OverQuota, WrongOffset
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Project, Upload
from transcripts.services.quotas import check_minutes, check_storage
from transcripts.services.storage import check_free_space, tell_full_disk

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SupportsRead(Protocol):
    def read(self, size: int, /) -> bytes: ...


MAX_CHUNK_BYTES = settings.UPLOAD_CHUNK_BYTES
"""The longest chunk that is accepted."""
RESERVED_FOR = timedelta(hours=1)
"""So long after the last chunk an upload holds the room for the rest."""


def begin_upload(*, file_name: str, size_bytes: int, modified_ms: int, by: User) -> Upload:
    """The upload of that file, part of which may have arrived already. Raises NoRoom and OverQuota.

    From then on the disk is reserved for what is missing: of two that begin at once, both see the other's row.
    """
    check_storage(project=None, by=by, more_bytes=size_bytes)
    upload, is_new = Upload.objects.get_or_create(
        by=by, file_name=file_name, size_bytes=size_bytes, modified_ms=modified_ms
    )
    try:
        check_free_space(settings.FILE_UPLOAD_TEMP_DIR, size_bytes - upload.offset + _count_reserved_bytes(upload))
    except NoRoom:
        if is_new:
            upload.delete()
        raise
    return upload


def begin_growing_upload(
    *, file_name: str, modified_ms: int, project: Project, options: RecognitionOptions, by: User
) -> Upload:
    """The upload of a file whose size nobody knows yet, part of which may have arrived. Raises OverQuota.

    Whatever comes needs room for itself alone.
    """
    upload, is_new = Upload.objects.get_or_create(
        by=by,
        file_name=file_name,
        size_bytes=None,
        modified_ms=modified_ms,
        defaults={"project": project, "options": options.to_json()},
    )
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
    since = timezone.now() - RESERVED_FOR
    others = Upload.objects.exclude(pk=but.pk)
    return sum(upload.size_bytes - upload.offset for upload in others if upload.size_bytes and upload.moved_at > since)


def append_chunk(*, upload: Upload, offset: int, chunk: SupportsRead) -> int:
    """Writes the chunk at `offset` and returns how many bytes have arrived.

    Raises WrongOffset if the file does not end there, if it would get longer than announced, and for a chunk of more
    than `MAX_CHUNK_BYTES`. Raises NoRoom if the disk is full, OverQuota if a file that grows gets too large, and
    Upload.DoesNotExist if it was cancelled meanwhile. Then it has written nothing. An empty chunk shows that a page is
    still recording.
    """
    with tell_full_disk(), upload.path.open("ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not Upload.objects.filter(pk=upload.pk).exists():
            upload.path.unlink(missing_ok=True)
            raise Upload.DoesNotExist
        end = file.seek(0, 2)
        if offset != end:
            raise WrongOffset(end)
        room = MAX_CHUNK_BYTES if upload.size_bytes is None else min(upload.size_bytes - end, MAX_CHUNK_BYTES)
        data = chunk.read(room + 1)
        if len(data) > room:
            raise WrongOffset(end)
        if upload.size_bytes is None:
            check_storage(project=upload.project, by=upload.by, more_bytes=end + len(data))
            check_free_space(settings.FILE_UPLOAD_TEMP_DIR, len(data) + _count_reserved_bytes(upload))
            os.utime(file.fileno())
        try:
            written = 0
            while written < len(data):
                written += file.write(data[written:])
        except OSError:
            file.truncate(end)
            raise
        return end + len(data)


def forget_stale_uploads() -> None:
    """Deletes uploads of which nothing has arrived for a day, and whose file is gone."""
    old = Upload.objects.filter(created_at__lt=timezone.now() - timedelta(days=1))
    for upload in old:
        if not upload.path.exists():
            upload.delete()
