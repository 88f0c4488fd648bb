"""The bin, and the mark of the installation. No recording goes along with its project or its owner any more."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def binned() -> list[tuple[str, models.Field]]:
    return [
        ("binned_at", models.DateTimeField(blank=True, db_index=True, editable=False, null=True)),
        (
            "binned_by",
            models.ForeignKey(
                settings.AUTH_USER_MODEL,
                django.db.models.deletion.SET_NULL,
                blank=True,
                editable=False,
                null=True,
                related_name="+",
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0004_tracks"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        *(migrations.AddField(model, name, field) for model in ("project", "recording") for name, field in binned()),
        migrations.AlterField(
            "project",
            "personal_of",
            models.OneToOneField(
                settings.AUTH_USER_MODEL,
                django.db.models.deletion.SET_NULL,
                blank=True,
                null=True,
                related_name="personal_project",
            ),
        ),
        migrations.AlterField(
            "recording",
            "project",
            models.ForeignKey("transcripts.project", django.db.models.deletion.PROTECT, related_name="recordings"),
        ),
        migrations.CreateModel(
            "Installation",
            [
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ("mark", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("cleaned_at", models.DateTimeField(editable=False, null=True)),
                ("cleaning_until", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="installation_one")]
            },
        ),
    ]
