from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0013_page_preferences")]

    operations = [
        migrations.AddField(
            "preferences",
            "language",
            models.CharField(
                blank=True, default="", help_text="In which the person reads mails; none: not known yet", max_length=20
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "preferences",
            "export_format",
            models.CharField(
                blank=True, default="", help_text="Of the last export, which is offered first", max_length=20
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "transcription",
            "service",
            models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="the host that recognised it; local: this installation",
                max_length=100,
            ),
            preserve_default=False,
        ),
    ]
