"""How long people have worked on transcripts, and with which projects they share it."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transcripts', '0026_glossary'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='shares_effort',
            field=models.BooleanField(db_default=False, default=False, help_text='Whether the other members see how long the person has worked'),
        ),
        migrations.CreateModel(
            name='Effort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ms', models.PositiveBigIntegerField(default=0)),
                ('began_at', models.DateTimeField(help_text='what the person verified earlier was worked on before it was counted')),
                ('seen_at', models.DateTimeField(help_text='the latest moment at which the person was at work; `ms` is up to it')),
                ('transcript', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='efforts', to='transcripts.transcript')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='efforts', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', 'seen_at'], name='effort_by_moment')],
                'constraints': [models.UniqueConstraint(fields=('user', 'transcript'), name='effort_once')],
            },
        ),
    ]
