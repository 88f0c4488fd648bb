"""Many files as one zip, made while it is sent: no more than one of them is ever in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from transcripts.exports.filename import make_file_stem


class Archive:
    """`add`, `add_parts` and `end` give the next bytes of the zip."""

    def __init__(self) -> None:
        self._pipe = Pipe()
        self._zip = ZipFile(self._pipe, "w", ZIP_DEFLATED)
        self._taken: set[str] = set()

    def add(self, title: str, extension: str, content: bytes) -> bytes:
        self._zip.writestr(self._find_free_name(make_file_stem(title) or "transcript", extension), content)
        return self._pipe.take()

    def add_parts(self, title: str, extension: str, parts: Iterable[bytes]) -> Iterator[bytes]:
        """A file of any size that nobody has whole; as it is, for what is large is a zip itself."""
        name = self._find_free_name(make_file_stem(title) or "transcript", extension)
        yield from write_entry(self._zip, self._pipe, name, parts, packed=False)

    def end(self) -> bytes:
        self._zip.close()
        return self._pipe.take()

    def _find_free_name(self, stem: str, extension: str) -> str:
        """A name that no other file has, on systems that take a and A for one letter too."""
        number, name = 1, f"{stem}.{extension}"
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem} ({number}).{extension}"
        self._taken.add(name.casefold())
        return name


class Pipe:
    """What ZipFile asks of a file that can't be gone back in."""

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
    """One more file of `archive`, which writes to `pipe`; of no date, so that the same content gives the same zip."""
    about = ZipInfo(name)
    about.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
    about.create_system, about.external_attr = 3, 0o644 << 16
    with archive.open(about, "w", force_zip64=True) as file:
        for part in parts:
            file.write(part)
            if written := pipe.take():
                yield written
    yield pipe.take()
