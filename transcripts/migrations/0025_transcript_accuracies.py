"""What the engine got wrong in the verified rows of a transcript, measured for the pages "Quality"."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0024_working_with_many")]

    operations = [
        migrations.CreateModel(
            name="TranscriptAccuracy",
            fields=[
                (
                    "transcript",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="accuracy",
                        serialize=False,
                        to="transcripts.transcript",
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                (
                    "engine",
                    models.TextField(
                        help_text="JSON: the service, the options but for lists of words, whether it had hot words"
                    ),
                ),
                ("row_ms", models.PositiveBigIntegerField()),
                ("verified_ms", models.PositiveBigIntegerField()),
                (
                    "picked",
                    models.BooleanField(
                        help_text="the rows seem to have been verified because something in them was wrong"
                    ),
                ),
                ("errors", models.JSONField(help_text="`Errors` of characters, of words and of both, as lists")),
                (
                    "speakers",
                    models.JSONField(help_text="[label, name, verified ms, errors] of each who has verified rows"),
                ),
                (
                    "confusions",
                    models.JSONField(
                        help_text="[recognised, meant, times, [row, ms of some places]], the commonest first"
                    ),
                ),
            ],
        ),
    ]
