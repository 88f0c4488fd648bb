"""Whether the database fits this version of the program, which is asked before anything is served."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

APP = "transcripts"
LOCK = 0x666C617368776562
"""The number of the lock in PostgreSQL, which counts for this database alone."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Waits until no other process of the installation, on whatever machine, migrates or sets it up.

    The lock ends with its process, however that ends.
    """
    if connection.vendor == "postgresql":
        own = connection.copy()  # Migrations may close the other one.
        try:
            with own.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield
        finally:
            own.close()
        return
    name = str(connection.settings_dict["NAME"])
    path = Path(settings.DATA_DIR if "memory" in name else Path(name).parent) / "start.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def get_database_version() -> str:
    """The name of the newest migration of ours that the database has; "" where it has none."""
    applied = MigrationExecutor(connection).loader.applied_migrations
    return max((name for app, name in applied if app == APP), default="")


def check_schema() -> None:
    """Raises CommandError where `find_schema_fault` finds one."""
    if fault := find_schema_fault():
        raise CommandError(fault)


def find_schema_fault() -> str:
    """In a sentence, that the database has migrations that this version does not know, or lacks some; "" if neither.

    Of other apps only what is lacking counts: they may forget old migrations of their own.
    """
    loader = MigrationExecutor(connection).loader
    unknown = sorted(
        name for app, name in loader.applied_migrations if app == APP and (app, name) not in loader.graph.nodes
    )
    if unknown:
        return (
            f"The database belongs to a newer version: Flashweb {settings.VERSION} does not know its migration "
            f"{unknown[-1]}. Install that version, or restore a backup from before the upgrade."
        )
    return find_lacking_migration()


def find_lacking_migration() -> str:
    """In a sentence, that the database lacks a migration; "" if it has all."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    lacking = [migration for migration, _backwards in executor.migration_plan(loader.graph.leaf_nodes())]
    if lacking:
        return (
            f"The database is older than Flashweb {settings.VERSION}: it lacks the migration "
            f"{lacking[0].app_label}.{lacking[0].name}. Run `manage.py migrate` first."
        )
    return ""


class SchemaWatch:
    """Asks again and again for one query: reading all migrations takes as long as fifty.

    A process that serves already goes on with a newer database, for the length of an upgrade.
    """

    def __init__(self) -> None:
        self._fits: frozenset[tuple[str, str]] = frozenset()

    def find_fault(self) -> str:
        """As `find_lacking_migration` does."""
        applied = frozenset(MigrationRecorder(connection).applied_migrations())
        if self._fits and applied >= self._fits:
            return ""
        fault = find_lacking_migration()
        if not fault:
            self._fits = applied
        return fault
