"""Files that come in piece by piece. The file on the disk says how much has come: a killed process loses nothing."""

from __future__ import annotations

import fcntl
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils import timezone

from transcripts.errors import NoRoom, WrongOffset
from transcripts.models import Upload

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class SupportsRead(Protocol):
    def read(self, size: int, /) -> bytes: ...


PIECE_BYTES = 8 * 1024 * 1024
"""The longest piece that is taken."""
ROOM_LEFT_BYTES = 256 * 1024 * 1024
"""What an upload leaves free on the disk: recognising needs room too."""


def begin(*, file_name: str, size_bytes: int, modified_ms: int, by: User) -> Upload:
    """The upload of that file, which may have come in part already. Raises NoRoom."""
    upload, _new = Upload.objects.get_or_create(
        by=by, file_name=file_name, size_bytes=size_bytes, modified_ms=modified_ms
    )
    if shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).free < size_bytes - upload.offset + ROOM_LEFT_BYTES:
        raise NoRoom
    return upload


def append(*, upload: Upload, offset: int, piece: SupportsRead) -> int:
    """Writes the piece at `offset`, and says how many bytes have come now.

    Raises WrongOffset where the file does not end there, where it would grow longer than it said, and for a piece of
    more than `PIECE_BYTES`.
    """
    with upload.path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, 2)
        if offset != end:
            raise WrongOffset(end)
        room = min(upload.size_bytes - end, PIECE_BYTES)
        data = piece.read(room + 1)
        if len(data) > room:
            raise WrongOffset(end)
        file.write(data)
        return end + len(data)


def forget(*, upload: Upload) -> None:
    upload.path.unlink(missing_ok=True)
    upload.delete()


def tidy_up() -> None:
    """Forgets uploads of which nothing has come for a day."""
    old = Upload.objects.filter(created_at__lt=timezone.now() - timedelta(days=1))
    for upload in old:
        if not upload.path.exists():
            upload.delete()
