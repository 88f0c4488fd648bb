"""Reading the body of an HTTP/1.1 request, by length or in chunks, within a limit."""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.message import Message

from transcripts.flash.codes import BAD_BODY, MAX_AUDIO_BYTES, TOO_LARGE
from transcripts.flashserver.protocol import Refusal

MAX_BODY_BYTES = MAX_AUDIO_BYTES * 4 // 3 + 1024 * 1024
MAX_DRAINED_BYTES = 4 * MAX_BODY_BYTES
_STEP = 1024 * 1024


def read_body(headers: Message, stream: io.BufferedIOBase) -> bytes:
    """The whole body. Raises `Refusal`, after which the connection has to be closed.

    A body over the limit is read to its end and forgotten (within reason), since a client that is still
    writing would take an early answer for a broken connection.
    """
    parts: list[bytes] = []
    size = 0
    for part in _read_parts(headers, stream):
        size += len(part)
        if size <= MAX_BODY_BYTES:
            parts.append(part)
        elif size <= MAX_DRAINED_BYTES:
            parts.clear()
        else:
            raise Refusal(TOO_LARGE, "request body too large", status=413)
    if size > MAX_BODY_BYTES:
        raise Refusal(TOO_LARGE, f"audio file too large: body of {size} bytes")
    return b"".join(parts)


def _read_parts(headers: Message, stream: io.BufferedIOBase) -> Iterator[bytes]:
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return _read_chunks(stream)
    length = headers.get("Content-Length", "0").strip()
    if not (length.isascii() and length.isdecimal()):
        raise Refusal(BAD_BODY, "bad Content-Length", status=400)
    return _read_exactly(stream, int(length))


def _read_chunks(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """RFC 9112, 7.1; extensions and trailers are skipped."""
    while size := _read_chunk_size(stream):
        yield from _read_exactly(stream, size)
        if stream.readline(3).strip():
            raise Refusal(BAD_BODY, "bad chunk", status=400)
    while stream.readline(65536).strip():
        pass


def _read_chunk_size(stream: io.BufferedIOBase) -> int:
    digits = stream.readline(1024).partition(b";")[0].strip()
    try:
        return int(digits, 16)
    except ValueError:
        raise Refusal(BAD_BODY, "bad chunk size", status=400) from None


def _read_exactly(stream: io.BufferedIOBase, size: int) -> Iterator[bytes]:
    while size > 0:
        part = stream.read(min(size, _STEP))
        if not part:
            raise Refusal(BAD_BODY, "body ended early", status=400)
        size -= len(part)
        yield part
