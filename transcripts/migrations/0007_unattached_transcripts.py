"""Transcripts that are still being stored belong to no recording yet."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0006_moves")]
    operations = [
        migrations.AlterField(
            "transcript",
            "recording",
            models.ForeignKey(
                "transcripts.recording", django.db.models.deletion.CASCADE, null=True, related_name="transcripts"
            ),
        ),
        migrations.AlterField(
            "transcript",
            "transcription",
            models.OneToOneField(
                "transcripts.transcription", django.db.models.deletion.CASCADE, null=True, related_name="transcript"
            ),
        ),
    ]
