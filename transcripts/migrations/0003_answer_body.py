"""The bytes of an answer, which are kept before they are read."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0002_search")]
    operations = [
        migrations.AddField("transcription", "answer_body", models.BinaryField(null=True)),
        migrations.AddField("answerpart", "answer_body", models.BinaryField(null=True)),
        migrations.AlterField("answerpart", "raw_answer", models.JSONField(null=True)),
    ]
