"""The recording and its files."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from transcripts.audio.results import AudioInfo, AudioTrack, name_for_track
from transcripts.enums import PREPARATION_RUNNING, PREPARATION_TRANSITIONS, PreparationState
from transcripts.models.bins import IN_BIN, IN_USE, Binned
from transcripts.models.leases import Leased
from transcripts.models.projects import Project

RETENTION_GRACE = timedelta(days=7)
"""So long after a project's days were changed, or a recording came to it, they delete nothing."""


class Recording(Leased, Binned):
    """One audio or video file. The keys of its files begin with `folder`; `state` is that of playback copy and peaks.

    What is made of one of several tracks has the track in its name, so that another choice never gets its sound.
    """

    QUEUED = PreparationState.QUEUED
    FIRST = PreparationState.RUNNING
    RUNNING = PREPARATION_RUNNING
    TRANSITIONS = PREPARATION_TRANSITIONS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="recordings")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="recordings")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    title = models.CharField(_("title"), max_length=300)
    file_name = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=2000, blank=True, help_text="the address given instead of a file")
    # Known once the file is here.
    size_bytes = models.PositiveBigIntegerField(default=0)
    content_hash = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="by which the same file is known again, see services.recordings.known; empty: not yet known",
    )
    container = models.CharField(max_length=40, blank=True)
    codec = models.CharField(max_length=40, blank=True)
    channels = models.PositiveSmallIntegerField(default=0)
    rate_hz = models.PositiveIntegerField(default=0)
    api_format = models.CharField(
        max_length=8, blank=True, help_text="wav, mp3 or ogg where the service takes the bytes as they are"
    )
    track = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="the audio track that is taken, from 0, where there are several"
    )
    tracks = models.JSONField(default=list, blank=True, help_text="the audio tracks, where there are several")
    unread_bytes = models.PositiveBigIntegerField(default=0, help_text="at the end of the file")
    # At first what the file claims, later what was decoded.
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=PreparationState.list_choices, default=PreparationState.QUEUED)
    error = models.CharField(max_length=40, blank=True, help_text="why there is nothing to play")
    # Empty until the taken track is prepared; also where an older version has done that.
    playback_bytes = models.PositiveBigIntegerField(null=True, editable=False)
    peaks_bytes = models.PositiveBigIntegerField(null=True, editable=False)
    prepared_at = models.DateTimeField(null=True, editable=False, help_text="when these two were made")
    audio_deleted_at = models.DateTimeField(
        null=True, editable=False, help_text="its files are gone, or go with the next clean-up"
    )
    legal_hold = models.BooleanField(default=False, db_default=False, help_text="Whether nothing of it may be deleted")
    retention_from = models.DateTimeField(
        null=True,
        editable=False,
        help_text="when it was moved or brought back, from which its project's days have grace",
    )

    archived_at = models.DateTimeField(
        null=True, editable=False, help_text="since when it is out of the way; nothing else about it changes"
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="assigned_recordings",
        help_text="who sees to it; whoever may edit it still may",
    )

    current_transcript = models.ForeignKey(
        "transcripts.Transcript",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        help_text="that which it opens; if none is chosen, the newest",
    )
    # Both are kept by triggers of the database, whatever writes a transcript.
    changed_at = models.DateTimeField(
        null=True, editable=False, help_text="when a transcript of it was changed last, or it was added"
    )
    verified_share = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="per mille of the current transcript's rows; none: it has no rows"
    )

    class Meta:
        ordering = ["-created_at", "id"]
        # Pages of the library are found in an index alone, whosever recordings they show.
        indexes = [
            models.Index(fields=["size_bytes"], name="recording_by_size"),
            models.Index(fields=["binned_at"], condition=IN_BIN, name="recording_in_bin"),
            models.Index(fields=["project", "binned_at", "created_at", "id"], name="recording_of_project"),
            models.Index(fields=["created_at", "id", "project", "title"], condition=IN_USE, name="recording_by_time"),
            models.Index(fields=["title", "id", "project"], condition=IN_USE, name="recording_by_title"),
            models.Index(fields=["duration_ms", "id", "project"], condition=IN_USE, name="recording_by_length"),
            models.Index(fields=["verified_share", "id", "project"], condition=IN_USE, name="recording_by_share"),
            models.Index(fields=["changed_at", "id", "project"], condition=IN_USE, name="recording_by_change"),
            models.Index(fields=["uploaded_by", "id", "project"], condition=IN_USE, name="recording_by_person"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=PreparationState.values), name="recording_state_known"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def folder(self) -> str:
        return f"recordings/{self.id}"

    @property
    def original(self) -> str:
        return f"{self.folder}/original"

    @property
    def playback(self) -> str:
        return f"{self.folder}/{name_for_track('playback.m4a', self.track)}"

    @property
    def peaks(self) -> str:
        return f"{self.folder}/{name_for_track('peaks.dat', self.track)}"

    @property
    def audio_tracks(self) -> list[AudioTrack]:
        """The tracks to choose from, where there are several."""
        return [AudioTrack(**track) for track in self.tracks]

    @property
    def is_on_hold(self) -> bool:
        return self.legal_hold or self.project.legal_hold

    @property
    def audio_ends_at(self) -> datetime | None:
        """When its audio is deleted, if it ever is."""
        if self.audio_deleted_at:
            return None
        return find_end(self, days_of(self.project.audio_days, settings.AUDIO_DAYS))

    @property
    def ends_at(self) -> datetime | None:
        """When it goes to the bin, if it ever does."""
        return find_end(self, days_of(self.project.recording_days, settings.RECORDING_DAYS))

    def describe_file(self, size_bytes: int, info: AudioInfo) -> dict[str, Any]:
        """Sets what is known of the file and of the track that `info` describes. Returns the same for an update."""
        fields: dict[str, Any] = {
            "size_bytes": size_bytes,
            "container": info.container[:40],
            "codec": info.codec[:40],
            "channels": info.channels,
            "rate_hz": info.rate_hz,
            "api_format": info.api_format,
            "track": info.track if info.tracks else None,
            "tracks": [asdict(track) for track in info.tracks],
            "unread_bytes": info.unread_bytes,
            "duration_ms": info.duration_ms,
        }
        for name, value in fields.items():
            setattr(self, name, value)
        return fields


def days_of(own: int | None, usual: int) -> int:
    """After how many days something of a project is deleted; 0 for never."""
    return usual if own is None else own


def find_end(recording: Recording, days: int) -> datetime | None:
    """So many days after the recording was added, but not within the grace of what has changed since."""
    if not days or recording.is_on_hold:
        return None
    changed = [at for at in (recording.project.retention_set_at, recording.retention_from) if at]
    return max([recording.created_at + timedelta(days=days), *(at + RETENTION_GRACE for at in changed)])
