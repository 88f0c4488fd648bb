"""Files that were joined end to end (`cat a.mp4 b.mp4`): where each of them lies in the bytes.

Decoders of formats that announce their size stop at the end of the first. Streams of frames (MP3, ADTS, FLAC, Ogg,
MPEG-TS ...) need nothing from here: their decoders read on by themselves.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Literal

_HEAD_BYTES = 64
_MAX_ELEMENTS = 200_000  # a file with more is taken as one
_BLOCK_BYTES = 1 << 20
_LARGEST_OFFSET = 1 << 60
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # as written to a pipe

_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_FLV = b"FLV\x01"
_AMR = b"#!AMR"
# What a joined file may begin with: all that is walked here, and streams of frames after a file that ends.
_STARTS = (
    _ASF_HEADER,
    _W64_RIFF,
    _EBML,
    _FLV,
    _AMR,
    b"caff\x00\x01",
    b".snd",
    b"wvpk",
    b"TTA1",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"Creative Voice File",
)


@dataclass(frozen=True, slots=True)
class Members:
    spans: tuple[tuple[int, int], ...]
    """Start and end of each file."""
    unread_bytes: int = 0
    """What follows the last of them and is no file of sound."""


class FileWindow(io.RawIOBase):
    """A stretch of a file as a file of its own. The position of the underlying file is nobody's."""

    def __init__(self, file: BinaryIO | FileWindow, start: int, end: int) -> None:
        self._file, self._start, self._end = file, start, end
        self._at = start

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at - self._start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = max(self._start, origin + offset)
        return self.tell()

    def read(self, size: int | None = -1) -> bytes:
        left = max(0, self._end - self._at)
        self._file.seek(self._at)
        block = self._file.read(left if size is None or size < 0 else min(size, left))
        self._at += len(block)
        return block


ByteFile = BinaryIO | FileWindow


def find_members(file: ByteFile) -> Members:
    """Where the files in `file` lie, of which there is nearly always one."""
    size = file.seek(0, io.SEEK_END)
    spans: list[tuple[int, int]] = []
    start = 0
    while start < size and (not spans or is_start(_read(file, start, _HEAD_BYTES))):
        end = min(size, max(start + 1, _find_end(file, start, size)))
        spans.append((start, end))
        start = min(size, skip_tags(file, end))
    return Members(tuple(spans), size - start)


def skip_tags(file: ByteFile, at: int) -> int:
    """Titles and the like, which music programs append: APEv2, then ID3v1."""
    head = _read(file, at, 32)
    if head.startswith(b"APETAGEX"):
        has_header = head[23] & 0x20 if len(head) == 32 else 0
        at += int.from_bytes(head[12:16], "little") + (32 if has_header else 0)
        head = _read(file, at, 32)
    return at + 128 if head.startswith(b"TAG") else at


def is_start(head: bytes) -> bool:
    riff = (head[:4], head[8:12]) in ((b"RIFF", b"WAVE"), (b"RF64", b"WAVE"), (b"RIFF", b"AVI "))
    aiff = head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")
    return riff or aiff or head[4:8] == b"ftyp" or head.startswith(_STARTS) or _is_frame_sync(head)


def _is_frame_sync(head: bytes) -> bool:
    """MPEG audio of any layer, or AAC in ADTS."""
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xF0 == 0xF0 and head[2] not in (0x00, 0xFF)


def _find_end(file: ByteFile, start: int, size: int) -> int:
    """Where the file that begins at `start` ends; `size` where it does not say or does not end before."""
    head = _read(file, start, _HEAD_BYTES)
    for begins, walk in _WALKS:
        if head[begins[0] :].startswith(begins[1]):
            return walk(file, start, size)
    return size


def _read(file: ByteFile, at: int, count: int) -> bytes:
    if at > _LARGEST_OFFSET:  # a size that is a lie
        return b""
    file.seek(at)
    return file.read(count)


def _walk_riff(file: ByteFile, start: int, size: int) -> int:
    """WAV, RF64, AVI and AIFF: chunks of a name, a size and data of even length.

    The sound counts by its own size, which programs get right where they leave the whole's wrong.
    """
    head = _read(file, start, 40)
    order: Literal["big", "little"] = "big" if head[:4] == b"FORM" else "little"
    length = int.from_bytes(head[4:8], order)
    if head[:4] == b"RF64" and head[12:16] == b"ds64":
        return start + 8 + int.from_bytes(head[20:28], "little")
    if head[8:12] == b"AVI ":
        return _walk_avi(file, start, size)
    if length in _UNKNOWN_SIZES:
        return size
    end, at = start + 8 + length, start + 12
    for _ in range(_MAX_ELEMENTS):
        chunk = _read(file, at, 8)
        if len(chunk) < 8 or at >= size:
            break
        data = int.from_bytes(chunk[4:], order)
        after = at + 8 + data + data % 2
        if chunk[:4] in (b"data", b"SSND"):
            return size if data in _UNKNOWN_SIZES else max(end + length % 2, after)
        if after > end:
            break
        at = after
    return end + length % 2


def _walk_avi(file: ByteFile, start: int, size: int) -> int:
    """Large files are several: the first `AVI `, the others `AVIX`."""
    at = start
    for _ in range(_MAX_ELEMENTS):
        head = _read(file, at, 12)
        if head[:4] != b"RIFF" or (at > start and head[8:] != b"AVIX"):
            return at
        length = int.from_bytes(head[4:8], "little")
        if length in _UNKNOWN_SIZES:
            return size
        at += 8 + length + length % 2
    return size


def _walk_w64(file: ByteFile, start: int, size: int) -> int:
    return start + int.from_bytes(_read(file, start + 16, 8), "little")


