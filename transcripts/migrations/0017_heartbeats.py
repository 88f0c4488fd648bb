from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0016_workers")]

    operations = [
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", models.CharField(max_length=100)),
                ("pid", models.PositiveIntegerField()),
                ("version", models.CharField(help_text="of Flashweb", max_length=40)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["host", "pid"],
                "constraints": [models.UniqueConstraint(fields=("host", "pid"), name="worker_once")],
            },
        ),
        migrations.AddField(
            "transcription",
            "queued_at",
            models.DateTimeField(
                editable=False,
                help_text="when a person last asked for another try; empty: when it was created",
                null=True,
            ),
        ),
        migrations.AddIndex(
            "transcription", models.Index(fields=["state", "error"], name="transcription_by_state")
        ),
        migrations.AddIndex("transcription", models.Index(fields=["created_at"], name="transcription_by_time")),
    ]
