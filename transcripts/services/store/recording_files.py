"""A recording's files in the store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from transcripts.audio.results import AudioPart
from transcripts.audio.sandbox import WorkCancelled
from transcripts.enums import PreparationState
from transcripts.models import Installation, Recording
from transcripts.services.store.base import StoredFile
from transcripts.services.store.scratch import scratch_folder
from transcripts.services.store.store import get_store

_FOR_API = ("sendable-", "parts-")


def find_playback(recording: Recording) -> StoredFile:
    """Raises FileNotFoundError while there is none."""
    return _find(recording, recording.playback, recording.playback_bytes)


def find_peaks(recording: Recording) -> StoredFile:
    return _find(recording, recording.peaks, recording.peaks_bytes)


def _find(recording: Recording, key: str, size_bytes: int | None) -> StoredFile:
    """As the row says; if it says nothing, another track may have been prepared once, or an older version has."""
    if recording.audio_deleted_at:
        raise FileNotFoundError
    if size_bytes is None or recording.prepared_at is None:
        return get_store().find(key)
    return StoredFile(key, size_bytes, recording.prepared_at)


def count_bytes(recording: Recording) -> int:
    """Of the original, what is played and what is drawn."""
    total = recording.size_bytes
    for find in (find_playback, find_peaks):
        try:
            total += find(recording).size_bytes
        except FileNotFoundError:
            continue
    return total


def fill_sizes() -> None:
    """Notes the sizes of what an older version has prepared."""
    for recording in Recording.objects.filter(state=PreparationState.DONE, prepared_at=None):
        try:
            playback, peaks = find_playback(recording), find_peaks(recording)
        except FileNotFoundError:
            continue
        Recording.objects.filter(pk=recording.pk, track=recording.track, prepared_at=None).update(
            playback_bytes=playback.size_bytes, peaks_bytes=peaks.size_bytes, prepared_at=playback.modified_at
        )


def put_files(recording: Recording, files: Mapping[str, Path]) -> None:
    """Stores files by their keys. Raises WorkCancelled, and leaves none, if the recording was deleted meanwhile."""
    store = get_store()
    for key, file in files.items():
        store.put(file, key)
    if files and not Recording.objects.filter(pk=recording.pk, audio_deleted_at=None).exists():
        if Installation.objects.holds_files():  # A backup has yet to read the others.
            for key in files:
                store.delete(key)
        else:
            store.delete_all(f"{recording.folder}/")
        raise WorkCancelled


@contextmanager
def files_for_api(recording: Recording) -> Iterator[tuple[Path, Path]]:
    """The original, and a folder with the copies of it that earlier attempts have made for the service.

    `keep_for_api` keeps new ones.
    """
    store = get_store()
    with store.local(recording.original) as original, scratch_folder() as folder:
        for file in store.list(f"{recording.folder}/"):
            name = file.key.removeprefix(f"{recording.folder}/")
            if name.startswith(_FOR_API):
                (folder / name).parent.mkdir(exist_ok=True)
                store.fetch(file.key, folder / name)
        for parts in folder.glob("parts-*"):
            if not _is_whole(AudioPart.list_in(parts)):
                shutil.rmtree(parts)
        yield original, folder


def _is_whole(parts: list[AudioPart]) -> bool:
    """The first one is stored last."""
    return (
        bool(parts) and parts[0].start_ms == 0 and all(one.end_ms == other.start_ms for one, other in pairwise(parts))
    )


def keep_for_api(recording: Recording, folder: Path) -> None:
    store = get_store()
    entries = [entry for entry in folder.iterdir() if entry.name.startswith(_FOR_API)]
    there = {file.key for file in store.list(f"{recording.folder}/")} if entries else set()
    for entry in entries:
        paths = sorted(entry.iterdir(), reverse=True) if entry.is_dir() else [entry]
        made = {f"{recording.folder}/{path.relative_to(folder)}": path for path in paths}
        if not made.keys() <= there:
            store.delete_all(f"{recording.folder}/{entry.name}/")  # another split, or one that was not stored whole
            put_files(recording, made)
