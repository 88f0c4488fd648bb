"""Moves of recordings between projects: wishes and traces."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def person() -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, django.db.models.deletion.SET_NULL, null=True, related_name="+"
    )


def project(name: str) -> models.ForeignKey:
    return models.ForeignKey("transcripts.project", django.db.models.deletion.CASCADE, related_name=name)


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0005_bin"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            "Move",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("moved_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("allowed_by", person()),
                ("asked_by", person()),
                ("undone_by", person()),
                (
                    "recording",
                    models.ForeignKey(
                        "transcripts.recording", django.db.models.deletion.CASCADE, related_name="moves"
                    ),
                ),
                ("source", project("moves_out")),
                ("target", project("moves_in")),
            ],
            options={
                "ordering": ["-asked_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(moved_at=None), fields=["recording"], name="move_asked_once"
                    )
                ],
            },
        ),
    ]
