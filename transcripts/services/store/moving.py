"""An installation whose files are being moved: new files go to the new place, and others are read where they still are.

`move_files` empties the old place, file by file, after which FILES_FROM can go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from transcripts.services.store.base import Chunks, Store, StoredFile
from transcripts.services.store.folder import link_or_copy
from transcripts.services.store.scratch import scratch_folder

Result = TypeVar("Result")


class MovingStore(Store):
    def __init__(self, new: Store, old: Store) -> None:
        self.url, self.new, self.old = new.url, new, old

    def put(self, file: Path, key: str) -> None:
        self.new.put(file, key)

    def copy(self, key: str, to: str) -> None:
        try:
            self.new.copy(key, to)
        except FileNotFoundError:
            with self.local(key) as path:
                self.new.put(path, to)

    def find(self, key: str) -> StoredFile:
        return self._look(lambda store: store.find(key))

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        return self._look(lambda store: store.read(key, start, end))

    def fetch(self, key: str, target: Path) -> None:
        self._look(lambda store: store.fetch(key, target))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """A name of its own, as the file may be moved meanwhile."""
        with ExitStack() as stack:
            path = self._look(lambda store: stack.enter_context(store.local(key)))
            kept = stack.enter_context(scratch_folder()) / path.name
            link_or_copy(path, kept)
            yield kept

    def sign(self, key: str, *, media_type: str) -> str:
        return self._look(lambda store: store.sign(store.find(key).key, media_type=media_type))

    def delete(self, key: str) -> None:
        self.old.delete(key)
        self.new.delete(key)

    def list(self, prefix: str) -> Iterator[StoredFile]:
        found = set()
        for file in self.new.list(prefix):
            found.add(file.key)
            yield file
        yield from (file for file in self.old.list(prefix) if file.key not in found)

    def list_folders(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        found = dict(self.new.list_folders(prefix))
        for name, changed_at in self.old.list_folders(prefix):
            found[name] = max(changed_at, found.get(name, changed_at))
        yield from found.items()

    def delete_all(self, prefix: str) -> None:
        self.old.delete_all(prefix)
        self.new.delete_all(prefix)

    def move_all(self, prefix: str, to: str) -> None:
        for store in (self.new, self.old):
            if next(store.list(prefix), None):
                store.move_all(prefix, to)

    def clean_up(self, before: datetime) -> None:
        self.new.clean_up(before)
        self.old.clean_up(before)

    # An upload stays where it began, until `move_files` moves it.

    def check_room(self, wanted_bytes: int, *, reserved_bytes: int) -> None:
        self.new.check_room(wanted_bytes, reserved_bytes=reserved_bytes)

    def hold(self, key: str) -> AbstractContextManager[None]:
        return self._hold_both(key)

    @contextmanager
    def _hold_both(self, key: str) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(self.new.hold(key))
            stack.enter_context(self.old.hold(key))
            yield

    def append(self, key: str, chunks: Chunks, offset: int, parts: Sequence[bytes]) -> Chunks:
        return self.get_place(chunks, offset).append(key, chunks, offset, parts)

    def settle(self, kept: Chunks, dropped: Chunks) -> None:
        self.get_place(dropped, 1).settle(kept, dropped)

    def finish(self, key: str, chunks: Chunks, size: int) -> None:
        self.get_place(chunks, size).finish(key, chunks, size)

    def discard(self, key: str) -> None:
        self.old.discard(key)
        self.new.discard(key)

    def get_place(self, chunks: Chunks, offset: int) -> Store:
        """Where an upload lies of which so much has come; the new place for one that begins."""
        return self.old if offset and chunks.get("store", "") == self.old.url else self.new

    def _look(self, action: Callable[[Store], Result]) -> Result:
        """In the new place again at last: it may have been moved just now."""
        for store in (self.new, self.old):
            with suppress(FileNotFoundError):
                return action(store)
        return action(self.new)
