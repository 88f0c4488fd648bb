"""What titles are found by: an index of trigrams that the database keeps itself, and theirs in the index by time."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Q

BY_TIME = models.Index(
    fields=["created_at", "id", "project", "title"], condition=Q(binned_at=None), name="recording_by_time"
)
KEY = "(SELECT id FROM transcripts_titlekey WHERE recording_id = {}.id)"

# The number of a title in the index is that of a table of its own: recordings have none that stays. Triggers go when
# SQLite's table of the recordings is made anew, as an alteration of it does: such a migration has to end with `install`
# too, and a test says so.
SQLITE = [
    "CREATE TABLE transcripts_titlekey (id integer NOT NULL PRIMARY KEY, recording_id char(32) NOT NULL UNIQUE)",
    "INSERT INTO transcripts_titlekey(recording_id) SELECT id FROM transcripts_recording",
    "CREATE VIRTUAL TABLE transcripts_titles USING fts5(title, tokenize='trigram', columnsize=0)",
    f"""INSERT INTO transcripts_titles(rowid, title)
        SELECT {KEY.format("recording")}, title FROM transcripts_recording recording""",
    f"""CREATE TRIGGER transcripts_title_inserted AFTER INSERT ON transcripts_recording BEGIN
          INSERT INTO transcripts_titlekey(recording_id) VALUES (new.id);
          INSERT INTO transcripts_titles(rowid, title) VALUES ({KEY.format("new")}, new.title);
        END""",
    f"""CREATE TRIGGER transcripts_title_updated AFTER UPDATE OF title ON transcripts_recording
        WHEN old.title <> new.title BEGIN
          UPDATE transcripts_titles SET title = new.title WHERE rowid = {KEY.format("new")};
        END""",
    f"""CREATE TRIGGER transcripts_title_deleted AFTER DELETE ON transcripts_recording BEGIN
          DELETE FROM transcripts_titles WHERE rowid = {KEY.format("old")};
          DELETE FROM transcripts_titlekey WHERE recording_id = old.id;
        END""",
]
SQLITE_GONE = [
    *(f"DROP TRIGGER IF EXISTS transcripts_title_{when}" for when in ("inserted", "updated", "deleted")),
    "DROP TABLE IF EXISTS transcripts_titles",
    "DROP TABLE IF EXISTS transcripts_titlekey",
]
# As Django asks for what an `icontains` is in.
POSTGRESQL = "CREATE INDEX transcripts_titles ON transcripts_recording USING gin (upper(title) gin_trgm_ops)"
POSTGRESQL_GONE = "DROP INDEX IF EXISTS transcripts_titles"
EXTENSION = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'"  # which not every database lets be added


def install(apps: Any, schema_editor: Any) -> None:
    remove(apps, schema_editor)
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for statement in SQLITE:
                cursor.execute(statement)
        else:
            cursor.execute(EXTENSION)
            if cursor.fetchone() != (0,):
                cursor.execute(POSTGRESQL)


def remove(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        for statement in SQLITE_GONE if connection.vendor == "sqlite" else [POSTGRESQL_GONE]:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0032_transcript_index")]
    operations = [
        migrations.RemoveIndex("recording", "recording_by_time"),
        migrations.AddIndex("recording", BY_TIME),
        migrations.RunPython(install, remove),
    ]
