"""What the library shows of transcripts is kept with them, and its pages are found by indexes."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

IN_USE = models.Q(binned_at=None)
IN_BIN = models.Q(binned_at__isnull=False)

# A recording's `changed_at` and `verified_share` follow its transcripts: also where a process of the version before
# writes them, which knows neither. Triggers go when SQLite's table is made anew, as an alteration of it does: such a
# migration of transcripts or recordings has to end with `install` too, and a test says so.
ADDED = "transcripts_recording_added"
CURRENT = "transcripts_recording_current"
CHANGED = "transcripts_transcript_changed"
NEWEST = "(SELECT id FROM transcripts_transcript WHERE recording_id = {recording} ORDER BY created_at DESC LIMIT 1)"
NOW = {
    "sqlite": "replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')",  # as Django writes times
    "postgresql": "clock_timestamp()",
}
UPDATES = {
    ADDED: "UPDATE transcripts_recording SET changed_at = created_at WHERE id = new.id AND changed_at IS NULL",
    CHANGED: """
        UPDATE transcripts_recording SET
          changed_at = CASE WHEN new.version <> old.version THEN {now} ELSE changed_at END,
          verified_share = CASE
            WHEN new.counted_version IS NULL OR new.counted_version <> new.version THEN verified_share
            WHEN new.id <> COALESCE(current_transcript_id, {newest}) THEN verified_share
            WHEN new.verified_count >= new.row_count THEN CASE WHEN new.row_count > 0 THEN 1000 END
            ELSE 1000 * new.verified_count / new.row_count END
        WHERE id = new.recording_id""",
    CURRENT: """
        UPDATE transcripts_recording SET verified_share = (
          SELECT CASE WHEN verified_count >= row_count THEN 1000 ELSE 1000 * verified_count / row_count END
          FROM transcripts_transcript
          WHERE id = COALESCE(new.current_transcript_id, {newest}) AND counted_version = version AND row_count > 0)
        WHERE id = new.id""",
}
EVENTS = {
    ADDED: "AFTER INSERT ON transcripts_recording",
    CHANGED: "AFTER UPDATE OF version, counted_version, recording_id ON transcripts_transcript",
    CURRENT: "AFTER UPDATE OF current_transcript_id ON transcripts_recording",
}
RECORDINGS = {ADDED: "", CHANGED: "new.recording_id", CURRENT: "new.id"}


def install(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    remove(apps, schema_editor)
    with schema_editor.connection.cursor() as cursor:
        for name, update in UPDATES.items():
            update = update.format(now=NOW[vendor], newest=NEWEST.format(recording=RECORDINGS[name]))
            if vendor == "sqlite":
                cursor.execute(f"CREATE TRIGGER {name} {EVENTS[name]} BEGIN {update}; END")
                continue
            cursor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {update}; RETURN NULL; END$$"
            )
            cursor.execute(f"CREATE TRIGGER {name} {EVENTS[name]} FOR EACH ROW EXECUTE FUNCTION {name}()")


def remove(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        for name, event in EVENTS.items():
            if schema_editor.connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {event.rpartition(' ')[2]}")
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}")


def fill_changed_at(apps: Any, schema_editor: Any) -> None:
    """The last change by people, or the creation. Transcripts are counted by workers, when they find them uncounted."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            """UPDATE transcripts_recording SET changed_at = COALESCE(
                 (SELECT MAX(at) FROM transcripts_change
                  JOIN transcripts_transcript ON transcripts_transcript.id = transcripts_change.transcript_id
                  WHERE recording_id = transcripts_recording.id AND kind <> 'recognised'), created_at)"""
        )


def index_bin_alone(model: str, index: str) -> list[Any]:
    """In place of an index of all rows, which SQLite takes for finding nearly all of them."""
    field = models.DateTimeField(null=True, blank=True, editable=False)
    return [
        migrations.AddIndex(model, models.Index(fields=["binned_at"], condition=IN_BIN, name=f"{model}_in_bin")),
        migrations.RunSQL(
            [f"DROP INDEX IF EXISTS {index}"],
            [f"CREATE INDEX IF NOT EXISTS {index} ON transcripts_{model} (binned_at)"],
            state_operations=[migrations.AlterField(model, "binned_at", field)],
        ),
    ]


def count(model: type[models.Field]) -> models.Field:
    return model(editable=False, null=True)


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0020_tags_and_hashes")]

    operations = [
        migrations.AddField("transcript", "row_count", count(models.PositiveIntegerField)),
        migrations.AddField("transcript", "verified_count", count(models.PositiveIntegerField)),
        migrations.AddField("transcript", "row_ms", count(models.PositiveBigIntegerField)),
        migrations.AddField("transcript", "verified_ms", count(models.PositiveBigIntegerField)),
        migrations.AddField(
            "transcript",
            "counted_version",
            models.PositiveIntegerField(
                editable=False,
                help_text="the version at which these hold; at any other they are to be counted again",
                null=True,
            ),
        ),
        migrations.AddField(
            "recording",
            "changed_at",
            models.DateTimeField(
                editable=False, help_text="when a transcript of it was changed last, or it was added", null=True
            ),
        ),
        migrations.AddField(
            "recording",
            "verified_share",
            models.PositiveSmallIntegerField(
                editable=False,
                help_text="per mille of the current transcript's rows; none: it has no rows",
                null=True,
            ),
        ),
        migrations.AddIndex(
            "recording",
            models.Index(fields=["project", "binned_at", "created_at", "id"], name="recording_of_project"),
        ),
        *(
            migrations.AddIndex("recording", models.Index(fields=fields, condition=IN_USE, name=f"recording_{name}"))
            for name, fields in {
                "by_time": ["created_at", "id", "project"],
                "by_title": ["title", "id", "project"],
                "by_length": ["duration_ms", "id", "project"],
                "by_share": ["verified_share", "id", "project"],
                "by_change": ["changed_at", "id", "project"],
                "by_person": ["uploaded_by", "id", "project"],
            }.items()
        ),
        *index_bin_alone("recording", "transcripts_recording_binned_at_530568cf"),
        *index_bin_alone("project", "transcripts_project_binned_at_5e884702"),
        migrations.RunPython(fill_changed_at, migrations.RunPython.noop),
        migrations.RunPython(install, remove),
    ]
