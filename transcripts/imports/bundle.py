"""Reading a portable bundle that anybody may have made: nothing in it is believed before it was looked at.

The zip's own claims are not trusted: what is read is counted, a line or a chunk at a time.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from transcripts.exports.bundle import (
    ABOUT,
    ANSWER,
    CHANGES,
    CHUNK_BYTES,
    COMMENTS,
    FORMAT,
    ORIGINAL,
    PARTS,
    PEAKS,
    PLAYBACK,
    ROWS,
    VERSION,
)
from transcripts.imports.checked import DEEPEST, UNSTORABLE
from transcripts.text.limits import SPEAKER_COLOURS

NAMES = frozenset({ABOUT, ANSWER, PARTS, ROWS, CHANGES, COMMENTS, ORIGINAL, PLAYBACK, PEAKS})
SOUND = frozenset({ORIGINAL, PLAYBACK, PEAKS})
NEEDED = frozenset({ABOUT, ROWS, CHANGES})
_DIRECTORY_BYTES = 1024 * 1024  # Of a zip of nine files; what is larger would be read whole.
_LARGEST = {
    ABOUT: 4 << 20,
    ANSWER: 50 << 20,
    PARTS: 256 << 20,
    ROWS: 256 << 20,
    CHANGES: 1 << 30,
    COMMENTS: 256 << 20,
}
_LONGEST_LINE = 32 << 20
_TIGHTEST = 20  # Sound does not get smaller in a zip; what claims to is a bomb.
_START = b"PK\x03\x04"


class NotBundle(Exception):
    """Why a bundle can't be taken; `reason` is one of these."""

    BROKEN = "bundle_broken"
    NEWER = "bundle_newer"
    LARGE = "bundle_large"
    LIMITS = "bundle_limits"
    BUSY = "bundle_busy"

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{reason}: {where}" if where else reason)
        self.reason = reason
        self.where = where


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a bundle says of itself, in bytes."""

    text: int
    packed_text: int
    sound: int


class Reader:
    """An open bundle. Every method raises NotBundle."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._about = {one.filename: one for one in archive.infolist() if not one.is_dir()}
        if len(self._about) != sum(not one.is_dir() for one in archive.infolist()) or not self._about.keys() <= NAMES:
            raise NotBundle(NotBundle.BROKEN, "names")
        if any(one.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for one in self._about.values()):
            raise NotBundle(NotBundle.BROKEN, "packing")
        if not self._about.keys() >= NEEDED:
            raise NotBundle(NotBundle.BROKEN, "missing")

    def about(self) -> dict[str, Any]:
        """What stands in the head of a bundle of our version."""
        found = self.value(ABOUT)
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
            raise NotBundle(NotBundle.BROKEN, ABOUT)
        version = found.pop("version", None)
        if type(version) is not int or version < 1:
            raise NotBundle(NotBundle.BROKEN, ABOUT)
        if version > VERSION:
            raise NotBundle(NotBundle.NEWER, str(version))
        if version < 2:
            for name in ("recording", "transcription"):
                if isinstance(found.get(name), dict):
                    found[name].setdefault("track", None)
        if version < 3 and isinstance(found.get("speakers"), list):
            for number, speaker in enumerate(found["speakers"]):
                if isinstance(speaker, dict):
                    speaker.setdefault("colour", number % SPEAKER_COLOURS + 1)
        if version < 4 and isinstance(found.get("recording"), dict):
            found["recording"].setdefault("tags", [])
        return found

    def value(self, name: str) -> Any:
        """The file as one JSON value; None where there is none."""
        if name not in self._about:
            return None
        return parse(b"".join(self._chunks(name, _LARGEST[name])), name)

    def answer(self) -> bytes:
        """The service's answer, a JSON object as it stands there; empty where there is none.

        It is checked without being built, for which the longest ones take too much memory.
        """
        if ANSWER not in self._about:
            return b""
        answer = b"".join(self._chunks(ANSWER, _LARGEST[ANSWER]))
        try:
            head = json.loads(answer.decode(), parse_constant=_finite, parse_float=_finite, object_pairs_hook=_weigh)
        except (ValueError, RecursionError) as error:
            raise NotBundle(NotBundle.BROKEN, ANSWER) from error
        if not isinstance(head, _Object):
            raise NotBundle(NotBundle.BROKEN, ANSWER)
        return answer

    def lines(self, name: str) -> Iterator[bytes]:
        """Each line of the file; none where there is no file."""
        if name not in self._about:
            return
        kept = b""
        for chunk in self._chunks(name, _LARGEST[name]):
            *whole, kept = (kept + chunk).split(b"\n")
            if len(kept) > _LONGEST_LINE:
                raise NotBundle(NotBundle.LARGE, name)
            yield from whole
        if kept:
            yield kept

    def sizes(self) -> Sizes:
        sound = [one for name, one in self._about.items() if name in SOUND]
        texts = [one for name, one in self._about.items() if name not in SOUND]
        return Sizes(
            sum(one.file_size for one in texts),
            sum(one.compress_size for one in texts),
            sum(one.file_size for one in sound),
        )

    def has(self, name: str) -> bool:
        return name in self._about

    def extract(self, name: str, target: Path) -> bool:
        """Whether there is such a file, which is then at `target`."""
        about = self._about.get(name)
        if about is None:
            return False
        most = about.file_size
        if most > _TIGHTEST * about.compress_size + CHUNK_BYTES:
            raise NotBundle(NotBundle.LARGE, name)
        with target.open("wb") as file:
            for chunk in self._chunks(name, most):
                file.write(chunk)
        return True

    def _chunks(self, name: str, most: int) -> Iterator[bytes]:
        """The file's bytes, whose checksum the zip has; it ends with an error where it is longer or broken."""
        if self._about[name].file_size > most:
            raise NotBundle(NotBundle.LARGE, name)
        came = 0
        with _troubles(name), self._archive.open(name) as file:
            while chunk := file.read(CHUNK_BYTES):
                came += len(chunk)
                if came > most:
                    raise NotBundle(NotBundle.LARGE, name)
                yield chunk


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    with path.open("rb") as file:
        with _troubles("zip"):
            archive = ZipFile(_Careful(file))
        yield Reader(archive)


