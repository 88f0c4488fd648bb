"""Many files as one zip, made while it is sent: only one of them is in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from transcripts.exports.filename import make_file_stem


class Archive:
    """`add`, `add_parts` and `end` return the next bytes of the zip."""

    def __init__(self) -> None:
        self._pipe = Pipe()
        self._zip = ZipFile(self._pipe, "w", ZIP_DEFLATED)
        self._taken: set[str] = set()

    def add(self, title: str, extension: str, content: bytes) -> bytes:
        self._zip.writestr(self._find_free_name(make_file_stem(title) or "transcript", extension), content)
        return self._pipe.take()

    def add_parts(self, title: str, extension: str, parts: Iterable[bytes]) -> Iterator[bytes]:
        """Add a file of any size, in parts; uncompressed, since large files are zips themselves."""
        name = self._find_free_name(make_file_stem(title) or "transcript", extension)
        yield from write_entry(self._zip, self._pipe, name, parts, packed=False)

    def end(self) -> bytes:
        self._zip.close()
        return self._pipe.take()

    def _find_free_name(self, stem: str, extension: str) -> str:
        """A name that no other file has, also on systems that ignore case."""
        number, name = 1, f"{stem}.{extension}"
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem} ({number}).{extension}"
        self._taken.add(name.casefold())
        return name


class Pipe:
    """The file interface that ZipFile needs to write without seeking."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def take(self) -> bytes:
        content = b"".join(self._parts)
        self._parts.clear()
        return content


def write_entry(archive: ZipFile, pipe: Pipe, name: str, parts: Iterable[bytes], *, packed: bool) -> Iterator[bytes]:
    """Add a file to `archive`, which writes to `pipe`; without a date, so that the same content gives the same zip."""
    about = ZipInfo(name)
    about.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
    about.create_system, about.external_attr = 3, 0o644 << 16
    with archive.open(about, "w", force_zip64=True) as file:
        for part in parts:
            file.write(part)
            if written := pipe.take():
                yield written
    yield pipe.take()
