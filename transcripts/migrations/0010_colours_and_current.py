"""Speakers have colours, handed out in order of appearance; a recording has a current transcript."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Max, Min, Q

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


def choose_current(apps: Any, schema_editor: Any) -> None:
    """The transcript that people have edited last; if they have edited none, the newest."""
    Recording, Transcript = (apps.get_model("transcripts", name) for name in ("Recording", "Transcript"))
    edited = Max("changes__at", filter=~Q(changes__kind__in=("recognised", "imported")))
    transcripts = (
        Transcript.objects.filter(recording__isnull=False)
        .annotate(edited=edited)
        .order_by("recording", F("edited").desc(nulls_last=True), "-created_at")
    )
    chosen = [
        Recording(pk=recording, current_transcript=next(group))
        for recording, group in groupby(transcripts, lambda transcript: transcript.recording_id)
    ]
    Recording.objects.bulk_update(chosen, ["current_transcript"], batch_size=500)


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
        migrations.AddField(
            "recording",
            "current_transcript",
            models.ForeignKey(
                "transcripts.transcript",
                django.db.models.deletion.SET_NULL,
                null=True,
                editable=False,
                related_name="+",
                help_text="that which it opens; if none is chosen, the newest",
            ),
        ),
        migrations.RunPython(hand_out_colours, migrations.RunPython.noop),
        migrations.RunPython(choose_current, migrations.RunPython.noop),
    ]
