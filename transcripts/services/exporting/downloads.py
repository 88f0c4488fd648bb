"""Downloads: exports that a worker makes, for a person to fetch within a day."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from transcripts import access, queue
from transcripts.enums import DownloadState
from transcripts.errors import NotAllowed, NotFound, OverQuota, Superseded, is_disk_full, is_out_of_reach
from transcripts.exports.registry import BUNDLE, CLIPS, OFFERED
from transcripts.logs import FILE_STORE, add_log_fields
from transcripts.models import Download, Recording, Transcript
from transcripts.models.downloads import end_of_download
from transcripts.services.exporting.contents import Export, make_parts
from transcripts.services.reach import OUT_OF_REACH, WAITS
from transcripts.services.recognition.leases import keep_lease
from transcripts.services.store.base import StoredFile
from transcripts.services.store.recording_files import count_bytes
from transcripts.services.store.scratch import scratch_folder
from transcripts.services.store.store import get_store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

MOST_KEPT = 20  # of one person
MAX_ATTEMPTS = 5
PAUSE_SECONDS = 5
REPORT_SECONDS = 0.5
GONE, NO_ROOM, BROKEN = "download_gone", "download_no_room", "download_broken"
"""What `error` says, keys of `messages.MACHINE` as OUT_OF_REACH is."""


def request_download(*, export: Export, title: str, by: User) -> tuple[Download, bool]:
    """The download, and whether it is a new one: the same of the same versions is made once.

    Whether the person may export them has been asked. Raises OverQuota where they have too many.
    """
    mine = Download.objects.filter(by=by)
    fingerprint = _take_fingerprint(export, title)
    for left in [*mine.over(), *mine.filter(fingerprint=fingerprint, state=DownloadState.FAILED)]:
        remove_download(left)
    if same := mine.filter(fingerprint=fingerprint).first():
        return same, False
    if mine.count() >= MOST_KEPT:
        raise OverQuota("downloads")
    try:
        with transaction.atomic():
            download = Download.objects.create(
                by=by,
                title=title[:300],
                format=export.format.name,
                together=export.together,
                transcripts=[str(pk) for pk in export.transcripts],
                options=export.format.list_changes(export.options),
                language=translation.get_language() or "",
                fingerprint=fingerprint,
            )
            transaction.on_commit(lambda: queue.enqueue("make_download", download.pk))
    except IntegrityError:  # Another request was faster.
        return mine.get(fingerprint=fingerprint), False
    return download, True


def _take_fingerprint(export: Export, title: str) -> str:
    versions = Transcript.objects.filter(pk__in=export.transcripts).order_by("pk")
    made_from = [
        title,
        export.format.name,
        export.format.list_changes(export.options),
        export.together,
        [str(pk) for pk in export.transcripts],
        translation.get_language(),
        list(versions.values_list("version", "annotation_version", "recording__title", "recording__playback_bytes")),
    ]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def read_export(download: Download) -> Export:
    known = OFFERED[download.format]
    pks = [UUID(pk) for pk in download.transcripts]
    return Export(known, known.choose(download.options), pks, download.together)


def make_download(pk: UUID) -> None:
    """Makes the file if that is due. Can be called any number of times, by any number of workers."""
    download = Download.objects.claim(pk)
    if download is None:
        return
    add_log_fields(download=pk)
    held = Download.objects.held(download)
    if download.attempt > MAX_ATTEMPTS + download.put_off:  # It may be what kills its workers.
        held.move_to(DownloadState.FAILED, lease_until=None, error=BROKEN)
        return
    with keep_lease(download) as lost:
        try:
            size = _make_file(download, lost)
        except Superseded:
            return
        except (NotFound, NotAllowed):
            held.move_to(DownloadState.FAILED, lease_until=None, error=GONE)
            return
        except Exception as error:
            if is_disk_full(error):
                Download.objects.postpone(download, NO_ROOM)
            elif is_out_of_reach(error):
                if Download.objects.postpone(download, OUT_OF_REACH):
                    FILE_STORE.failed(WAITS)
            else:
                log.exception("Download %s: attempt %d failed.", pk, download.attempt)
                not_before = timezone.now() + timedelta(seconds=PAUSE_SECONDS)
                held.move_to(DownloadState.QUEUED, lease_until=None, not_before=not_before)
            return
        made = held.move_to(
            DownloadState.DONE, lease_until=None, error="", size_bytes=size, expires_at=end_of_download()
        )
    if not made and not Download.objects.filter(pk=pk).exists():  # It was removed meanwhile.
        get_store().delete(download.key)


def _make_file(download: Download, lost: threading.Event) -> int:
    """Stores the file, and returns its size. Raises Superseded as soon as the download is no longer ours."""
    held = Download.objects.held(download)
    if not held.update(started_at=timezone.now(), done=0, total=0):
        raise Superseded
    reported = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal reported
        if lost.is_set():
            raise Superseded
        if time.monotonic() - reported >= REPORT_SECONDS:
            reported = time.monotonic()
            if not held.update(done=done, total=total):
                raise Superseded

    export = read_export(download)
    wanted = 0
    if export.format is BUNDLE:
        transcripts = Transcript.objects.filter(pk__in=export.transcripts).select_related("recording")
        wanted = sum(count_bytes(transcript.recording) for transcript in transcripts)
    with translation.override(download.language or None), scratch_folder(wanted) as folder:
        file = folder / "file"
        with file.open("wb") as target:
            for part in make_parts(export, by=download.by, report=report):
                target.write(part)
        if not held.exists():
            raise Superseded
        get_store().put(file, download.key)
        return file.stat().st_size


def read_download(*, pk: UUID, by: User, remove: bool = False) -> Iterator[bytes] | None:
    """The file's parts; None while it is being made. With `remove`, the download goes once all of it was read.

    Raises NotFound where it could not be made, or may not be had (any more).
    """
    download = access.download_for(by, pk)
    if download.is_unfinished:
        return None
    if download.state != DownloadState.DONE:
        raise NotFound
    parts = get_store().read(download.key)
    return chain(parts, _remove_afterwards(download)) if remove else parts


def _remove_afterwards(download: Download) -> Iterator[bytes]:
    remove_download(download)
    yield from ()


def remove_download(download: Download) -> None:
    """The row first: a worker that is making the file notices, and leaves none."""
    Download.objects.filter(pk=download.pk).delete()
    get_store().delete(download.key)


def forget_expired_downloads() -> None:
    """And those with audio that was deleted since."""
    for download in Download.objects.over():
        remove_download(download)
    for download in Download.objects.filter(format__in=(BUNDLE.name, CLIPS.name)):
        recordings = Recording.objects.filter(transcripts__in=download.transcripts)
        if recordings.filter(audio_deleted_at__gt=download.created_at).exists():
            remove_download(download)


def find_left_downloads(before: datetime) -> Iterator[StoredFile]:
    """Files of downloads that have no row any more, and that were made before then."""
    for file in get_store().list("downloads/"):
        name = file.key.removeprefix("downloads/")
        if file.modified_at < before and not _is_known(name):
            yield file


def _is_known(name: str) -> bool:
    try:
        return Download.objects.filter(pk=UUID(name)).exists()
    except ValueError:
        return False
