"""Restoring a backup: everything is read and checked before anything is replaced, and what was there goes to the trash.

Until it is done a mark lies in the data folder, beside which nothing is served: a restore that was killed is run again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from transcripts.enums import PreparationState
from transcripts.models import Installation, Recording
from transcripts.services.backups.archive import FORMAT, HEADER, KEY, BackupPart, BadBackup, check_parts, read_parts
from transcripts.services.backups.backup import (
    ETAG,
    LIST_COLUMNS,
    ORIGINAL,
    PREFIX,
    SHA256,
    SUFFIX,
    hash_blocks,
    read_blocks,
)
from transcripts.services.backups.tables import Schema, any_order, finish_loading, get_models, index_search, load_rows
from transcripts.services.installation import RESTORING, hold_installation, write_mark
from transcripts.services.recordings.delete import is_over
from transcripts.services.storage import check_free_space
from transcripts.services.store.base import StoredFile
from transcripts.services.store.store import get_store

_SQLITE_ROOM = 4  # times the text of the rows: indexes, and the search
_PERSISTENT = ("auth_user", "transcripts_recording", "transcripts_project")
_SIDE_FILES = ("", "-wal", "-shm", ".line")


class HoldsData(Exception):
    """The installation has accounts or recordings, and they were not to be replaced."""


class OtherKey(Exception):
    """The environment sets another SECRET_KEY than the backup's."""


@dataclass
class RestoreReport:
    """What came of it. `missing` has the recordings whose files are not there or not what they were, with the names."""

    made_at: str
    version: str
    rows: int = 0
    files: int = 0
    kept_in: Path | None = None
    missing: list[tuple[Recording, list[str]]] = field(default_factory=list)


@dataclass
class _Contents:
    """What the first reading of a backup found."""

    header: dict[str, Any]
    schema: Schema
    key: str = ""
    has_files: bool = True
    files_bytes: int = 0
    text_bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict)


def find_backup(path: Path) -> Path:
    """The file itself; the newest backup in a folder. Raises FileNotFoundError."""
    if not path.is_dir():
        return path
    backups = sorted(path.glob(f"{PREFIX}*{SUFFIX}"))
    if not backups:
        raise FileNotFoundError(2, "No backup in this folder", str(path))
    return backups[-1]


def restore_backup(
    path: Path, *, replace: bool, key_is_set: bool, report: Callable[[int], None] = lambda _bytes: None
) -> RestoreReport:
    """Restores the backup into this installation. `key_is_set` says that the environment has a SECRET_KEY.

    Raises BadBackup, HoldsData, InUse, OtherKey or NoRoom before anything is changed, and OSError.
    """
    mark = Path(settings.DATA_DIR) / RESTORING
    again = mark.exists()  # Then it was asked before whether anything is to be replaced.
    with path.open("rb") as file:
        holds = again or _holds_data(with_files=_read_header(file).has_files)
        if holds and not again and not replace:
            raise HoldsData
        with hold_installation(alone=True):
            contents = _check_backup(file, report)
            if key_is_set and contents.key != settings.SECRET_KEY:
                raise OtherKey
            _check_room(contents)
            return _restore(file, contents, mark, replaces=holds, key_is_set=key_is_set, report=report)


def _restore(
    file: BinaryIO,
    contents: _Contents,
    mark: Path,
    *,
    replaces: bool,
    key_is_set: bool,
    report: Callable[[int], None],
) -> RestoreReport:
    again, staging = mark.exists(), mark.parent
    staging.mkdir(mode=0o700, exist_ok=True)
    mark.touch()
    _empty(staging, but=mark)
    settings.SECRET_KEY = contents.key  # Migrations may have something to decrypt.
    done = RestoreReport(contents.header["made_at"], contents.header["version"], rows=sum(contents.rows.values()))
    try:
        if contents.has_files:
            done.files = _unpack_files(file, staging, report)
        with _new_database(staging):
            _load_database(file, contents)
    except BaseException:
        if not again:  # Nothing was touched yet.
            _remove(staging, mark)
        raise
    if replaces:
        now = datetime.now().astimezone()
        done.kept_in = Path(settings.TRASH_ROOT) / now.date().isoformat() / f"replaced-{now:%H%M%S}"
    _swap(staging, contents, done.kept_in or staging / "before", key_is_set=key_is_set)
    done.missing = list(_check_files(file, read=not contents.has_files))
    _remove(staging, mark)
    return done


