"""The recording and its files."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from transcripts.enums import PREPARATION_RUNNING, PREPARATION_TRANSITIONS, PreparationState
from transcripts.models.leases import Leased
from transcripts.models.projects import Project


class Recording(Leased):
    """One audio or video file. Its files are in `folder`; `state` is that of the playback copy and the peaks."""

    QUEUED = PreparationState.QUEUED
    FIRST = PreparationState.RUNNING
    RUNNING = PREPARATION_RUNNING
    TRANSITIONS = PREPARATION_TRANSITIONS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="recordings")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="recordings")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    title = models.CharField(_("title"), max_length=300)
    file_name = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=2000, blank=True, help_text="the address given instead of a file")
    # Known once the file is here.
    size_bytes = models.PositiveBigIntegerField(default=0)
    container = models.CharField(max_length=40, blank=True)
    codec = models.CharField(max_length=40, blank=True)
    channels = models.PositiveSmallIntegerField(default=0)
    rate_hz = models.PositiveIntegerField(default=0)
    api_format = models.CharField(
        max_length=8, blank=True, help_text="wav, mp3 or ogg where the service takes the bytes as they are"
    )
    # At first what the file claims, later what was decoded.
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=PreparationState.list_choices, default=PreparationState.QUEUED)
    error = models.CharField(max_length=40, blank=True, help_text="why there is nothing to play")

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=PreparationState.values), name="recording_state_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def folder(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "recordings" / str(self.id)

    @property
    def original(self) -> Path:
        return self.folder / "original"

    @property
    def playback(self) -> Path:
        return self.folder / "playback.m4a"

    @property
    def peaks(self) -> Path:
        return self.folder / "peaks.dat"
