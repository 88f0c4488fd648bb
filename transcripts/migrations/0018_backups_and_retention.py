"""How long a project keeps its recordings, and what keeps them: legal holds, and backups that have yet to read them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0017_heartbeats")]

    operations = [
        migrations.AddField(
            "installation",
            "files_held_until",
            models.DateTimeField(editable=False, help_text="by a backup, which has yet to read them", null=True),
        ),
        migrations.AddField(
            "project",
            "audio_days",
            models.PositiveIntegerField(
                blank=True,
                help_text="until its audio is deleted; 0: never; empty: as the installation says",
                null=True,
            ),
        ),
        migrations.AddField(
            "project",
            "recording_days",
            models.PositiveIntegerField(blank=True, help_text="until the whole recording is", null=True),
        ),
        migrations.AddField(
            "project",
            "retention_set_at",
            models.DateTimeField(editable=False, help_text="when these were changed last", null=True),
        ),
        migrations.AddField(
            "project",
            "legal_hold",
            models.BooleanField(db_default=False, default=False, help_text="Whether nothing may be deleted"),
        ),
        migrations.AddField(
            "recording",
            "audio_deleted_at",
            models.DateTimeField(
                editable=False, help_text="its files are gone, or go with the next clean-up", null=True
            ),
        ),
        migrations.AddField(
            "recording",
            "legal_hold",
            models.BooleanField(db_default=False, default=False, help_text="Whether nothing of it may be deleted"),
        ),
        migrations.AddField(
            "recording",
            "retention_from",
            models.DateTimeField(
                editable=False,
                help_text="when it was moved or brought back, from which its project's days have grace",
                null=True,
            ),
        ),
    ]
