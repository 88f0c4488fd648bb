"""The glossary of each project."""

from __future__ import annotations

import django.db.models.deletion
import transcripts.enums
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0025_transcript_accuracies")]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="learned_change",
            field=models.BigIntegerField(
                editable=False, help_text="the last change from which corrections were read; empty: none yet", null=True
            ),
        ),
        migrations.AddField(
            model_name="transcription",
            name="glossary_words",
            field=models.PositiveSmallIntegerField(
                editable=False, help_text="how many terms of the glossary went along, where there were any", null=True
            ),
        ),
        migrations.CreateModel(
            name="GlossaryEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("term", models.CharField(max_length=100)),
                ("folded", models.CharField(editable=False, max_length=300)),
                ("note", models.CharField(blank=True, max_length=500)),
                (
                    "language",
                    models.CharField(
                        blank=True, help_text="of `flash.languages.LANGUAGES`; empty: any", max_length=8
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=transcripts.enums.EntryState.list_choices, default="approved", max_length=10
                    ),
                ),
                (
                    "is_on",
                    models.BooleanField(default=True, help_text="Whether recognitions, captions and checks use it"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "deleted_at",
                    models.DateTimeField(editable=False, help_text="it can be brought back for a time", null=True),
                ),
                (
                    "added",
                    models.JSONField(
                        default=list, editable=False, help_text="what `merged_into` had not been misheard as"
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        editable=False,
                        help_text="the entry that has its counts",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="transcripts.glossaryentry",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="glossary", to="transcripts.project"
                    ),
                ),
                (
                    "row",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        help_text="where somebody asked to remember it",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="transcripts.utterance",
                    ),
                ),
            ],
            options={
                "ordering": ["folded", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("deleted_at", None)),
                        fields=("project", "folded"),
                        name="glossary_entry_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("folded", ""), _negated=True), name="glossary_entry_has_term"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "approved", "dismissed"])),
                        name="glossary_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mishearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=100)),
                ("folded", models.CharField(editable=False, max_length=300)),
                ("times", models.PositiveIntegerField(default=0)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mishearings",
                        to="transcripts.glossaryentry",
                    ),
                ),
            ],
            options={
                "ordering": ["-times", "folded"],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "folded"), name="mishearing_once"),
                    models.CheckConstraint(
                        condition=models.Q(("folded", ""), _negated=True), name="mishearing_has_text"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("original", models.CharField(max_length=100)),
                ("corrected", models.CharField(max_length=100)),
                ("before", models.CharField(blank=True, max_length=3)),
                ("after", models.CharField(blank=True, max_length=3)),
                (
                    "folded",
                    models.CharField(
                        db_index=True, help_text="`corrected`, as terms are compared", max_length=300
                    ),
                ),
                (
                    "utterance",
                    models.ForeignKey(
                        db_constraint=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="transcripts.utterance",
                    ),
                ),
            ],
            options={"ordering": ["pk"]},
        ),
    ]