def _empty(staging: Path, *, but: Path) -> None:
    for path in staging.iterdir():
        if path != but:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _remove(staging: Path, mark: Path) -> None:
    """The mark goes first: what a killed process leaves beside it keeps nobody from serving."""
    mark.unlink()
    shutil.rmtree(staging, ignore_errors=True)


def _holds_data(*, with_files: bool) -> bool:
    """Whether there is an account, a recording or a project, or with `with_files`, a recording's folder."""
    if with_files and any(True for _folder in get_store().list_folders("recordings/")):
        return True
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table in there.intersection(_PERSISTENT):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
            if cursor.fetchone():
                return True
    return False


# --- Reading and checking ---------------------------------------------------------------------------------------------


def _check_backup(file: BinaryIO, report: Callable[[int], None]) -> _Contents:
    """Reads all of it. Raises BadBackup."""
    contents = _read_header(file)

    def look(part: BackupPart) -> None:
        if part.name == KEY and part.size < 10_000:
            contents.key = part.read().decode("utf-8", "replace")
        elif part.name != HEADER:
            _look_into(part, contents)
        report(file.tell())

    end = check_parts(file, look)
    if not contents.key:
        raise BadBackup("it is not a whole backup")
    if contents.rows != {table: count for table, count in end.get("tables", {}).items() if count}:
        raise BadBackup("its tables are not complete")
    return contents


def _read_header(file: BinaryIO) -> _Contents:
    """Leaves the file at its beginning."""
    part = next(read_parts(file), None)
    if part is None or part.name != HEADER:
        raise BadBackup("it is not a backup of Flashweb")
    header = part.read_json()
    file.seek(0)
    if header.get("format") != FORMAT:
        raise BadBackup("it was made by a newer version of Flashweb")
    try:
        schema = Schema((str(app), str(name)) for app, name in header["migrations"])
        return _Contents({**header, "made_at": str(header["made_at"])}, schema, has_files=header["files"] == "included")
    except (KeyError, TypeError, ValueError):
        raise BadBackup("it is not readable") from None


def _look_into(part: BackupPart, contents: _Contents) -> None:
    room, _, name = part.name.partition("/")
    if room == "files" and contents.has_files and name.startswith("recordings/"):
        contents.files_bytes += part.size
        return
    if room not in {"tables", "list"}:
        raise BadBackup("it has parts that no backup has")
    lines = part.read_lines()
    first = next(lines, b"")
    if room == "tables":
        table = name.partition("/")[0]
        contents.schema.check_columns(table, first)
        for line in lines:
            contents.rows[table] = contents.rows.get(table, 0) + 1
            contents.text_bytes += len(line)
    elif first.decode("utf-8", "replace").strip() != LIST_COLUMNS:
        raise BadBackup("its list of files is not readable")


def _check_room(contents: _Contents) -> None:
    factor = _SQLITE_ROOM if connection.vendor == "sqlite" else 0
    check_free_space(settings.DATA_DIR, contents.files_bytes + factor * contents.text_bytes)


def _parts(file: BinaryIO, room: str) -> Iterator[BackupPart]:
    file.seek(0)
    return (part for part in read_parts(file) if part.name.startswith(f"{room}/"))


# --- Unpacking --------------------------------------------------------------------------------------------------------


def _unpack_files(file: BinaryIO, staging: Path, report: Callable[[int], None]) -> int:
    """Beside those that are there; into S3 at once, where nobody asks for them before the database names them."""
    count, store = 0, get_store()
    for part in _parts(file, "files"):
        key = part.name.removeprefix("files/")
        target = staging / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as unpacked:
            for block in part.read_blocks():
                unpacked.write(block)
            unpacked.flush()
            os.fsync(unpacked.fileno())
        if store.url:
            store.put(target, key)
            target.unlink()
        report(file.tell())
        count += 1
    return count


@contextmanager
def _new_database(staging: Path) -> Iterator[None]:
    """On SQLite a file beside the old one; on PostgreSQL one transaction, which empties the old one first."""
    if connection.vendor != "sqlite":
        with transaction.atomic():
            _drop_tables()
            yield
        return
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = staging / "database"
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
    with (staging / "database").open("rb+") as database:
        os.fsync(database.fileno())


