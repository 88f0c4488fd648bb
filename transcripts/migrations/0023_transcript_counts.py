"""What stands in the rows of a transcript, counted for the overview of its project."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0022_search_texts")]

    operations = [
        migrations.CreateModel(
            name="TranscriptCount",
            fields=[
                (
                    "transcript",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="counted",
                        serialize=False,
                        to="transcripts.transcript",
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("row_count", models.PositiveIntegerField()),
                ("row_ms", models.PositiveBigIntegerField()),
                ("flagged", models.PositiveIntegerField()),
                (
                    "second_reader",
                    models.PositiveIntegerField(
                        help_text="rows that a person wrote and nobody has verified: only somebody else may, where a "
                        "project says so"
                    ),
                ),
                (
                    "work",
                    models.JSONField(
                        default=list,
                        help_text="[quarter of an hour since 1970, user, verified rows, their ms, corrected rows] of "
                        "who did what when",
                    ),
                ),
            ],
        ),
    ]
