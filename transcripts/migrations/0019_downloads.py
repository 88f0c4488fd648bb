"""Files that workers make for a person to fetch."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import migrations, models

import transcripts.enums
import transcripts.models.downloads


class Migration(migrations.Migration):
    dependencies = [
        ("transcripts", "0018_backups_and_retention"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Download",
            fields=[
                ("attempt", models.PositiveIntegerField(default=0, editable=False)),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "not_before",
                    models.DateTimeField(blank=True, editable=False, help_text="the time of the next try", null=True),
                ),
                (
                    "put_off",
                    models.PositiveSmallIntegerField(
                        db_default=0,
                        default=0,
                        editable=False,
                        help_text="how often in a row no worker could reach its file",
                    ),
                ),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("title", models.CharField(help_text="the file's name without its extension", max_length=300)),
                ("format", models.CharField(max_length=20)),
                ("together", models.BooleanField(help_text="whether it is a zip of several transcripts")),
                ("transcripts", models.JSONField(help_text="their ids")),
                ("options", models.JSONField(default=dict, help_text="as a query string has them")),
                ("language", models.CharField(max_length=20)),
                ("fingerprint", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=transcripts.enums.DownloadState.list_choices, default="queued", max_length=12
                    ),
                ),
                ("started_at", models.DateTimeField(null=True)),
                (
                    "done",
                    models.PositiveBigIntegerField(default=0, help_text="rows, transcripts or bytes, as `total`"),
                ),
                ("total", models.PositiveBigIntegerField(default=0)),
                ("size_bytes", models.PositiveBigIntegerField(null=True)),
                ("error", models.CharField(blank=True, max_length=40)),
                ("expires_at", models.DateTimeField(default=transcripts.models.downloads.end_of_download)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="downloads", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(state__in=["queued", "running", "done", "failed"]),
                        name="download_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=~models.Q(state="failed"), fields=("by", "fingerprint"), name="download_once"
                    ),
                ],
            },
        ),
    ]
