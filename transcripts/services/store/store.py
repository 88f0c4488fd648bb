"""The store of this installation, as the settings say."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from transcripts.services.store.base import Store
from transcripts.services.store.folder import FolderStore
from transcripts.services.store.moving import MovingStore
from transcripts.services.store.s3 import S3Store


def get_store() -> Store:
    return _open(settings.FILES_URL, settings.FILES_FROM)


@lru_cache
def _open(url: str, old: str | None) -> Store:
    store = S3Store(url) if url else FolderStore()
    return store if old is None else MovingStore(store, _open(old, None))
