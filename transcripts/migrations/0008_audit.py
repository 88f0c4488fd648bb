"""The audit: who did what, when and from where."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import transcripts.enums


class Migration(migrations.Migration):
    dependencies = [
        ("transcripts", "0007_unattached_transcripts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            "AuditEntry",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("event", models.CharField(choices=transcripts.enums.AuditEvent.list_choices, max_length=30)),
                (
                    "who",
                    models.CharField(
                        blank=True, help_text="the person's user name; the one that was tried", max_length=150
                    ),
                ),
                ("project_name", models.CharField(blank=True, max_length=200)),
                (
                    "about",
                    models.CharField(
                        blank=True, help_text="a recording's title, a person, a link's label", max_length=300
                    ),
                ),
                (
                    "details",
                    models.CharField(blank=True, help_text="a role, a format, the other project", max_length=300),
                ),
                (
                    "address",
                    models.GenericIPAddressField(help_text="where the request came from", null=True),
                ),
                (
                    "by",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL, django.db.models.deletion.SET_NULL, null=True, related_name="+"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        "transcripts.project", django.db.models.deletion.SET_NULL, null=True, related_name="audit"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ["-at", "-pk"],
                "indexes": [models.Index(fields=["project", "-at"], name="audit_of_project")],
            },
        ),
    ]