def _walk_au(file: ByteFile, start: int, size: int) -> int:
    head = _read(file, start, 12)
    length = int.from_bytes(head[8:], "big")
    return size if length == 0xFFFFFFFF else start + int.from_bytes(head[4:8], "big") + length


def _walk_caf(file: ByteFile, start: int, size: int) -> int:
    """Chunks of a name and 64 bits of size; -1 lasts to the end."""
    at = start + 8
    for _ in range(_MAX_ELEMENTS):
        chunk = _read(file, at, 12)
        if len(chunk) < 12 or chunk[:6] == b"caff\x00\x01" or not chunk[:4].isascii():
            return at
        length = int.from_bytes(chunk[4:], "big", signed=True)
        if length < 0:
            return size
        at += 12 + length
    return size


def _walk_mp4(file: ByteFile, start: int, size: int) -> int:
    """Boxes of a size and a name; another `ftyp` after the index begins another file."""
    at, indexed = start, False
    for _ in range(_MAX_ELEMENTS):
        head = _read(file, at, 16)
        name, length = head[4:8], int.from_bytes(head[:4], "big")
        if len(head) < 8 or (indexed and name == b"ftyp") or (indexed and is_start(head)):
            return at
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:
            return size
        indexed = indexed or name == b"moov"
        at += length
    return size


def _walk_asf(file: ByteFile, start: int, size: int) -> int:
    """Objects of 16 bytes of name and 64 bits of size."""
    at = start
    for _ in range(_MAX_ELEMENTS):
        head = _read(file, at, 24)
        if len(head) < 24 or (at > start and is_start(head)):
            return at
        length = int.from_bytes(head[16:], "little")
        if length < 24:
            return size
        at += length
    return size


def _walk_wavpack(file: ByteFile, start: int, size: int) -> int:
    """Blocks, whose numbers of samples begin with 0 in each file."""
    at = start
    for _ in range(_MAX_ELEMENTS):
        head = _read(file, at, 32)
        first = head[16:20] == bytes(4) and head[10] == 0 if len(head) == 32 else True
        if head[:4] != b"wvpk" or (at > start and first):
            return at
        at += 8 + int.from_bytes(head[4:8], "little")
    return size


def _walk_tta(file: ByteFile, start: int, size: int) -> int:
    """A header of 22 bytes, and a table with the size of each frame of 256/245 s."""
    head = _read(file, start, 22)
    rate, samples = int.from_bytes(head[10:14], "little"), int.from_bytes(head[14:18], "little")
    count = -(-samples // max(1, rate * 256 // 245))
    if count > _MAX_ELEMENTS:
        return size
    table = _read(file, start + 22, 4 * count)
    return start + 22 + 4 * count + 4 + sum(int.from_bytes(table[n : n + 4], "little") for n in range(0, len(table), 4))


def _walk_voc(file: ByteFile, start: int, size: int) -> int:
    """Blocks of one byte of kind and three of size, to one of kind 0."""
    at = start + int.from_bytes(_read(file, start + 20, 2), "little")
    for _ in range(_MAX_ELEMENTS):
        head = _read(file, at, 4)
        if len(head) < 4 or head[0] == 0:
            return at + min(len(head), 1)
        at += 4 + int.from_bytes(head[1:], "little")
    return size


def _walk_matroska(file: ByteFile, start: int, size: int) -> int:
    """A header and a segment; where that is a live one without a size, up to the next header."""
    at = start
    for expected in (_EBML, _SEGMENT):
        head = _read(file, at, 12)
        if head[:4] != expected or len(head) < 12:
            return size
        width = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + width], "big") & ((1 << 7 * width) - 1)
        if width > 8 or length == (1 << 7 * width) - 1:
            return _find_next(file, _EBML, at + 4, size, _is_matroska)
        at += 4 + width + length
    return at


def _is_matroska(head: bytes) -> bool:
    return b"webm" in head or b"matroska" in head


def _walk_flv(file: ByteFile, start: int, size: int) -> int:
    return _find_next(file, _FLV, start + 4, size, lambda head: head[5:13] == bytes((0, 0, 0, 9, 0, 0, 0, 0)))


def _walk_amr(file: ByteFile, start: int, size: int) -> int:
    return _find_next(file, _AMR, start + 5, size, lambda head: head[5:6] in (b"\n", b"-"))


def _find_next(file: ByteFile, mark: bytes, start: int, size: int, holds: Callable[[bytes], bool]) -> int:
    """Where `mark` stands next with a head that `holds`."""
    while start < size:
        block = _read(file, start, _BLOCK_BYTES + _HEAD_BYTES)
        at = block.find(mark, 0, _BLOCK_BYTES + len(mark) - 1)
        if at < 0:
            start += _BLOCK_BYTES
        elif holds(block[at : at + _HEAD_BYTES]):
            return start + at
        else:
            start += at + 1
    return size


_WALKS: tuple[tuple[tuple[int, bytes], Callable[[ByteFile, int, int], int]], ...] = (
    ((0, b"RIFF"), _walk_riff),
    ((0, b"RF64"), _walk_riff),
    ((0, b"FORM"), _walk_riff),
    ((0, _W64_RIFF), _walk_w64),
    ((0, b".snd"), _walk_au),
    ((0, b"caff"), _walk_caf),
    ((4, b"ftyp"), _walk_mp4),
    ((0, _EBML), _walk_matroska),
    ((0, _FLV), _walk_flv),
    ((0, _ASF_HEADER), _walk_asf),
    ((0, b"wvpk"), _walk_wavpack),
    ((0, b"TTA1"), _walk_tta),
    ((0, b"Creative Voice File"), _walk_voc),
    ((0, _AMR), _walk_amr),
)
