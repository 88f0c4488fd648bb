"""What workers do besides their tasks: clean up after dead processes, and enqueue due work again."""

from __future__ import annotations

import logging
import shutil
import time
import uuid
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings

from transcripts import queue
from transcripts.models import Installation, Recording, Slot, Transcription, Upload
from transcripts.services.accounts.deletion import forget_emptied_accounts
from transcripts.services.accounts.sessions import forget_ended_sessions
from transcripts.services.audit import forget_old_entries
from transcripts.services.installation import check_installation
from transcripts.services.mails import forget_old_mails
from transcripts.services.projects.invitations import forget_expired_invitations
from transcripts.services.projects.projects import remove_due_projects
from transcripts.services.recordings.delete import remove_due_recordings
from transcripts.services.recordings.uploads import forget_stale_uploads
from transcripts.services.shared_cache import forget_ended_entries
from transcripts.services.short_transactions import remove_abandoned_transcripts

log = logging.getLogger(__name__)


def clean_up_daily() -> None:
    """Cleans up if nobody has done so today. Raises WrongDataFolder."""
    if Installation.objects.claim_clean_up():
        clean_up()
        Installation.objects.finish_clean_up()


def clean_up() -> None:
    """Removes what has had its time. Raises WrongDataFolder before it touches anything."""
    check_installation()
    remove_due_recordings()
    remove_due_projects()
    remove_abandoned_transcripts()
    clean_up_files()
    forget_stale_uploads()
    forget_expired_invitations()
    forget_ended_sessions()
    forget_emptied_accounts()
    forget_old_entries()
    forget_old_mails()
    forget_ended_entries()


def enqueue_due_work() -> None:
    """Enqueues everything that is due: what the queue lost, and what a dead worker left behind.

    Only if the queue is empty, so that rows that are just waiting for a free worker are not enqueued again and again;
    and no more recognitions than have a slot.
    """
    if not queue.count_waiting(queue.RECOGNITIONS) and (free := Slot.count_free(settings.FLASH_CONCURRENCY)):
        for pk in Transcription.objects.in_turn().values_list("pk", flat=True)[:free]:
            queue.enqueue("recognise", pk)
    if queue.count_waiting(queue.JOBS):
        return
    for pk in Recording.objects.due().order_by("created_at").values_list("pk", flat=True):
        queue.enqueue("prepare", pk)
    for upload in Upload.objects.growing():
        if upload.is_silent:
            queue.enqueue("finish_upload", upload.pk)


def clean_up_files() -> None:
    """Removes what killed processes left on the disk: unfinished uploads and conversions.

    Folders that no recording names go to the trash, where they stay as long as things stay in the bin: a database that
    was restored from a backup may not know them yet.
    """
    day_ago = time.time() - 24 * 60 * 60
    growing = {upload.path.name for upload in Upload.objects.growing()}  # A recording will be made of each.
    for upload in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        if upload.is_file() and upload.name not in growing and upload.stat().st_mtime < day_ago:
            upload.unlink(missing_ok=True)
    for half_made in Path(settings.MEDIA_ROOT).glob("recordings/*/.part-*"):
        if half_made.stat().st_mtime < day_ago:
            shutil.rmtree(half_made, ignore_errors=True)
    _empty_trash()
    if not Recording.objects.exists():
        return  # Maybe not yet: a database that is being restored.
    recordings = (path for path in Path(settings.MEDIA_ROOT).glob("recordings/*") if is_recording_id(path.name))
    folders = [path for path in recordings if path.stat().st_mtime < day_ago]
    for start in range(0, len(folders), 500):
        names = {folder.name: folder for folder in folders[start : start + 500]}
        kept = {str(pk) for pk in Recording.objects.filter(pk__in=names).values_list("pk", flat=True)}
        for name in names.keys() - kept:
            move_to_trash(names[name])


def move_to_trash(folder: Path) -> Path:
    """Under the day of the move, by which it is emptied. Returns where it is now."""
    day = Path(settings.TRASH_ROOT) / date.today().isoformat()
    day.mkdir(parents=True, exist_ok=True)
    target = day / folder.name
    if target.exists():
        target = day / f"{folder.name}-{uuid.uuid4().hex[:8]}"
    folder.rename(target)
    log.warning("The database has no recording %s: its folder was moved to %s.", folder.name, target)
    return target


def _empty_trash() -> None:
    before = (date.today() - timedelta(days=settings.BIN_DAYS)).isoformat()
    for day in Path(settings.TRASH_ROOT).glob("????-??-??"):
        if day.name < before:
            shutil.rmtree(day, ignore_errors=True)


def is_recording_id(name: str) -> bool:
    """Whether it can be a recording's folder: anything else is left alone."""
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
