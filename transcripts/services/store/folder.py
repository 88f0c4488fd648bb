"""Files in the data folder: `recordings/` in MEDIA_ROOT, the others beside it."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import IO

from django.conf import settings

from transcripts.services.storage import check_free_space
from transcripts.services.store.base import READ_BYTES, Chunks, ChunksLost, Store, StoredFile

_HALF_MADE = ".part-"


class FolderStore(Store):
    url = ""

    def path(self, key: str) -> Path:
        first, _, rest = key.partition("/")
        roots = {"uploads": settings.FILE_UPLOAD_TEMP_DIR, "trash": settings.TRASH_ROOT}
        roots["recordings"] = Path(settings.MEDIA_ROOT) / "recordings"
        return Path(roots.get(first, Path(settings.DATA_DIR) / first)) / rest

    def put(self, file: Path, key: str) -> None:
        target = self.path(key)
        draft = target.with_name(f"{_HALF_MADE}{uuid.uuid4().hex}")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            link_or_copy(file, draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)  # It is still there if it was the same file already.

    def copy(self, key: str, to: str) -> None:
        self.put(self.path(key), to)

    def find(self, key: str) -> StoredFile:
        return _describe(key, self.path(key).stat())

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        return _read(self.path(key).open("rb"), start, end)

    def fetch(self, key: str, target: Path) -> None:
        link_or_copy(self.path(key), target)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        path = self.path(key)
        path.stat()
        yield path

    def delete(self, key: str) -> None:
        self.path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[StoredFile]:
        root = self.path(prefix)
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # deleted meanwhile
                    if not name.startswith("."):
                        yield _describe(f"{prefix}{path.relative_to(root)}", path.stat())

    def list_folders(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for entry in sorted(self.path(prefix).glob("*")):
            with suppress(FileNotFoundError):
                yield entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)

    def delete_all(self, prefix: str) -> None:
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path(prefix))

    def move_all(self, prefix: str, to: str) -> None:
        target = self.path(to)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path(prefix).rename(target)

    def clean_up(self, before: datetime) -> None:
        recordings, downloads = self.path("recordings/"), self.path("downloads/")
        for half_made in chain(recordings.glob(f"*/{_HALF_MADE}*"), downloads.glob(f"{_HALF_MADE}*")):
            with suppress(FileNotFoundError):
                if half_made.stat().st_mtime < before.timestamp():
                    shutil.rmtree(half_made) if half_made.is_dir() else half_made.unlink()

    def check_room(self, wanted_bytes: int, *, reserved_bytes: int) -> None:
        check_free_space(settings.FILE_UPLOAD_TEMP_DIR, wanted_bytes + reserved_bytes)

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        path = self.path(key)
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def append(self, key: str, chunks: Chunks, offset: int, parts: Sequence[bytes]) -> Chunks:
        descriptor = os.open(self.path(key), os.O_RDWR | os.O_CREAT, settings.FILE_UPLOAD_PERMISSIONS)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            there = file.seek(0, 2)
            self._check(there, offset)
            if there > offset:
                file.truncate(offset)  # A killed process may have written more than its row says.
                file.seek(offset)
            try:
                for part in parts:
                    written = file.write(part)
                    while written < len(part):
                        written += file.write(part[written:])
            except OSError:
                file.truncate(offset)
                raise
        return {}

    def finish(self, key: str, chunks: Chunks, size: int) -> None:
        path = self.path(key)
        self._check(path.stat().st_size, size)
        os.truncate(path, size)

    def _check(self, there: int, expected: int) -> None:
        """After a power cut, the file may have less than the row says."""
        if there < expected:
            raise ChunksLost(there, {})

    def discard(self, key: str) -> None:
        self.delete(key)


def link_or_copy(file: Path, target: Path) -> None:
    """Gives the file a second name, or copies it to where it can't have one."""
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, target)


def _describe(key: str, stat: os.stat_result) -> StoredFile:
    return StoredFile(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


def _read(file: IO[bytes], start: int, end: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = READ_BYTES if end is None else end - start
        while left > 0 and (chunk := file.read(min(READ_BYTES, left))):
            left -= 0 if end is None else len(chunk)
            yield chunk
