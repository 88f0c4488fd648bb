"""The index of what rows say, which is kept by the database itself."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, migrations, transaction

# On SQLite a table of its own beside the rows, in trigrams. Triggers go when SQLite's table of the rows is made anew,
# as an alteration of it does: such a migration has to end with `install` too, and a test says so.
SQLITE = [
    "CREATE VIRTUAL TABLE transcripts_search USING fts5(search_text, tokenize='trigram', columnsize=0)",
    "INSERT INTO transcripts_search(rowid, search_text) SELECT id, search_text FROM transcripts_utterance",
    """CREATE TRIGGER transcripts_search_inserted AFTER INSERT ON transcripts_utterance BEGIN
         INSERT INTO transcripts_search(rowid, search_text) VALUES (new.id, new.search_text);
       END""",
    """CREATE TRIGGER transcripts_search_updated AFTER UPDATE OF search_text ON transcripts_utterance
       WHEN old.search_text <> new.search_text BEGIN
         UPDATE transcripts_search SET search_text = new.search_text WHERE rowid = new.id;
       END""",
    """CREATE TRIGGER transcripts_search_deleted AFTER DELETE ON transcripts_utterance BEGIN
         DELETE FROM transcripts_search WHERE rowid = old.id;
       END""",
]
SQLITE_GONE = [
    "DROP TRIGGER IF EXISTS transcripts_search_inserted",
    "DROP TRIGGER IF EXISTS transcripts_search_updated",
    "DROP TRIGGER IF EXISTS transcripts_search_deleted",
    "DROP TABLE IF EXISTS transcripts_search",
]
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX transcripts_search ON transcripts_utterance USING gin (search_text gin_trgm_ops)",
]


def install(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    if connection.vendor == "sqlite":
        _run(connection, [*SQLITE_GONE, *SQLITE])
    elif connection.vendor == "postgresql":
        try:
            with transaction.atomic(using=connection.alias):
                _run(connection, POSTGRESQL)
        except DatabaseError:
            # No right to add the extension, or it is not on the machine: rows are looked through one by one.
            print("\n  Searching goes without its index: this database does not let pg_trgm be added.")


def remove(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    gone = SQLITE_GONE if connection.vendor == "sqlite" else ["DROP INDEX IF EXISTS transcripts_search"]
    _run(connection, gone)


def _run(connection: Any, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
