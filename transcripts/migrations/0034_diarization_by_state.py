"""What waits, and since when, without reading what was found: workers ask it every few seconds."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transcripts', '0033_titles'),
    ]

    operations = [
        migrations.AddIndex('diarization', models.Index(fields=['state', 'error', 'created_at'], name='diarization_by_state')),
    ]