def _drop_tables() -> None:
    """Those of this program; what else lies in the database stays."""
    there = set(connection.introspection.table_names())
    known = [table for table in (*get_models(apps), "django_migrations") if table in there]
    with connection.cursor() as cursor:
        for table in known:
            cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")


def _load_database(file: BinaryIO, contents: _Contents) -> None:
    """Makes the tables as they were, stores the rows, and brings the tables up to date."""
    executor = MigrationExecutor(connection)
    executor.migrate(contents.schema.targets)
    try:
        with any_order():
            for model in contents.schema.tables.values():
                with connection.cursor() as cursor:
                    cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
            index_search(on=False)
            for part in _parts(file, "tables"):
                table = part.name.split("/")[1]
                lines = part.read_lines()
                load_rows(contents.schema.tables[table], json.loads(next(lines)), lines)
            finish_loading(contents.schema.tables.values())
            index_search(on=True)
    except DatabaseError as error:
        raise BadBackup(f"its rows don't fit: {error}") from error
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)


# --- Replacing --------------------------------------------------------------------------------------------------------


def _swap(staging: Path, contents: _Contents, trash: Path, *, key_is_set: bool) -> None:
    """Puts what is in `staging` into its places, and what was there into `trash`."""
    if contents.has_files and not get_store().url:
        (staging / "recordings").mkdir(exist_ok=True)
        _exchange(staging / "recordings", Path(settings.MEDIA_ROOT) / "recordings", trash)
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        for ending in _SIDE_FILES[1:]:
            _put_away(database.with_name(f"{database.name}{ending}"), trash)
        _exchange(staging / "database", database, trash)
        database.chmod(0o600)
    if not key_is_set:
        key = staging / "secret_key"
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(contents.key)
        _exchange(key, Path(settings.DATA_DIR) / "secret_key", trash)
    write_mark(Installation.objects.get().mark)


def _exchange(new: Path, old: Path, trash: Path) -> None:
    _put_away(old, trash)
    new.rename(old)


def _put_away(path: Path, trash: Path) -> None:
    if path.exists():
        trash.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(trash / path.name)


# --- Rows against files -----------------------------------------------------------------------------------------------


def _check_files(file: BinaryIO, *, read: bool) -> Iterator[tuple[Recording, list[str]]]:
    """Recordings whose own files are not there or not what they were. A playback copy can be made again, and is.

    With `read`, by their checksums too: these files have not come with the backup.
    """
    listed: set[bytes] = set()
    for pk, files in groupby(_read_list(file), key=lambda entry: entry[0].split("/")[1]):
        listed.add(UUID(pk).bytes)
        recording = Recording.objects.exclude(is_over()).filter(pk=pk).first()
        if recording is None:
            continue
        wrong = _find_wrong(pk, files, read=read)
        names = {name for name in wrong if name == ORIGINAL}
        if not names and wrong & {str(path).rpartition("/")[2] for path in (recording.playback, recording.peaks)}:
            again = Recording.objects.filter(pk=pk, state=PreparationState.DONE)
            again.move_to(PreparationState.QUEUED, not_before=None, lease_until=None, error="")
        if names:
            yield recording, sorted(wrong)
    for recording in Recording.objects.exclude(is_over()).filter(size_bytes__gt=0, audio_deleted_at=None).iterator():
        if recording.pk.bytes not in listed:
            yield recording, [ORIGINAL]


def _read_list(file: BinaryIO) -> Iterator[tuple[str, int, str]]:
    for part in _parts(file, "list"):
        lines = part.read_lines()
        next(lines)
        for line in lines:
            key, size, checksum = json.loads(line)
            yield key, size, checksum


def _find_wrong(pk: str, files: Iterable[tuple[str, int, str]], *, read: bool) -> set[str]:
    """The names of those which are not as they were."""
    there = {found.key: found for found in get_store().list(f"recordings/{pk}/")}
    return {
        key.split("/")[2]
        for key, size, checksum in files
        if key not in there or there[key].size_bytes != size or (read and not _has_checksum(there[key], checksum))
    }


def _has_checksum(file: StoredFile, checksum: str) -> bool:
    """Files are read for it, but not those of S3 which S3 vouches for."""
    if file.etag:
        return checksum.removeprefix(ETAG) in {file.etag, checksum}
    with get_store().local(file.key) as path, path.open("rb") as opened:
        found = hash_blocks(read_blocks(opened, file.size_bytes))
    return checksum.removeprefix(SHA256) in {found, checksum}
