"""The file of a backup: a plain tar, written and read in one pass, of which one part is in memory at a time.

    flashweb.json              what wrote it, and what it is of
    secret_key
    tables/NAME/000001.gz      lines of JSON: the columns, then the rows
    files/recordings/…         as they are in the store
    list/000001.gz             lines of JSON: name, size and checksum of each file
    end.json                   counts, and the SHA-256 of everything before

It is read without `tarfile`, whose members may be links, have holes, or claim names that fill the memory.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from tarfile import BLOCKSIZE, GNU_FORMAT, NUL, REGTYPE, TarError, TarInfo
from typing import Any, BinaryIO, cast

HEADER, KEY, END = "flashweb.json", "secret_key", "end.json"
FORMAT = 1
READ_BYTES = 1024 * 1024
LINES_BYTES = 4 * 1024 * 1024
"""About so much text is compressed at once."""
LONGEST_LINE = 1024 * 1024 * 1024
MOST_JSON = 1024 * 1024
_LEVEL = 3
_NAME = re.compile(r"(?!.*/\.)[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*", re.ASCII)
_LONGEST_NAME = 99  # of a tar without extensions


class BadBackup(Exception):
    """The file is no whole backup of ours, or is of no use here; the text says why."""


def is_name(name: str) -> bool:
    """Whether a part may have this name: it leads nowhere else, and nothing in it is hidden."""
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def _finish(total: Any, counts: dict[str, Any]) -> str:
    total.update(json.dumps(counts, sort_keys=True).encode())
    return str(total.hexdigest())


class BackupWriter:
    """Writes the parts one after the other. `report` is told now and then how many bytes there are."""

    def __init__(self, file: BinaryIO, report: Callable[[int], None] = lambda _bytes: None) -> None:
        self._file, self._report = file, report
        self._sum = sha256()

    def add(self, name: str, size: int, content: Iterable[bytes]) -> str:
        """Returns the SHA-256 of the content. Raises ValueError where it has not that size."""
        info = TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(time.time())
        self._file.write(info.tobuf(GNU_FORMAT))
        digest, written = sha256(), 0
        for block in content:
            self._file.write(block)
            digest.update(block)
            written += len(block)
            self._report(self._file.tell())
        if written != size:
            raise ValueError(f"{name} has {written} bytes, not {size}")
        self._file.write(NUL * (-size % BLOCKSIZE))
        self._sum.update(f"{name}\n{digest.hexdigest()}\n".encode())
        return digest.hexdigest()

    def add_bytes(self, name: str, content: bytes) -> None:
        self.add(name, len(content), [content])

    def add_json(self, name: str, content: dict[str, Any]) -> None:
        self.add_bytes(name, json.dumps(content, ensure_ascii=False, indent=1).encode())

    def end(self, counts: dict[str, Any]) -> None:
        self.add_json(END, {**counts, "sha256": _finish(self._sum, counts)})
        self._file.write(NUL * 2 * BLOCKSIZE)


class LinesWriter:
    """Lines of JSON, in as many parts `folder/000001.gz` as it takes; each begins with `first`."""

    def __init__(self, writer: BackupWriter, folder: str, first: str) -> None:
        self._writer, self._folder, self._first = writer, folder, first
        self._lines: list[str] = []
        self._size = self._parts = 0
        self.count = 0

    def add(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line)
        self.count += 1
        if self._size >= LINES_BYTES:
            self.flush()

    def flush(self) -> None:
        if not self._lines:
            return
        self._parts += 1
        text = "\n".join([self._first, *self._lines, ""])
        self._lines, self._size = [], 0
        packed = gzip.compress(text.encode(), compresslevel=_LEVEL, mtime=0)
        self._writer.add_bytes(f"{self._folder}/{self._parts:06}.gz", packed)


@dataclass
class BackupPart:
    """One part while it is read; what is left unread is passed over."""

    name: str
    size: int
    _file: BinaryIO
    _left: int

    def __post_init__(self) -> None:
        self._digest = sha256()

    def read(self, size: int = -1) -> bytes:
        """Raises BadBackup where the file ends before the part does."""
        wanted = self._left if size < 0 else min(size, self._left)
        content = self._file.read(wanted)
        if len(content) < wanted:
            raise BadBackup("it ends too early")
        self._left -= wanted
        self._digest.update(content)
        return content

    def read_blocks(self) -> Iterator[bytes]:
        while self._left:
            yield self.read(READ_BYTES)

    def read_json(self) -> dict[str, Any]:
        if self.size > MOST_JSON:
            raise BadBackup(f"{self.name} is too large")
        try:
            content = json.loads(self.read())
        except ValueError:
            raise BadBackup(f"{self.name} is not readable") from None
        if not isinstance(content, dict):
            raise BadBackup(f"{self.name} is not readable")
        return content

    def read_lines(self) -> Iterator[bytes]:
        """Those of a compressed part, of which one is in memory at a time."""
        try:
            with gzip.GzipFile(mode="rb", fileobj=cast("BinaryIO", self)) as lines:
                while line := lines.readline(LONGEST_LINE):
                    if not line.endswith(b"\n"):
                        raise BadBackup(f"{self.name} is not readable")
                    yield line
        except (OSError, EOFError, zlib.error):
            raise BadBackup(f"{self.name} is not readable") from None

    def finish(self) -> str:
        """Reads the rest, and returns the SHA-256 of the whole."""
        for _block in self.read_blocks():
            pass
        return self._digest.hexdigest()

    def skip(self) -> None:
        self._file.seek(self._left + -self.size % BLOCKSIZE, os.SEEK_CUR)
        self._left = 0


def read_parts(file: BinaryIO) -> Iterator[BackupPart]:
    """The parts in their order. Raises BadBackup where something else comes."""
    while True:
        block = file.read(BLOCKSIZE)
        if block == NUL * BLOCKSIZE:
            return
        try:
            info = TarInfo.frombuf(block, "ascii", "strict")
        except (TarError, ValueError):
            raise BadBackup("it is not a whole backup") from None
        if info.type != REGTYPE or not is_name(info.name) or info.size < 0:
            raise BadBackup("it has parts that no backup has")
        part = BackupPart(info.name, info.size, file, info.size)
        yield part
        part.skip()


def check_parts(file: BinaryIO, look: Callable[[BackupPart], None]) -> dict[str, Any]:
    """Shows `look` every part, and returns what the last one says.

    Raises BadBackup unless everything is as it was written, to the end.
    """
    total = sha256()
    for part in read_parts(file):
        if part.name == END:
            end = part.read_json()
            if end.pop("sha256", "") != _finish(total, end):
                raise BadBackup("its content is not what was written")
            return end
        look(part)
        total.update(f"{part.name}\n{part.finish()}\n".encode())
    raise BadBackup("it ends too early")
