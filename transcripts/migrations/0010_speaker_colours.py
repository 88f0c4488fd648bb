"""Speakers have colours, handed out in order of appearance."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db import migrations, models
from django.db.models import F, Min, Q

COLOURS = 8


def hand_out_colours(apps: Any, schema_editor: Any) -> None:
    Speaker = apps.get_model("transcripts", "Speaker")
    first = Min("utterances__start_ms", filter=Q(utterances__removed=False))
    speakers = Speaker.objects.annotate(first=first).order_by("transcript", F("first").asc(nulls_last=True), "pk")
    changed = []
    for _transcript, group in groupby(speakers, lambda speaker: speaker.transcript_id):
        for number, speaker in enumerate(group):
            speaker.colour = number % COLOURS + 1
            changed.append(speaker)
    Speaker.objects.bulk_update(changed, ["colour"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0009_encrypted_secrets")]
    operations = [
        migrations.AddField(
            "speaker", "colour", models.PositiveSmallIntegerField(default=1, help_text="of `SPEAKER_COLOURS`")
        ),
        migrations.AddConstraint(
            "speaker",
            models.CheckConstraint(condition=Q(colour__range=(1, COLOURS)), name="speaker_colour_known"),
        ),
        migrations.RunPython(hand_out_colours, migrations.RunPython.noop),
    ]
