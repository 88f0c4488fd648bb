import django.db.models.deletion
from django.db import migrations, models

import transcripts.enums


def put_off():
    return models.PositiveSmallIntegerField(
        db_default=0, default=0, editable=False, help_text="how often in a row no worker could reach its file"
    )


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0015_files")]

    operations = [
        migrations.AddIndex(
            "transcription", models.Index(fields=["state", "created_at"], name="transcription_in_turn")
        ),
        migrations.AddField("recording", "put_off", put_off()),
        migrations.AddField("transcription", "put_off", put_off()),
        migrations.AddField(
            "installation",
            "key_fingerprint",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="of the SECRET_KEY that all machines have",
                max_length=64,
            ),
        ),
        migrations.CreateModel(
            name="CacheEntry",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="a hash: an address of a person may be in it",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("value", models.TextField(help_text="JSON")),
                ("expires_at", models.FloatField(db_index=True, help_text="seconds since 1970")),
            ],
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("to", models.TextField(help_text="addresses, separated by commas")),
                ("content", models.TextField(help_text="encrypted, as there may be a secret link in it")),
                (
                    "state",
                    models.CharField(choices=transcripts.enums.MailState.list_choices, default="due", max_length=8),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=200)),
                (
                    "notice",
                    models.ForeignKey(
                        help_text="whoever has seen it needs no mail",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mails",
                        to="transcripts.notice",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "id"], name="mail_due")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(state__in=["due", "kept", "failed"]), name="mail_state_known"
                    )
                ],
            },
        ),
    ]
