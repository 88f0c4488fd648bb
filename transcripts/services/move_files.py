"""Moving an installation's files from one store to another while it runs.

A file is deleted in the old place once all of it was read again in the new one. What is left there is the only state: a
process that was killed goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from itertools import chain

from django.utils import timezone

from transcripts.errors import StoreUnavailable, WrongOffset
from transcripts.models import Download, Recording, Upload
from transcripts.models.uploads import SILENT_AFTER
from transcripts.services.installation import KEY
from transcripts.services.recordings.uploads import move_upload
from transcripts.services.store.base import Store
from transcripts.services.store.moving import MovingStore
from transcripts.services.store.recording_files import fill_sizes
from transcripts.services.store.store import get_store

PREFIXES = ("recordings/", "uploads/", "trash/", "downloads/")


class NotMoving(Exception):
    """FILES_FROM names no place that files are to be moved from."""


def move_files() -> tuple[int, int]:
    """Moves what can be moved now. Returns how many files and uploads were, and how many have to wait.

    What belongs to a recording that is being prepared waits for the end of that, an upload until nothing has come for a
    while. Raises NotMoving, StoreUnavailable and NoRoom.
    """
    store = get_store()
    if not isinstance(store, MovingStore):
        raise NotMoving
    fill_sizes()
    moved, waiting = _move_uploads(store)
    uploads = {upload.key for upload in Upload.objects.all()}
    running = (model.objects.filter(state__in=model.RUNNING) for model in (Recording, Download))
    busy = {str(pk) for rows in running for pk in rows.values_list("pk", flat=True)}
    for file in chain.from_iterable(store.old.list(prefix) for prefix in PREFIXES):
        folder, name = file.key.split("/")[:2]
        if f"{folder}/{name}" in uploads:
            continue
        if name in busy:
            waiting += 1
            continue
        _move_file(store, file.key)
        moved += 1
    if not waiting:
        _move_file(store, KEY)
    return moved, waiting


def _move_uploads(store: MovingStore) -> tuple[int, int]:
    moved = waiting = 0
    for upload in Upload.objects.all():
        if not (upload.offset is None or store.get_place(upload.chunks or {}, upload.offset) is store.old):
            store.old.discard(upload.key)  # nothing that counts
        elif timezone.now() - (upload.moved_at or upload.created_at) < SILENT_AFTER:
            waiting += 1
        else:
            try:
                has_moved = move_upload(upload, new=store.new, old=store.old)
            except Upload.DoesNotExist:  # It was cancelled meanwhile, and nothing is left of it.
                continue
            except WrongOffset:  # Some of it is lost: its page sends that again.
                has_moved = False
            moved += has_moved
            waiting += not has_moved
    return moved, waiting


def _move_file(store: MovingStore, key: str) -> None:
    """What both places have with different content was made anew in the new one; but an original never is."""
    try:
        with store.old.local(key) as path:
            expected, there = _sum(store.old, key), _sum(store.new, key)
            if not there or (there != expected and key.endswith("/original")):
                store.new.put(path, key)
                if _sum(store.new, key) != expected:
                    store.new.delete(key)
                    raise StoreUnavailable(f"{key}: what was stored is not what was sent")
                try:
                    store.old.find(key)
                except FileNotFoundError:  # It was deleted meanwhile.
                    store.new.delete(key)
    except FileNotFoundError:
        return
    store.old.delete(key)


def _sum(store: Store, key: str) -> str:
    """Of the size and all that is read; "" if it is not there."""
    total = hashlib.sha256()
    try:
        for chunk in store.read(key):
            total.update(chunk)
        return f"{store.find(key).size_bytes} {total.hexdigest()}"
    except FileNotFoundError:
        return ""
