"""Of which recordings transcripts are, without reading these: searches ask it of hundreds."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transcripts', '0031_kept_voices'),
    ]

    operations = [
        migrations.AddIndex('transcript', models.Index(fields=['id', 'recording', 'created_at'], name='transcript_of_recording')),
    ]
