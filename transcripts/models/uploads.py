"""Files on their way in."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import models


class Upload(models.Model):
    """A file that arrives in chunks, so that a broken connection costs one chunk. What has arrived is in `path`.

    When the same person chooses the same file again, on any page, the upload continues where it stopped.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="uploads")
    file_name = models.CharField(max_length=300)
    size_bytes = models.PositiveBigIntegerField()
    modified_ms = models.BigIntegerField(help_text="when the person's file was changed last, in ms since 1970")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "file_name", "size_bytes", "modified_ms"], name="upload_once"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def path(self) -> Path:
        return Path(settings.FILE_UPLOAD_TEMP_DIR) / f"{self.pk}.part"

    @property
    def offset(self) -> int:
        """How many bytes have arrived."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def moved_at(self) -> datetime:
        """When something came last."""
        try:
            return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except FileNotFoundError:
            return self.created_at
