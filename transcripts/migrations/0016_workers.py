from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0014_reading")]

    operations = [
        migrations.AddIndex(
            "transcription", models.Index(fields=["state", "created_at"], name="transcription_in_turn")
        ),
    ]
