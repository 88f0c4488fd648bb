"""Uploads whose size is not known while they are being recorded."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transcripts", "0010_colours_and_current"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("upload", "options", models.JSONField(default=dict)),
        migrations.AddField(
            "upload",
            "project",
            models.ForeignKey(
                "transcripts.project", django.db.models.deletion.SET_NULL, null=True, related_name="+"
            ),
        ),
        migrations.AddField(
            "upload",
            "recording",
            models.ForeignKey(
                "transcripts.recording",
                django.db.models.deletion.CASCADE,
                null=True,
                related_name="+",
                help_text="of what came",
            ),
        ),
        migrations.AlterField(
            "upload",
            "size_bytes",
            models.PositiveBigIntegerField(null=True, help_text="empty while it is not known"),
        ),
        migrations.AddConstraint(
            "upload",
            models.UniqueConstraint(
                fields=["by", "file_name", "modified_ms"],
                condition=models.Q(size_bytes=None),
                name="growing_upload_once",
            ),
        ),
    ]
