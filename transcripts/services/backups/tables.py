"""The tables of the database as lines of JSON, which are the same from SQLite and from PostgreSQL.

The database makes the lines itself, so that no value passes through Python: what PostgreSQL has types of its own for is
written as SQLite keeps it. A line is a list of values in the order of the columns; bytes are hexadecimal.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from transcripts.services.backups.archive import BadBackup

APP = "transcripts"
AT_ONCE = 500

_FROM_POSTGRESQL = {
    "timestamp with time zone": "replace(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '.000000', '')",
    "date": "{}::text",
    "uuid": "replace({}::text, '-', '')",
    "jsonb": "{}::text",
    "boolean": "{}::int",
    "bytea": "encode({}, 'hex')",
    "inet": "host({})",
}
_FROM_SQLITE = {"BLOB": "CASE WHEN {0} IS NULL THEN NULL ELSE hex({0}) END"}
_LINE = {
    "postgresql": "COPY (SELECT json_build_array({}) FROM {}) TO STDOUT",
    "sqlite": "SELECT json_array({}) FROM {}",
}


def get_models(apps: Any) -> dict[str, type[models.Model]]:
    """Everything that is stored, by the names of the tables."""
    found = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in found if model._meta.managed and not model._meta.proxy}


def get_columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in model._meta.local_concrete_fields]


@contextmanager
def hold_snapshot() -> Iterator[None]:
    """What is read inside is as of one moment. Nobody's writing waits for it.

    On SQLite that is a transaction that reads, while Django's would hold the place of the one who writes.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                cursor.execute("SELECT count(*) FROM sqlite_master").fetchone()  # The moment is that of the first read.
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def read_rows(model: type[models.Model]) -> Iterator[str]:
    """A line for each row, one in memory at a time."""
    quote = connection.ops.quote_name
    forms = _FROM_SQLITE if connection.vendor == "sqlite" else _FROM_POSTGRESQL
    columns = [
        forms.get(_column_type(field), "{}").format(quote(str(field.column)))
        for field in model._meta.local_concrete_fields
    ]
    sql = _LINE[connection.vendor].format(", ".join(columns), quote(model._meta.db_table))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for (line,) in cursor.execute(sql):
                yield line
            return
        with cursor.copy(sql) as copy:
            for block in copy:
                # COPY doubles what JSON has of backslashes, and needs no other sign of its own.
                yield bytes(block).decode().rstrip("\n").replace("\\\\", "\\")


def _column_type(field: Any) -> str:
    return str(field.db_type(connection)).partition("(")[0]


class Schema:
    """The tables as they were after certain migrations: `migrations` has their apps and names.

    Raises BadBackup where this version does not know them all.
    """

    def __init__(self, migrations: Iterable[tuple[str, str]]) -> None:
        graph = MigrationLoader(None).graph
        given = set(migrations)
        known = {key for key in given if key in graph.nodes}
        newer = sorted(name for app, name in given - known if app == APP)
        if newer or not any(app == APP for app, _name in known):
            raise BadBackup(f"it is of a newer version, with the migration {newer[-1] if newer else '?'}")
        self.targets = [
            key for key in sorted(known) if not any(child.key in known for child in graph.node_map[key].children)
        ]
        self.tables = get_models(MigrationLoader(None).project_state(self.targets).apps)

    def check_columns(self, table: str, first: bytes) -> list[str]:
        """The columns that the first line of a part names. Raises BadBackup unless they are the table's."""
        model = self.tables.get(table)
        try:
            columns: list[str] = json.loads(first)
            fits = model is not None and sorted(columns) == sorted(get_columns(model))
        except (ValueError, TypeError):
            fits = False
        if not fits:
            raise BadBackup(f"this version has no such table {table}")
        return columns


def load_rows(model: type[models.Model], columns: list[str], lines: Iterable[bytes]) -> None:
    """Stores the rows. Raises BadBackup where they are none of this table."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(map(connection.ops.quote_name, columns))
    binary = [columns.index(field.column) for field in _binary_fields(model)]
    rows = (_read_row(line, len(columns), binary) for line in lines)
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # type: ignore[arg-type]  # noqa: S608
            return
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _binary_fields(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.local_concrete_fields if isinstance(field, models.BinaryField)]


def _read_row(line: bytes, length: int, binary: list[int]) -> list[Any]:
    try:
        row: list[Any] = json.loads(line)
        for number in binary:
            row[number] = None if row[number] is None else bytes.fromhex(row[number])
    except (ValueError, TypeError, IndexError):
        raise BadBackup("a row is not readable") from None
    if len(row) != length:
        raise BadBackup("a row is not readable")
    return row


@contextmanager
def any_order() -> Iterator[None]:
    """Rows may come before those that they name."""
    if connection.vendor == "sqlite":
        connection.disable_constraint_checking()
        try:
            yield
        finally:
            connection.enable_constraint_checking()
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # Migrations have set some otherwise.
        yield


def index_search(*, on: bool) -> None:
    """Makes or drops the index of what rows say: made at the end, it costs a fraction."""
    search = importlib.import_module("transcripts.migrations.0002_search")
    change = search.install if on else search.remove
    change(None, SimpleNamespace(connection=connection))


def finish_loading(tables: Iterable[type[models.Model]]) -> None:
    """Lets PostgreSQL count on from the highest numbers. Raises IntegrityError where a row names what is not there."""
    if connection.vendor == "sqlite":
        connection.check_constraints()
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)
