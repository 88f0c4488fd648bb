"""Files of the folder by their keys."""

from __future__ import annotations

from pathlib import Path

from transcripts.services.store.folder import FolderStore


def path_of(key: str) -> Path:
    return FolderStore().path(key)


def names_in(folder: str) -> list[str]:
    return sorted(path.name for path in path_of(folder).glob("*"))
