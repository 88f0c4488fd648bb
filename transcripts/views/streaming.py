"""Pages that are sent while they are made, compressed."""

from __future__ import annotations

import gzip
import random
import string
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers
from django.utils.text import StreamingBuffer

Part = TypeVar("Part")


def streamed(request: HttpRequest, pieces: Iterator[str]) -> HttpResponseBase:
    """A page whose pieces go out as soon as they are there; whole, where the server is not asynchronous.

    It is compressed here: Django's own compression of asynchronous streams makes a file of each piece, and browsers
    read the first alone.
    """
    if not isinstance(request, ASGIRequest):
        return HttpResponse("".join(pieces))
    packs = bool(re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")))
    response = StreamingHttpResponse(awaited(_packed(pieces) if packs else pieces))
    response.asks_on = True  # type: ignore[attr-defined]  # for `middleware.StreamsWithoutConnection`
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


async def awaited(parts: Iterator[Part]) -> AsyncIterator[Part]:
    """The same one after the other, each made in a thread that may use the database."""
    while (part := await sync_to_async(lambda: next(parts, None))()) is not None:
        yield part


def _packed(pieces: Iterator[str]) -> Iterator[bytes]:
    buffer = StreamingBuffer()
    # A name of a random length hides how long the page is, as that of Django's own compression does.
    name = "".join(random.choices(string.ascii_letters, k=random.randint(1, GZipMiddleware.max_random_bytes)))
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as file:
        for piece in pieces:
            file.write(piece.encode())
            file.flush()
            yield buffer.read()
    yield buffer.read()
