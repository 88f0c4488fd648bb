"""What workers do besides their tasks: clean up after dead processes, and enqueue due work again."""

from __future__ import annotations

import shutil
import time
import uuid
from pathlib import Path

from django.conf import settings

from transcripts import queue
from transcripts.models import Recording, Transcription
from transcripts.services.projects.invitations import forget_expired_invitations
from transcripts.services.recordings.uploads import forget_stale_uploads


def clean_up() -> None:
    clean_up_files()
    forget_stale_uploads()
    forget_expired_invitations()


def enqueue_due_work() -> None:
    """Enqueues everything that is due: what the queue lost, and what a dead worker left behind.

    Only if the queue is empty, so that rows that are just waiting for a free worker are not enqueued again and again.
    """
    if queue.count_waiting():
        return
    for pk in Transcription.objects.due().order_by("created_at").values_list("pk", flat=True):
        queue.enqueue("recognise", pk)
    for pk in Recording.objects.due().order_by("created_at").values_list("pk", flat=True):
        queue.enqueue("prepare", pk)


def clean_up_files() -> None:
    """Removes what killed processes left on the disk: unfinished uploads and conversions, folders without a row."""
    day_ago = time.time() - 24 * 60 * 60
    for upload in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        if upload.is_file() and upload.stat().st_mtime < day_ago:
            upload.unlink(missing_ok=True)
    for half_made in Path(settings.MEDIA_ROOT).glob("recordings/*/.part-*"):
        if half_made.stat().st_mtime < day_ago:
            shutil.rmtree(half_made, ignore_errors=True)
    recordings = (path for path in Path(settings.MEDIA_ROOT).glob("recordings/*") if _is_recording_id(path.name))
    folders = [path for path in recordings if path.stat().st_mtime < day_ago]
    for start in range(0, len(folders), 500):
        names = {folder.name: folder for folder in folders[start : start + 500]}
        kept = {str(pk) for pk in Recording.objects.filter(pk__in=names).values_list("pk", flat=True)}
        for name in names.keys() - kept:
            shutil.rmtree(names[name], ignore_errors=True)


def _is_recording_id(name: str) -> bool:
    """Whether it can be a recording's folder: anything else is left alone."""
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
