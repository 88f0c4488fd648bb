"""Making a backup: the database as of one moment, the files that it names, and the key, while people work."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from transcripts.models import Download, Installation, Recording
from transcripts.services.backups.archive import (
    FORMAT,
    HEADER,
    KEY,
    READ_BYTES,
    BackupWriter,
    LinesWriter,
)
from transcripts.services.backups.tables import get_columns, get_models, hold_snapshot, read_rows
from transcripts.services.recognition.leases import keep_lease
from transcripts.services.recordings.delete import is_over
from transcripts.services.store.store import get_store

LIST_COLUMNS = '["name", "size", "checksum"]'
SHA256, ETAG = "sha256:", "etag:"
"""What checksums begin with. The second is S3's own: nothing is read for it."""
ORIGINAL = "original"
_KEPT = re.compile(rf"{ORIGINAL}|(?:playback|peaks)[a-z0-9.-]*")  # All else is made again when it is needed.
PREFIX, SUFFIX = "flashweb-", ".tar"
"""What the names of backups in a folder begin and end with; between them stands the time, in UTC."""


class BackupBusy(Exception):
    """Another process is writing the same file."""


@dataclass
class BackupReport:
    """What went into the backup. `missing` are recordings whose own file was not there."""

    path: Path
    with_files: bool
    size: int = 0
    rows: int = 0
    files: int = 0
    files_bytes: int = 0
    missing: list[UUID] = field(default_factory=list)


def make_backup(
    target: Path, *, with_files: bool | None, report: Callable[[int], None] = lambda _bytes: None
) -> BackupReport:
    """Writes a backup to the file `target`, or to a new file in the folder `target`.

    Without being told, it has the files of the data folder, and only a list of those in S3, which stay there. It
    appears once it is whole. Raises BackupBusy, and OSError. Recordings whose time in the bin is over come
    without their files; what is being uploaded is left out, and so are downloads.
    """
    if target.is_dir():
        _clean_up(target)
        target = target / f"{PREFIX}{datetime.now(UTC):%Y%m%d-%H%M%S}{SUFFIX}"
    if with_files is None:
        with_files = not get_store().url
    done = BackupReport(target, with_files)
    with _write_whole(target) as file, _hold_files():
        writer = BackupWriter(file, report)
        with hold_snapshot():
            writer.add_json(HEADER, _describe(with_files=with_files))
            writer.add_bytes(KEY, settings.SECRET_KEY.encode())
            models = {table: model for table, model in get_models(apps).items() if model is not Download}
            tables = {table: _add_table(writer, table, model) for table, model in models.items()}
            alive = Recording.objects.exclude(is_over()).filter(size_bytes__gt=0, audio_deleted_at=None)
            recordings = [pk.bytes for pk in alive.values_list("pk", flat=True).iterator()]
        connection.close()  # It may wait for long now.
        listed = LinesWriter(writer, "list", LIST_COLUMNS)
        for raw in recordings:
            _add_files(writer, listed, UUID(bytes=raw), done, with_files=with_files)
        listed.flush()
        done.rows = sum(tables.values())
        writer.end({"tables": tables, "files": done.files, "bytes": done.files_bytes})
    done.size = target.stat().st_size
    return done


def _describe(*, with_files: bool) -> dict[str, Any]:
    installation = Installation.objects.get()
    return {
        "format": FORMAT,
        "version": settings.VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "installation": str(installation.mark),
        "database": connection.vendor,
        "files": "included" if with_files else "listed",
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
    }


def _add_table(writer: BackupWriter, table: str, model: Any) -> int:
    columns = ", ".join(f'"{column}"' for column in get_columns(model))
    lines = LinesWriter(writer, f"tables/{table}", f"[{columns}]")
    for line in read_rows(model):
        lines.add(line)
    lines.flush()
    return lines.count


def _add_files(writer: BackupWriter, listed: LinesWriter, pk: UUID, done: BackupReport, *, with_files: bool) -> None:
    """The files of one recording. One that is made again meanwhile is taken as it was opened."""
    store, has_original = get_store(), False
    for file in store.list(f"recordings/{pk}/"):
        name = file.key.removeprefix(f"recordings/{pk}/")
        if not _KEPT.fullmatch(name):
            continue
        if not with_files and file.etag:
            size, checksum = file.size_bytes, f"{ETAG}{file.etag}"
        else:
            try:
                with store.local(file.key) as path, path.open("rb") as opened:
                    size = os.fstat(opened.fileno()).st_size
                    blocks = read_blocks(opened, size)
                    digest = writer.add(f"files/{file.key}", size, blocks) if with_files else hash_blocks(blocks)
                    checksum = f"{SHA256}{digest}"
            except FileNotFoundError:
                continue
        listed.add(f'["{file.key}", {size}, "{checksum}"]')
        has_original |= name == ORIGINAL
        done.files += 1
        done.files_bytes += size
    if not has_original:
        done.missing.append(pk)


def read_blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size and (block := file.read(min(READ_BYTES, size))):
        size -= len(block)
        yield block


def hash_blocks(blocks: Iterator[bytes]) -> str:
    digest = sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


class _FilesHold:
    """Keeps files from being deleted until the backup has read them."""

    pk = "files"

    def __init__(self) -> None:
        self.until = Installation.objects.hold_files()

    def renew(self) -> bool:
        self.until = Installation.objects.hold_files()
        return True


@contextmanager
def _hold_files() -> Iterator[None]:
    hold = _FilesHold()
    try:
        with keep_lease(hold):
            yield
    finally:
        Installation.objects.release_files(hold.until)


@contextmanager
def _write_whole(target: Path) -> Iterator[BinaryIO]:
    """A file that gets the name `target` once all is written, and goes if that fails.

    What a killed process left is written over. Raises BackupBusy while another one is at it.
    """
    draft = target.with_name(f"{target.name}.part")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupBusy from None
        os.fchmod(descriptor, 0o600)
        file.truncate()
        try:
            yield file
            file.flush()
            os.fsync(descriptor)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _clean_up(folder: Path) -> None:
    """Removes what killed backups left in the folder."""
    for draft in folder.glob(f"{PREFIX}*{SUFFIX}.part"):
        with suppress(OSError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()
