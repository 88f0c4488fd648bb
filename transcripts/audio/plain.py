"""Whether even the simplest reader would hear all of a file, so that its very bytes can be sent."""

from __future__ import annotations

import io
from typing import BinaryIO

from transcripts.audio.members import is_start, skip_tags

_PCM = 1
_HEAD_BYTES = 64 * 1024
_OGG_HEAD = 27
_BEGINS, _CONTINUES = 2, 1  # flags of an Ogg page
_OPUS_HZ = 48_000
_MOST_APART = _OPUS_HZ // 5  # samples by which a page's time may differ from what its packets hold
_SILK_SAMPLES, _HYBRID_SAMPLES, _CELT_SAMPLES = (480, 960, 1920, 2880), (480, 960), (120, 240, 480, 960)


def is_plain(file: BinaryIO, kind: str) -> bool:
    """Whether `file`, of the `kind` that `sniff_container` gives, is one file without gaps whose sizes are true."""
    checks = {"wav": is_plain_wav, "mp3": is_plain_mp3, "ogg": is_plain_opus}
    return kind in checks and checks[kind](file)


def is_plain_wav(file: BinaryIO) -> bool:
    """A WAV of format tag 1 with a data size that the file holds.

    Sizes of 0 or 0xFFFFFFFF, as written to a pipe, read as silence or as an error in other programs.
    """
    file_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    at, tag = 12, 0
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"fmt ":
            tag = int.from_bytes(head[at + 8 : at + 10], "little")
        if name == b"data":
            return tag == _PCM and 0 < size <= file_bytes - at - 8
        at += 8 + size + size % 2
    return False


def is_plain_mp3(file: BinaryIO) -> bool:
    """An MP3 whose first frame does not tell a size (Xing's or LAME's header) after which more sound follows."""
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3":
        # Sizes of ID3v2 are 28 bits, seven in each byte.
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(start)
    frame = file.read(256)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or not frame[at + 7] & 2:
        return True
    at += 12 if frame[at + 7] & 1 else 8
    stated_bytes = int.from_bytes(frame[at : at + 4], "big")
    file.seek(skip_tags(file, start + stated_bytes))
    return not stated_bytes or not is_start(file.read(64))


def is_plain_opus(file: BinaryIO) -> bool:
    """An Ogg file of one stream whose pages have the times of the packets in them: chained files and gaps have not."""
    at, began, expected = 0, 0, -1
    while True:
        file.seek(at)
        page = file.read(_OGG_HEAD + 255 + 2)
        if len(page) < _OGG_HEAD or page[:4] != b"OggS":
            return began == 1
        lacing = page[_OGG_HEAD : _OGG_HEAD + page[26]]
        body = page[_OGG_HEAD + page[26] :]
        began += bool(page[5] & _BEGINS)
        granule = int.from_bytes(page[6:14], "little", signed=True)
        count = sum(size < 255 for size in lacing)
        if granule > 0 and count:
            length = count * _count_samples(body)
            if began > 1 or (expected >= 0 and granule - expected - length > _MOST_APART):
                return False
            expected = granule if not page[5] & _CONTINUES or expected >= 0 else -1
        at += _OGG_HEAD + page[26] + sum(lacing)


def _count_samples(packet: bytes) -> int:
    """How much sound an Opus packet holds, by its first bytes (RFC 6716, section 3.1)."""
    if len(packet) < 2:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        samples = _SILK_SAMPLES[config % 4]
    elif config < 16:
        samples = _HYBRID_SAMPLES[config % 2]
    else:
        samples = _CELT_SAMPLES[config % 4]
    return samples * (1, 2, 2, packet[1] & 63)[code]
