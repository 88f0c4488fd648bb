"""What is done to many recordings at once, whose they are to see to, the archive, and filters that people keep."""

from __future__ import annotations

import django.db.models.deletion
import transcripts.enums
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transcripts", "0023_transcript_counts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="recording",
            name="archived_at",
            field=models.DateTimeField(
                editable=False, help_text="since when it is out of the way; nothing else about it changes", null=True
            ),
        ),
        migrations.AddField(
            model_name="recording",
            name="assigned_to",
            field=models.ForeignKey(
                editable=False,
                help_text="who sees to it; whoever may edit it still may",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="assigned_recordings",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="transcript",
            name="language",
            field=models.CharField(
                editable=False, help_text="the script of most of its text, as a tag", max_length=8, null=True
            ),
        ),
        migrations.CreateModel(
            name="BulkAction",
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
                ("kind", models.CharField(choices=transcripts.enums.BulkKind.list_choices, max_length=12)),
                (
                    "address",
                    models.GenericIPAddressField(help_text="where the request came from, for the audit", null=True),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("details", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(choices=transcripts.enums.BulkState.list_choices, default="queued", max_length=12),
                ),
                ("is_undo", models.BooleanField(default=False, help_text="Whether it is being undone, or was")),
                ("finished_at", models.DateTimeField(help_text="when it, or its undo, came to its end", null=True)),
                ("dismissed", models.BooleanField(default=False, help_text="Whether the person has put its line away")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bulk_actions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["queued", "running", "done", "cancelled"])),
                        name="bulk_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "move",
                                    "tag",
                                    "untag",
                                    "recognise",
                                    "verify",
                                    "assign",
                                    "archive",
                                    "unarchive",
                                    "bin",
                                ],
                            )
                        ),
                        name="bulk_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=transcripts.enums.BulkItemState.list_choices, default="waiting", max_length=12
                    ),
                ),
                ("error", models.CharField(blank=True, help_text="why it or its undo was not possible", max_length=40)),
                ("before", models.JSONField(default=dict)),
                (
                    "action",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="transcripts.bulkaction"
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="transcripts.recording"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["action", "state"], name="bulk_items_by_state")],
                "constraints": [
                    models.UniqueConstraint(fields=("action", "recording"), name="bulk_item_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "done", "refused", "undone"])),
                        name="bulk_item_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=1000)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
                "constraints": [models.UniqueConstraint(fields=("user", "name"), name="kept_filter_once")],
            },
        ),
    ]
