"""Telling speakers apart, and how sure that is of the speaker of a row."""

from __future__ import annotations

import django.db.models.deletion
import transcripts.enums
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transcripts', '0029_offers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='utterance',
            name='speaker_confidence',
            field=models.SmallIntegerField(editable=False, help_text='how sure a diarization is of the speaker, 0 to 100; empty: others said so, or nobody', null=True),
        ),
        migrations.CreateModel(
            name='Diarization',
            fields=[
                ('attempt', models.PositiveIntegerField(default=0, editable=False)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('not_before', models.DateTimeField(blank=True, editable=False, help_text='the time of the next try', null=True)),
                ('put_off', models.PositiveSmallIntegerField(db_default=0, default=0, editable=False, help_text='how often in a row no worker could reach its file')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('automatic', models.BooleanField(help_text='whether it came with the recognition, and nobody asked for it')),
                ('hint', models.JSONField(default=dict, help_text='Hint.to_json()')),
                ('examples', models.BooleanField(default=False, help_text='whether rows that people assigned are examples')),
                ('state', models.CharField(choices=transcripts.enums.DiarizationState.list_choices, default='queued', max_length=12)),
                ('progress', models.PositiveSmallIntegerField(default=0, help_text='per cent of the sound')),
                ('error', models.CharField(blank=True, help_text='why it waits or has failed', max_length=40)),
                ('finished_at', models.DateTimeField(null=True)),
                ('result', models.JSONField(help_text='Diarized.to_json()', null=True)),
                ('voices', models.JSONField(default=dict, help_text='the ids of the speakers that voices became, by their numbers')),
                ('dismissed', models.BooleanField(default=False, help_text='whether its proposals were put away')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='diarizations', to='transcripts.transcript')),
                ('within', models.ForeignKey(help_text='the speaker who is several people', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='transcripts.speaker')),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'done', 'failed', 'cancelled'])), name='diarization_state_known'), models.UniqueConstraint(condition=models.Q(('state__in', ('queued', 'running'))), fields=('transcript',), name='diarization_one_unfinished')],
            },
        ),
    ]
