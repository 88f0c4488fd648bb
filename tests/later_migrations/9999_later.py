# ruff: noqa: N999
from __future__ import annotations

from importlib import import_module
from pathlib import Path

from django.db import migrations, models

LAST = max(path.stem for path in Path(import_module("transcripts.migrations").__path__[0]).glob("0*.py"))


class Migration(migrations.Migration):
    dependencies = [("transcripts", LAST)]

    operations = [
        migrations.AddField("change", "mood", models.CharField(max_length=10, db_default="good")),
        migrations.AddField("recording", "weather", models.CharField(max_length=10, null=True)),
        migrations.CreateModel("Later", [("id", models.BigAutoField(primary_key=True))]),
    ]
