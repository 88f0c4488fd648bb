"""Files on their way in."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from transcripts.models.projects import Project
from transcripts.models.recordings import Recording

SILENT_AFTER = timedelta(minutes=1)
"""A page that is still recording shows itself more often than this."""


class UploadQuerySet(models.QuerySet["Upload"]):
    def growing(self) -> UploadQuerySet:
        """Those of unknown length of which no recording has been made yet."""
        return self.filter(size_bytes=None, recording=None)


class Upload(models.Model):
    """A file that arrives in chunks, so that a broken connection costs one chunk. The row says how much has.

    When the same person chooses the same file again, on any page, the upload continues where it stopped.

    While it is being recorded, its size is not known: it grows until the page hands it in. If the page falls silent
    instead, a `recording` is made of what came, with `options` and in `project`; should the page come back, it goes on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    file_name = models.CharField(max_length=300)
    size_bytes = models.PositiveBigIntegerField(null=True, help_text="empty while it is not known")
    modified_ms = models.BigIntegerField(help_text="when the person's file was changed last, in ms since 1970")
    created_at = models.DateTimeField(auto_now_add=True)
    # Empty where an older version has begun it, until something comes.
    offset = models.PositiveBigIntegerField(null=True, help_text="how many bytes have arrived")
    moved_at = models.DateTimeField(null=True, help_text="when something came last")
    chunks = models.JSONField(default=dict, null=True, help_text="what the store notes of its chunks")
    tags = models.JSONField(default=list, null=True, help_text="names for its recording, such as those of its folders")
    # Of those that grow:
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="+")
    options = models.JSONField(default=dict)
    recording = models.ForeignKey(Recording, models.CASCADE, null=True, related_name="+", help_text="of what came")

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "file_name", "size_bytes", "modified_ms"], name="upload_once"),
            models.UniqueConstraint(
                fields=["by", "file_name", "modified_ms"], condition=Q(size_bytes=None), name="growing_upload_once"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def key(self) -> str:
        return f"uploads/{self.pk}.part"

    @property
    def is_silent(self) -> bool:
        return timezone.now() - (self.moved_at or self.created_at) > SILENT_AFTER
