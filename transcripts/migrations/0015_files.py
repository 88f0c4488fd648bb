"""Sizes of files and the state of uploads as columns. What is empty was stored by an older version: the files tell."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0014_reading")]

    operations = [
        migrations.AddField(
            "recording", "playback_bytes", models.PositiveBigIntegerField(editable=False, null=True)
        ),
        migrations.AddField("recording", "peaks_bytes", models.PositiveBigIntegerField(editable=False, null=True)),
        migrations.AddField(
            "recording",
            "prepared_at",
            models.DateTimeField(editable=False, help_text="when these two were made", null=True),
        ),
        migrations.AddField(
            "upload",
            "offset",
            models.PositiveBigIntegerField(help_text="how many bytes have arrived", null=True),
        ),
        migrations.AddField(
            "upload", "moved_at", models.DateTimeField(help_text="when something came last", null=True)
        ),
        migrations.AddField(
            "upload",
            "chunks",
            models.JSONField(default=dict, help_text="what the store notes of its chunks", null=True),
        ),
    ]
