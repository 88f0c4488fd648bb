"""What every place for files can do. Files have keys, such as `recordings/<id>/original`; no code knows their paths."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

READ_BYTES = 256 * 1024
Chunks = Mapping[str, Any]
"""What a store notes of an upload, as JSON for its row. `store` is where it lies; without it, that is the folder."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    key: str
    size_bytes: int
    modified_at: datetime
    etag: str = ""
    """What the store calls this content, where it has such a name."""


class Store(ABC):
    """A file appears under its key whole or not at all. What is not there raises FileNotFoundError.

    Raises StoreUnavailable where the place does not answer as it should, after some tries, and OSError as disks do.
    """

    url: str
    """By which uploads know where they are; "" is the folder. It tells no keys."""

    @abstractmethod
    def put(self, file: Path, key: str) -> None:
        """Stores the file, which keeps its name: on the same file system it gets a second one, else it is copied."""

    @abstractmethod
    def copy(self, key: str, to: str) -> None:
        """Stores the file under a second key, without sending it anywhere."""

    @abstractmethod
    def find(self, key: str) -> StoredFile: ...

    @abstractmethod
    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to before `end`, a chunk of at most `READ_BYTES` at a time."""

    @abstractmethod
    def fetch(self, key: str, target: Path) -> None:
        """Gives the file a path: a second name on the same file system, else a copy. Only for reading."""

    @abstractmethod
    def local(self, key: str) -> AbstractContextManager[Path]:
        """A path to read the file at, for the length of the `with`. Raises NoRoom if there is none for a copy."""

    def sign(self, key: str, *, media_type: str) -> str:
        """An address at which the file can be had for an hour; "" where there are none."""
        return ""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Deletes the file, if it is there."""

    @abstractmethod
    def list(self, prefix: str) -> Iterator[StoredFile]:
        """All files whose keys begin with the prefix, which ends in a slash."""

    @abstractmethod
    def list_folders(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """The names that follow the prefix up to the next slash, and when something in each changed last."""

    @abstractmethod
    def delete_all(self, prefix: str) -> None: ...

    @abstractmethod
    def move_all(self, prefix: str, to: str) -> None: ...

    @abstractmethod
    def clean_up(self, before: datetime) -> None:
        """Removes what killed processes left half made before then."""

    # --- Uploads in chunks. The row says how much has arrived; what the store has beyond that does not count. ---------

    @abstractmethod
    def check_room(self, wanted_bytes: int, *, reserved_bytes: int) -> None:
        """Raises NoRoom if so much more can't come, with so much reserved for other uploads."""

    def hold(self, key: str) -> AbstractContextManager[None]:
        """Keeps others from adding to the upload, where the store itself would mix up what comes at once."""
        return nullcontext()

    @abstractmethod
    def append(self, key: str, chunks: Chunks, offset: int, parts: Sequence[bytes]) -> Chunks:
        """Adds bytes, in parts as they came, at `offset`, inside `hold`; they count once the row has what this returns.

        Raises ChunksLost.
        """

    def settle(self, kept: Chunks, dropped: Chunks) -> None:  # noqa: B027
        """Removes what only `dropped` needs, once it is decided which of the two the row has."""

    @abstractmethod
    def finish(self, key: str, chunks: Chunks, size: int) -> None:
        """Makes what has arrived a file of `size` bytes, inside `hold`; more can come later. Raises ChunksLost."""

    @abstractmethod
    def discard(self, key: str) -> None:
        """Removes all that has arrived."""


class ChunksLost(Exception):
    """What the row believed is not all there: the first `offset` bytes are, as `chunks` says."""

    def __init__(self, offset: int, chunks: Chunks) -> None:
        super().__init__("chunks lost")
        self.offset = offset
        self.chunks = chunks
