"""Tags of recordings, and what a file is known again by that is added a second time."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("transcripts", "0019_downloads")]

    operations = [
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("folded", models.CharField(editable=False, max_length=180)),
                ("colour", models.PositiveSmallIntegerField(default=1, help_text="of `TAG_COLOURS`")),
                ("project", models.ForeignKey("transcripts.project", models.CASCADE, related_name="tags")),
                ("recordings", models.ManyToManyField("transcripts.recording", related_name="tags")),
            ],
            options={
                "ordering": ["folded"],
                "constraints": [
                    models.UniqueConstraint(fields=["project", "folded"], name="tag_once"),
                    models.CheckConstraint(condition=~Q(folded=""), name="tag_has_name"),
                    models.CheckConstraint(condition=Q(colour__range=(1, 8)), name="tag_colour_known"),
                ],
            },
        ),
        migrations.AddField(
            "recording",
            "content_hash",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="by which the same file is known again, see services.recordings.known; empty: not yet known",
                max_length=64,
            ),
        ),
        migrations.AddIndex("recording", models.Index(fields=["size_bytes"], name="recording_by_size")),
        migrations.AddField(
            "upload",
            "tags",
            models.JSONField(
                default=list, help_text="names for its recording, such as those of its folders", null=True
            ),
        ),
    ]
