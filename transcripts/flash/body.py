"""A request body that is produced while it is sent, so that 100 MB of sound are never held in memory."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import BinaryIO

from transcripts.flash.errors import ErrorKind, FlashError

# A multiple of three, so that the base64 of the blocks joins without padding.
BLOCK_BYTES = 48 * 1024

Progress = Callable[[int, int], None]


class BodyError(Exception):
    """Carries an exception out through the HTTP library, which would swallow or rename an `OSError`."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason


class Body:
    """File-like, with a known length: what requests sends block by block with a Content-Length.

    `handed_over` tells whether the connection has taken all of it, so that the service may have done the work.
    """

    def __init__(self, blocks: Iterator[bytes], length: int) -> None:
        self._blocks = blocks
        self._block = memoryview(b"")
        self._length = self._left = length

    def __len__(self) -> int:
        return self._length

    @property
    def handed_over(self) -> bool:
        return self._left == 0

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, at least one before the end. Raises `BodyError` for anything that goes wrong."""
        if not self._block:
            try:
                self._block = memoryview(next(self._blocks, b""))
            except Exception as error:
                raise BodyError(error) from None
        taken = self._block if size < 0 else self._block[:size]
        self._block = self._block[len(taken) :]
        self._left -= len(taken)
        return bytes(taken)


def make_audio_body(head: bytes, audio: BinaryIO, size: int, tail: bytes, on_progress: Progress | None = None) -> Body:
    """`head`, the base64 of the first `size` bytes of `audio`, `tail`.

    `on_progress(sent, total)` counts bytes of audio and is called when they have left for the network.
    """
    length = len(head) + 4 * ((size + 2) // 3) + len(tail)
    return Body(_encode_blocks(head, audio, size, tail, on_progress), length)


def _encode_blocks(
    head: bytes, audio: BinaryIO, size: int, tail: bytes, on_progress: Progress | None
) -> Iterator[bytes]:
    yield head
    sent = 0
    while sent < size:
        block = audio.read(min(BLOCK_BYTES, size - sent))
        if len(block) < min(BLOCK_BYTES, size - sent):
            raise FlashError(ErrorKind.INVALID_REQUEST, "The audio file shrank while it was being sent.")
        yield base64.b64encode(block)
        sent += len(block)
        if on_progress is not None:
            on_progress(sent, size)
    yield tail
