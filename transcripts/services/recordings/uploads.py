"""Uploads in chunks. The file on the disk says how much has arrived: a killed process loses nothing."""

from __future__ import annotations

import fcntl
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils import timezone

from transcripts.errors import WrongOffset
from transcripts.models import Upload
from transcripts.services.storage import check_free_space

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SupportsRead(Protocol):
    def read(self, size: int, /) -> bytes: ...


MAX_CHUNK_BYTES = settings.UPLOAD_CHUNK_BYTES
"""The longest chunk that is accepted."""


def begin_upload(*, file_name: str, size_bytes: int, modified_ms: int, by: User) -> Upload:
    """The upload of that file, part of which may have arrived already. Raises NoRoom."""
    upload, _new = Upload.objects.get_or_create(
        by=by, file_name=file_name, size_bytes=size_bytes, modified_ms=modified_ms
    )
    check_free_space(settings.FILE_UPLOAD_TEMP_DIR, size_bytes - upload.offset)
    return upload


def append_chunk(*, upload: Upload, offset: int, chunk: SupportsRead) -> int:
    """Writes the chunk at `offset` and returns how many bytes have arrived.

    Raises WrongOffset if the file does not end there, if it would get longer than announced, and for a chunk of more
    than `MAX_CHUNK_BYTES`.
    """
    with upload.path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, 2)
        if offset != end:
            raise WrongOffset(end)
        room = min(upload.size_bytes - end, MAX_CHUNK_BYTES)
        data = chunk.read(room + 1)
        if len(data) > room:
            raise WrongOffset(end)
        file.write(data)
        return end + len(data)


def forget_upload(*, upload: Upload) -> None:
    upload.path.unlink(missing_ok=True)
    upload.delete()


def forget_stale_uploads() -> None:
    """Deletes uploads of which nothing has arrived for a day."""
    old = Upload.objects.filter(created_at__lt=timezone.now() - timedelta(days=1))
    for upload in old:
        if not upload.path.exists():
            upload.delete()
