"""Pages that go out while they are made."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from threading import BoundedSemaphore

import brotli
import pytest
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse

from transcripts.places import Busy
from transcripts.rendering import streaming


@pytest.mark.django_db
def test_of_many_downloads_some_are_told_and_each_that_ends_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_downloads", BoundedSemaphore(2))

    def begin() -> StreamingHttpResponse:
        return streaming.respond_with_download(iter([b"part"]), media_type="application/zip", headers={})

    first, _second = begin(), begin()
    with pytest.raises(Busy):
        begin()
    first.close()
    first.close()
    begin()
    with pytest.raises(Busy):
        begin()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.9, gzip", "br"),
        ("gzip, deflate", "gzip"),
        ("identity", ""),
        ("", ""),
    ],
)
def test_fragment_of_a_page_can_be_read_as_soon_as_it_is_made(accepted: str, encoding: str) -> None:
    made: list[str] = []

    def fragments() -> Iterator[str]:
        for fragment in ("<!doctype html><p>我们", "走。", "</p>" * 1000):
            made.append(fragment)
            yield fragment

    response = streaming.stream_page(request(accepted), fragments())
    assert isinstance(response, StreamingHttpResponse)
    assert (response.headers.get("Content-Encoding", ""), response.headers["Vary"]) == (encoding, "Accept-Encoding")
    sent = b""
    for part in response.streaming_content:
        sent += part
        assert unpack(sent, encoding).startswith("".join(made))
    page, whole = unpack(sent, encoding), "".join(made)
    assert page[: len(whole)] == whole
    assert len(page) <= len(whole) + len("<!---->") + 100
    if encoding:
        assert len(sent) < len(whole)


@pytest.mark.parametrize("accepted", ["br", "gzip"])
def test_compressed_page_does_not_tell_its_length(accepted: str) -> None:
    def count() -> int:
        response = streaming.stream_page(request(accepted), iter(["<p>secret</p>"]))
        return len(b"".join(response.streaming_content))  # type: ignore[attr-defined]

    assert len({count() for _ in range(100)}) > 10


def request(accepted: str) -> ASGIRequest:
    headers = [(b"accept-encoding", accepted.encode())]
    return ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": headers}, io.BytesIO())


def unpack(sent: bytes, encoding: str) -> str:
    if encoding == "br":
        return brotli.Decompressor().process(sent).decode()
    if encoding == "gzip":
        return zlib.decompressobj(wbits=31).decompress(sent).decode()
    return sent.decode()
