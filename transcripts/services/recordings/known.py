"""Whether a file is here already: recordings of its size, then of its hash, which browsers compute as well.

The hash is SHA-256 over the SHA-256 digests of the file's blocks, one after another; so neither side holds a file in
memory. It is stored when a recording is prepared. Of older recordings it is computed when somebody asks, and by and by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from transcripts import access
from transcripts.models import Recording, Transcript
from transcripts.services.store.base import READ_BYTES
from transcripts.services.store.store import get_store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_KNOWN = 3
"""So many are named."""
BLOCK_BYTES = 4 * 1024 * 1024
"""As static/js/lib/content-hash.js has it."""
ASKED_BYTES = 1024**3
"""So much of older recordings is read when somebody asks."""
SWEPT_BYTES = 20 * 1024**3
"""And so much a night."""


def hash_content(chunks: Iterable[bytes]) -> str:
    whole, block, room = hashlib.sha256(), hashlib.sha256(), BLOCK_BYTES
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            block.update(rest[:room])
            taken = min(room, len(rest))
            rest, room = rest[taken:], room - taken
            if not room:
                whole.update(block.digest())
                block, room = hashlib.sha256(), BLOCK_BYTES
    if room < BLOCK_BYTES:
        whole.update(block.digest())
    return whole.hexdigest()


def hash_file(path: Path) -> str:
    return hash_content(_read(path))


def list_same_size(user: User, size_bytes: int) -> QuerySet[Recording]:
    """The recordings of this size that the person can see, newest first. Nothing else decides what they learn."""
    return Recording.objects.filter(access.is_of_member(user), size_bytes=size_bytes).order_by("-created_at", "id")


def list_known(user: User, size_bytes: int, content_hash: str) -> list[Recording]:
    """Those of them that are the same file. Older ones are read for that, up to ASKED_BYTES."""
    same_size = list_same_size(user, size_bytes)
    fill_hashes(same_size, ASKED_BYTES)
    transcripts = Prefetch("transcripts", Transcript.objects.current_first())
    known = same_size.filter(content_hash=content_hash).select_related("project").prefetch_related(transcripts)
    return list(known[:MOST_KNOWN])


def find_known(user: User, file: Path) -> list[Recording]:
    """The recordings that the person can see of this very file, which is only read where there is one of its size."""
    size_bytes = file.stat().st_size
    if not list_same_size(user, size_bytes).exists():
        return []
    return list_known(user, size_bytes, hash_file(file))


def sweep_hashes() -> None:
    """Fills in what recordings from before lack, some each night, the newest first."""
    fill_hashes(Recording.objects.filter(binned_at=None).order_by("-created_at"), SWEPT_BYTES)


def fill_hashes(recordings: QuerySet[Recording], most_bytes: int) -> None:
    """Reads those that have no hash yet until `most_bytes` are read; what can't be read now is left out."""
    lacking = recordings.filter(content_hash="", size_bytes__gt=0, audio_deleted_at=None)
    for recording in lacking.iterator(chunk_size=100):
        if recording.size_bytes > most_bytes:
            continue
        most_bytes -= recording.size_bytes
        try:
            content_hash = hash_content(get_store().read(recording.original))
        except OSError:  # or the store is out of reach
            continue
        Recording.objects.filter(pk=recording.pk, content_hash="").update(content_hash=content_hash)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield chunk
