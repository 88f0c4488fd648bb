"""Each person's abbreviations, and whether they read without fillers."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0027_effort")]

    operations = [
        migrations.AddField(
            model_name="preferences",
            name="abbreviations",
            field=models.JSONField(
                blank=True, help_text="Abbreviation to what it becomes in a row's field; empty: none", null=True
            ),
        ),
        migrations.AddField(
            model_name="preferences",
            name="hide_fillers",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Whether texts are read and exported without fillers"
            ),
        ),
    ]
