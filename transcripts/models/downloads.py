"""Files that workers make for a person to fetch."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from transcripts.enums import DOWNLOAD_RUNNING, DOWNLOAD_TRANSITIONS, DownloadState
from transcripts.exports.registry import OFFERED
from transcripts.models.leases import Leased, LeasedQuerySet

KEPT_FOR = timedelta(days=1)


def end_of_download() -> datetime:
    return timezone.now() + KEPT_FOR


class DownloadQuerySet(LeasedQuerySet):
    def kept(self) -> Self:
        return self.filter(expires_at__gte=timezone.now())

    def over(self) -> Self:
        return self.filter(expires_at__lt=timezone.now())


class Download(Leased):
    """An export that takes too long for a page to wait for. `fingerprint` is of what it is made from, versions too.

    It goes a day after it was made, or was asked for and not made.
    """

    QUEUED = DownloadState.QUEUED
    FIRST = DownloadState.RUNNING
    RUNNING = DOWNLOAD_RUNNING
    TRANSITIONS = DOWNLOAD_TRANSITIONS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="downloads")
    created_at = models.DateTimeField(auto_now_add=True)
    title = models.CharField(max_length=300, help_text="the file's name without its extension")
    format = models.CharField(max_length=20)
    together = models.BooleanField(help_text="whether it is a zip of several transcripts")
    transcripts = models.JSONField(help_text="their ids")
    options = models.JSONField(default=dict, help_text="as a query string has them")
    language = models.CharField(max_length=20)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=DownloadState.list_choices, default=DownloadState.QUEUED)
    started_at = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField(default=0, help_text="rows, transcripts or bytes, as `total`")
    total = models.PositiveBigIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(null=True)
    error = models.CharField(max_length=40, blank=True)
    expires_at = models.DateTimeField(default=end_of_download)

    objects = DownloadQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DownloadState.values), name="download_state_known"),
            models.UniqueConstraint(
                fields=["by", "fingerprint"], condition=~Q(state=DownloadState.FAILED), name="download_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.format}"

    @property
    def key(self) -> str:
        return f"downloads/{self.id}"

    @property
    def file_name(self) -> str:
        return f"{self.title}.{'zip' if self.together else OFFERED[self.format].extension}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in {self.QUEUED, *self.RUNNING}

    @property
    def left_ms(self) -> int | None:
        """How long it may take yet, by how long the part that is done took."""
        if self.state not in self.RUNNING or self.started_at is None or not self.done:
            return None
        elapsed_ms: float = 1000 * (timezone.now() - self.started_at).total_seconds()
        return round(elapsed_ms * max(0, self.total - self.done) / self.done)
