"""Files of the folder by their keys."""

from __future__ import annotations

from pathlib import Path

from transcripts.services.store.folder import FolderStore


def path_of(key: str) -> Path:
    return FolderStore().path(key)
