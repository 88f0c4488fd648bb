"""Deleting recordings: into the bin, from which they can be brought back, and later or at once for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from transcripts.enums import AuditEvent
from transcripts.errors import Gone
from transcripts.models import Diarization, Installation, Recording, Transcript, Transcription
from transcripts.models.bins import DELETED_FOR_GOOD, bin_start, on_hold
from transcripts.services.audit import record
from transcripts.services.holds import check_hold
from transcripts.services.short_transactions import remove_contents
from transcripts.services.store.store import get_store

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def bin_recording(*, recording: Recording, by: User | None, details: str = "") -> None:
    """Puts the recording into the bin with everything in it, and cancels what is being done to it. Raises OnHold."""
    with transaction.atomic():
        check_hold(recording.pk)
        there = Recording.objects.filter(pk=recording.pk, binned_at=None)
        if there.update(binned_at=timezone.now(), binned_by=by):
            record(AuditEvent.BINNED, by=by, project=recording.project, about=recording, details=details)
    Transcription.objects.filter(recording=recording.pk).cancel()
    Diarization.objects.filter(transcript__recording=recording.pk).cancel()


def restore_recording(*, recording: Recording, by: User) -> None:
    """Brings the recording back out of the bin. Raises Gone if its time there is over."""
    with transaction.atomic():
        binned = Recording.objects.filter(pk=recording.pk, binned_at__gte=bin_start())
        if not binned.update(binned_at=None, binned_by=None, retention_from=timezone.now()):
            raise Gone
        record(AuditEvent.RESTORED, by=by, project=recording.project, about=recording)


def delete_recording(*, recording: Recording, by: User) -> None:
    """Deletes a recording from the bin for good. Raises Gone if somebody has brought it back meanwhile, and OnHold."""
    with transaction.atomic():
        check_hold(recording.pk)
        binned = Recording.objects.filter(pk=recording.pk, binned_at__isnull=False)
        if not binned.update(binned_at=DELETED_FOR_GOOD):
            raise Gone
        record(AuditEvent.DELETED, by=by, project=recording.project, about=recording)
    remove_recording(recording)


def is_over() -> Q:
    """That a recording's time in the bin is over: its files may be gone already."""
    return (Q(binned_at__lt=bin_start()) | Q(project__binned_at__lt=bin_start())) & ~on_hold()


def remove_due_recordings() -> None:
    """Removes the recordings whose time in the bin is over, and what a killed process has left of others."""
    for pk in Recording.objects.filter(is_over()).values_list("pk", flat=True):
        if recording := Recording.objects.filter(is_over(), pk=pk).first():  # A hold may have come since.
            remove_recording(recording)


def remove_recording(recording: Recording) -> None:
    """Removes files, then rows in short transactions, the recording itself last: so a killed process is found out.

    A worker that is still busy with it notices that the row is gone. While a backup runs, which may have the row and
    has yet to read the files, nothing is removed: the next clean-up does it.
    """
    if Installation.objects.holds_files():
        return
    get_store().delete_all(f"{recording.folder}/")
    remove_contents(Transcript.objects.filter(recording=recording.pk))
    Recording.objects.filter(pk=recording.pk).delete()
