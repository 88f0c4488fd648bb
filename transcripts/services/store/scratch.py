"""Folders for work that lasts no longer than its process: local copies of files, and what is still being made.

All of them together take at most SCRATCH_BYTES. A killed process leaves its folder to the next who asks for one: the
kernel releases the lock when its holder dies.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from transcripts.errors import NoRoom
from transcripts.services.storage import check_free_space


@contextmanager
def scratch_folder(wanted_bytes: int = 0) -> Iterator[Path]:
    """A new folder with room for so many bytes, removed at the end. Raises NoRoom."""
    root = _get_root()
    root.mkdir(mode=0o700, exist_ok=True)
    folder = root / uuid.uuid4().hex
    lock = folder.with_suffix(".lock")
    with _alone(root):
        if _count_used_bytes(root) + wanted_bytes > settings.SCRATCH_BYTES:
            raise NoRoom
        if wanted_bytes:
            check_free_space(root, wanted_bytes)
        held = lock.open("w")
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write(str(wanted_bytes))
        held.flush()
        folder.mkdir()
    with held:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)


def clean_up_scratch() -> None:
    """Removes what killed processes of this machine have left, here and of files that came with a form."""
    day_ago = time.time() - 24 * 60 * 60
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("tmp*.upload*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < day_ago:
                path.unlink()
    root = _get_root()
    if root.exists():
        with _alone(root):
            _count_used_bytes(root)


def _get_root() -> Path:
    return Path(settings.DATA_DIR) / "scratch"


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with (root / "counting").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _count_used_bytes(root: Path) -> int:
    """What living processes have reserved, or taken if that is more."""
    used = 0
    for lock in root.glob("*.lock"):
        with suppress(FileNotFoundError), lock.open("r+") as file:
            folder = lock.with_suffix("")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                used += max(int(file.read() or 0), _measure(folder))
            else:
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink(missing_ok=True)
    return used


def _measure(folder: Path) -> int:
    """Not what has another name elsewhere, as files of the data folder do."""
    used = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            stat = os.lstat(path)
            used += stat.st_size if stat.st_nlink == 1 else 0
    return used
