"""The streamed request body: the same bytes as one made in memory, at a fraction of its memory."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc

import pytest

from transcripts.flash.body import BLOCK_BYTES, Body, BodyError, make_audio_body
from transcripts.flash.errors import ErrorKind, FlashError

HEAD, TAIL = b'{"audio": {"data": "', b'"}}'


def read_whole(body: Body, size: int = 16384) -> bytes:
    return b"".join(iter(lambda: body.read(size), b""))


@pytest.mark.parametrize("length", [1, 2, 3, 4, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES + 2])
@pytest.mark.parametrize("size", [1000, 16384, -1])
def test_body_equals_the_one_made_in_memory(length: int, size: int) -> None:
    audio = (bytes(range(256)) * (length // 256 + 1))[:length]
    body = make_audio_body(HEAD, io.BytesIO(audio), length, TAIL)
    assert not body.handed_over
    expected = json.dumps({"audio": {"data": base64.b64encode(audio).decode()}}).encode()
    assert (len(body), read_whole(body, size)) == (len(expected), expected)
    assert body.handed_over
    assert body.read(size) == b""


def test_progress_counts_what_was_taken() -> None:
    seen: list[tuple[int, int]] = []
    size = 2 * BLOCK_BYTES + 5
    body = make_audio_body(HEAD, io.BytesIO(bytes(size)), size, TAIL, lambda sent, total: seen.append((sent, total)))
    body.read()
    body.read()
    assert seen == []
    read_whole(body)
    assert seen == [(BLOCK_BYTES, size), (2 * BLOCK_BYTES, size), (size, size)]


def test_growing_file_is_sent_as_long_as_it_was() -> None:
    body = make_audio_body(HEAD, io.BytesIO(b"abcdef"), 3, TAIL)
    assert read_whole(body) == HEAD + b"YWJj" + TAIL


def test_shrinking_file_ends_the_body() -> None:
    body = make_audio_body(HEAD, io.BytesIO(b"ab"), 3, TAIL)
    with pytest.raises(BodyError) as caught:
        read_whole(body)
    assert isinstance(caught.value.reason, FlashError)
    assert caught.value.reason.kind is ErrorKind.INVALID_REQUEST
    assert not body.handed_over


class Zeros(io.RawIOBase):
    def read(self, size: int = -1, /) -> bytes:
        return bytes(size)


def test_memory_does_not_grow_with_the_file() -> None:
    size = 30_000_000
    body = make_audio_body(HEAD, Zeros(), size, TAIL)  # type: ignore[arg-type]
    tracemalloc.start()
    try:
        while body.read(16384):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
