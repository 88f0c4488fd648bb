"""Many files as one zip, made while it is sent: no more than one of them is ever in memory."""

from __future__ import annotations

from zipfile import ZIP_DEFLATED, ZipFile

from transcripts.exports.filename import file_stem


class Archive:
    """`add` and `end` give the next bytes of the zip."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = ZipFile(self._pipe, "w", ZIP_DEFLATED)
        self._taken: set[str] = set()

    def add(self, title: str, extension: str, content: bytes) -> bytes:
        self._zip.writestr(self._free(file_stem(title) or "transcript", extension), content)
        return self._pipe.take()

    def end(self) -> bytes:
        self._zip.close()
        return self._pipe.take()

    def _free(self, stem: str, extension: str) -> str:
        """A name that no other file has, on systems that take a and A for one letter too."""
        number, name = 1, f"{stem}.{extension}"
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem} ({number}).{extension}"
        self._taken.add(name.casefold())
        return name


class _Pipe:
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
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
