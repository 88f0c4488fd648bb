"""Which of a file's audio tracks is taken, which there are, and how much of the file could not be read."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0003_answer_body")]
    operations = [
        migrations.AddField(
            "recording",
            "track",
            models.PositiveSmallIntegerField(
                blank=True, help_text="the audio track that is taken, from 0, where there are several", null=True
            ),
        ),
        migrations.AddField(
            "recording",
            "tracks",
            models.JSONField(blank=True, default=list, help_text="the audio tracks, where there are several"),
        ),
        migrations.AddField(
            "recording",
            "unread_bytes",
            models.PositiveBigIntegerField(default=0, help_text="at the end of the file"),
        ),
        migrations.AddField(
            "transcription",
            "track",
            models.PositiveSmallIntegerField(
                editable=False,
                help_text="the recording's audio track that is recognised, where there are several",
                null=True,
            ),
        ),
    ]
