"""What workers do besides their tasks: clean up after dead processes, and enqueue due work again."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import chain

from django.conf import settings
from django.utils import timezone

from transcripts import queue
from transcripts.models import (
    BulkAction,
    Diarization,
    Download,
    Installation,
    Project,
    Recording,
    Slot,
    Transcription,
    Upload,
)
from transcripts.services.accounts.deletion import forget_emptied_accounts
from transcripts.services.accounts.sessions import forget_ended_sessions
from transcripts.services.audit import forget_old_entries
from transcripts.services.bulk.bulk import forget_old_bulk_actions
from transcripts.services.exporting.downloads import find_left_downloads, forget_expired_downloads
from transcripts.services.glossary.entries import forget_deleted_entries
from transcripts.services.installation import check_installation
from transcripts.services.kept_voices import forget_unwanted_voices
from transcripts.services.mails import forget_old_mails
from transcripts.services.projects.invitations import forget_expired_invitations
from transcripts.services.projects.projects import remove_due_projects
from transcripts.services.recordings.delete import remove_due_recordings
from transcripts.services.recordings.known import sweep_hashes
from transcripts.services.recordings.retention import apply_retention, remove_deleted_audio
from transcripts.services.recordings.uploads import forget_stale_uploads
from transcripts.services.shared_cache import forget_ended_entries
from transcripts.services.short_transactions import remove_abandoned_transcripts, split_batches
from transcripts.services.store.base import StoredFile
from transcripts.services.store.recording_files import fill_sizes
from transcripts.services.store.scratch import clean_up_scratch
from transcripts.services.store.store import get_store

log = logging.getLogger(__name__)


def clean_up_daily() -> None:
    """Cleans up if nobody has done so today. Raises WrongDataFolder."""
    if Installation.objects.claim_clean_up():
        clean_up()
        Installation.objects.finish_clean_up()


def clean_up() -> None:
    """Removes what has had its time. Raises WrongDataFolder before it touches anything.

    What fails keeps nothing else from going: the first error is raised at the end.
    """
    check_installation()
    errors = []
    for step in (
        apply_retention,
        remove_due_recordings,
        remove_due_projects,
        remove_deleted_audio,
        forget_unwanted_voices,
        remove_abandoned_transcripts,
        forget_expired_downloads,
        clean_up_files,
        forget_stale_uploads,
        forget_expired_invitations,
        forget_ended_sessions,
        forget_emptied_accounts,
        forget_old_entries,
        forget_old_mails,
        forget_old_bulk_actions,
        forget_deleted_entries,
        forget_ended_entries,
        sweep_hashes,
    ):
        try:
            step()
        except Exception as error:
            log.error("The clean-up: %s failed: %s", step.__name__, type(error).__name__)
            errors.append(error)
    if errors:
        raise errors[0]


def enqueue_due_work() -> None:
    """Enqueues everything that is due: what the queue lost, and what a dead worker left behind.

    Only if the queue is empty, so that rows that are just waiting for a free worker are not enqueued again and again;
    and no more recognitions than have a slot.
    """
    if not queue.count_waiting(queue.RECOGNITIONS) and (free := Slot.count_free(settings.FLASH_CONCURRENCY)):
        for pk in Transcription.objects.in_turn().values_list("pk", flat=True)[:free]:
            queue.enqueue("recognise", pk)
    if not queue.count_waiting(queue.DOWNLOADS):
        for pk in Download.objects.due().order_by("created_at").values_list("pk", flat=True):
            queue.enqueue("make_download", pk)
    if not queue.count_waiting(queue.DIARIZATIONS) and (first := Diarization.objects.in_turn().first()):
        queue.enqueue("tell_apart", first.pk)
    if queue.count_waiting(queue.JOBS):
        return
    for pk in Recording.objects.due().order_by("created_at").values_list("pk", flat=True):
        queue.enqueue("prepare", pk)
    due = Project.objects.filter(keep_voices=True, voices_due_at__lte=timezone.now())
    for project in due.values_list("pk", flat=True):
        queue.enqueue("keep_project_voices", project)
    for pk in BulkAction.objects.due().order_by("created_at").values_list("pk", flat=True):
        queue.enqueue("run_bulk_action", pk)
    for upload in Upload.objects.growing():
        if upload.is_silent:
            queue.enqueue("finish_upload", upload.pk)


def clean_up_files() -> None:
    """Removes what killed processes left: files of uploads, imports and downloads without rows, and half-made ones.

    Folders that no recording names go to the trash, where they stay as long as things stay in the bin: a database that
    was restored from a backup may not know them yet.
    """
    clean_up_scratch()
    store = get_store()
    day_ago = timezone.now() - timedelta(days=1)
    store.clean_up(day_ago)
    for file in chain(find_left_uploads(day_ago), find_left_downloads(day_ago)):
        store.delete(file.key)
    fill_sizes()
    _empty_trash()
    if not Recording.objects.exists():
        return  # Maybe not yet: a database that is being restored.
    folders = (name for name, changed_at in store.list_folders("recordings/") if changed_at < day_ago)
    recordings = (name for name in folders if is_recording_id(name))
    for names in split_batches(recordings):
        kept = {str(pk) for pk in Recording.objects.filter(pk__in=names).values_list("pk", flat=True)}
        for name in set(names) - kept:
            move_to_trash(name)


def find_left_uploads(before: datetime) -> Iterator[StoredFile]:
    """Files of uploads and imports that have no row any more, and that nothing has changed since then."""
    uploads = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    for file in get_store().list("uploads/"):
        if file.modified_at < before and file.key.split("/")[1].removesuffix(".part") not in uploads:
            yield file


def move_to_trash(name: str) -> str:
    """Under the day of the move, by which it is emptied. Returns where it is now."""
    target = f"trash/{date.today().isoformat()}/{name}"
    if next(get_store().list(f"{target}/"), None):
        target = f"{target}-{uuid.uuid4().hex[:8]}"
    get_store().move_all(f"recordings/{name}/", f"{target}/")
    log.warning("The database has no recording %s: its files were moved to %s.", name, target)
    return target


def _empty_trash() -> None:
    before = (date.today() - timedelta(days=settings.BIN_DAYS)).isoformat()
    for day, _changed_at in get_store().list_folders("trash/"):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", day) and day < before:
            get_store().delete_all(f"trash/{day}/")


def is_recording_id(name: str) -> bool:
    """Whether it can be a recording's folder: anything else is left alone."""
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
