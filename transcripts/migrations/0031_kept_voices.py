"""How the named speakers of a project sound, where it keeps that, and what is not to be kept."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transcripts', '0030_diarizations'),
    ]

    operations = [
        migrations.CreateModel(
            name='RefusedOffer',
            fields=[
                ('speaker', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='refused_offer', serialize=False, to='transcripts.speaker')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddField(
            model_name='project',
            name='keep_voices',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether it keeps how the speakers who have names sound'),
        ),
        migrations.AddField(
            model_name='project',
            name='voices_due_at',
            field=models.DateTimeField(editable=False, help_text='when a worker looks for voices to keep; a later time while one does', null=True),
        ),
        migrations.CreateModel(
            name='KeptVoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('encoder', models.CharField(help_text="what made the centroid; others can't be compared with it", max_length=100)),
                ('centroid', models.TextField(help_text='Voice.centroid of `diarization.results`')),
                ('ms', models.PositiveIntegerField(help_text='how much speech it was made of')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('recording', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='kept_voices', to='transcripts.recording')),
                ('speaker', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='kept_voice', to='transcripts.speaker')),
            ],
        ),
        migrations.CreateModel(
            name='RefusedVoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('folded', models.CharField(editable=False, help_text='as names are compared', max_length=600)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refused_voices', to='transcripts.project')),
                ('recording', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='transcripts.recording')),
            ],
            options={
                'ordering': ['folded', 'pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('recording', None)), fields=('project', 'folded'), name='refused_voice_once'), models.UniqueConstraint(fields=('recording', 'folded'), name='refused_voice_once_a_recording')],
            },
        ),
    ]