def is_bundle(path: Path) -> bool:
    """Whether it is a zip in which a bundle's head stands; what else is in it, is looked at when it is opened."""
    with path.open("rb") as file:
        if file.read(len(_START)) != _START:
            return False
        with suppress(NotBundle), _troubles("zip"):
            return ABOUT in ZipFile(_Careful(file)).namelist()
    return False


class _Careful(RawIOBase):
    """A file of which nobody reads much at once, as ZipFile does with the directory that a zip claims to have."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(_DIRECTORY_BYTES + 1 if size < 0 else min(size, _DIRECTORY_BYTES + 1))
        if len(found) > _DIRECTORY_BYTES:
            raise NotBundle(NotBundle.LARGE, "directory")
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


@contextmanager
def _troubles(where: str) -> Iterator[None]:
    """ZipFile's errors at a damaged, encrypted or strangely packed file."""
    try:
        yield
    except (BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OverflowError, zlib.error) as error:
        raise NotBundle(NotBundle.BROKEN, where) from error


def parse(line: bytes, name: str) -> Any:
    try:
        return json.loads(line.decode(), parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise NotBundle(NotBundle.BROKEN, name) from error


class _Object(tuple[int]):
    """A JSON object of which only its depth is known."""

    __slots__ = ()


def _weigh(pairs: list[tuple[str, Any]]) -> _Object:
    """Raises ValueError for what can't be stored."""
    for name, _value in pairs:
        if UNSTORABLE.search(name):
            raise ValueError(name)
    depth = 1 + max((_measure_depth(value) for _name, value in pairs), default=0)
    if depth > DEEPEST:
        raise ValueError("depth")
    return _Object((depth,))


def _measure_depth(value: Any) -> int:
    if isinstance(value, _Object):
        return value[0]
    if isinstance(value, list):
        return 1 + max(map(_measure_depth, value), default=0)
    if isinstance(value, str) and UNSTORABLE.search(value):
        raise ValueError(value)
    return 0


def _finite(number: str) -> float:
    """JSON knows no NaN, and neither do databases."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value
