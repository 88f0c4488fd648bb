"""Whether the editor offers where else a correction may be needed, for each person."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0028_abbreviations")]

    operations = [
        migrations.AddField(
            model_name="preferences",
            name="offers",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Whether the editor says where else the words of a correction were recognised wrong",
            ),
        ),
    ]
