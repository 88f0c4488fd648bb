"""How long recordings are kept: the days of their projects, legal holds, and deleting the audio alone."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from transcripts.enums import AuditEvent, PreparationState
from transcripts.errors import OnHold
from transcripts.messages import RETENTION
from transcripts.models import Diarization, Installation, Project, Recording, Transcription
from transcripts.models.recordings import RETENTION_GRACE, days_of
from transcripts.services.audit import record
from transcripts.services.holds import check_hold
from transcripts.services.kept_voices import drop_kept_voices
from transcripts.services.recordings.delete import bin_recording
from transcripts.services.store.store import get_store

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def set_retention(
    *, project: Project, audio_days: int | None, recording_days: int | None, legal_hold: bool, by: User
) -> None:
    """None for what the installation says, 0 for ever. Days that were changed delete nothing at first."""
    with transaction.atomic():
        before = Project.objects.select_for_update().get(pk=project.pk)
        if (before.audio_days, before.recording_days) != (audio_days, recording_days):
            Project.objects.filter(pk=project.pk).update(
                audio_days=audio_days, recording_days=recording_days, retention_set_at=timezone.now()
            )
            days = (days_of(audio_days, settings.AUDIO_DAYS), days_of(recording_days, settings.RECORDING_DAYS))
            record(AuditEvent.RETENTION_CHANGED, by=by, project=project, about=project, details="{} {}".format(*days))
        if before.legal_hold != legal_hold:
            Project.objects.filter(pk=project.pk).update(legal_hold=legal_hold)
            event = AuditEvent.HOLD_SET if legal_hold else AuditEvent.HOLD_LIFTED
            record(event, by=by, project=project, about=project)


def set_hold(*, recording: Recording, on: bool, by: User) -> None:
    with transaction.atomic():
        if Recording.objects.filter(pk=recording.pk, legal_hold=not on).update(legal_hold=on):
            event = AuditEvent.HOLD_SET if on else AuditEvent.HOLD_LIFTED
            record(event, by=by, project=recording.project, about=recording)


def delete_audio(*, recording: Recording, by: User | None, details: str = "") -> None:
    """Deletes the recording's files for good; its transcripts stay. Raises OnHold.

    The row says so first: what a killed process leaves, or a backup holds, goes with the next clean-up.
    """
    with transaction.atomic():
        check_hold(recording.pk)
        there = Recording.objects.filter(pk=recording.pk, audio_deleted_at=None)
        if not there.move_to(PreparationState.FAILED, audio_deleted_at=timezone.now(), lease_until=None):
            return
        drop_kept_voices(recording)
        record(AuditEvent.AUDIO_DELETED, by=by, project=recording.project, about=recording, details=details)
    Transcription.objects.filter(recording=recording.pk).cancel()
    Diarization.objects.filter(transcript__recording=recording.pk).cancel()
    _remove_audio(recording)


def remove_deleted_audio() -> None:
    """Removes what was left of deleted audio."""
    for recording in Recording.objects.filter(audio_deleted_at__isnull=False, size_bytes__gt=0):
        _remove_audio(recording)


def _remove_audio(recording: Recording) -> None:
    # How its voices sound is of the audio, too.
    Diarization.objects.filter(transcript__recording=recording.pk, result__isnull=False).update(result=None)
    if Installation.objects.holds_files():
        return
    get_store().delete_all(f"{recording.folder}/")
    # It counts no longer in what is stored.
    Recording.objects.filter(pk=recording.pk).update(
        size_bytes=0, playback_bytes=None, peaks_bytes=None, prepared_at=None
    )


def apply_retention() -> None:
    """Deletes what has had the days of its project: the audio for good, whole recordings into the bin.

    Each in a transaction of its own, so that others save in between.
    """
    for project in Project.objects.filter(binned_at=None, legal_hold=False).iterator():
        for recording in _list_over(project, days_of(project.recording_days, settings.RECORDING_DAYS)):
            with suppress(OnHold):
                bin_recording(recording=recording, by=None, details=RETENTION)
        for recording in _list_over(project, days_of(project.audio_days, settings.AUDIO_DAYS)):
            with suppress(OnHold):
                delete_audio(recording=recording, by=None, details=RETENTION)


def _list_over(project: Project, days: int) -> QuerySet[Recording]:
    """Those in use whose days are over, which is what `Recording.ends_at` and `audio_ends_at` tell people."""
    now = timezone.now()
    changed = now - RETENTION_GRACE
    if not days or (project.retention_set_at and project.retention_set_at > changed):
        return Recording.objects.none()
    return Recording.objects.filter(
        Q(retention_from=None) | Q(retention_from__lte=changed),
        project=project,
        binned_at=None,
        legal_hold=False,
        created_at__lte=now - timedelta(days=days),
    ).select_related("project")
