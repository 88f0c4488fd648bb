"""Pages that are sent while they are made, compressed."""

from __future__ import annotations

import gzip
import io
import random
import string
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers


def streamed(request: HttpRequest, pieces: Iterator[str]) -> HttpResponseBase:
    """A page whose pieces go out as soon as they are there; whole, where the server is not asynchronous.

    It is compressed here: Django's own compression of asynchronous streams makes a file of each piece, and browsers
    read the first alone.
    """
    if not isinstance(request, ASGIRequest):
        return HttpResponse("".join(pieces))
    packs = bool(re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")))
    response = StreamingHttpResponse(_sent(pieces, packs))
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


async def _sent(pieces: Iterator[str], packs: bool) -> AsyncIterator[bytes]:
    buffer = io.BytesIO()
    # A name of a random length hides how long the page is, as that of Django's own compression does.
    name = "".join(random.choices(string.ascii_letters, k=random.randint(1, GZipMiddleware.max_random_bytes)))
    file = gzip.GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=buffer, mtime=0) if packs else None

    def next_bytes() -> bytes | None:
        piece = next(pieces, None)
        if file is None:
            return None if piece is None else piece.encode()
        if file.closed:
            return None
        if piece is None:
            file.close()
        else:
            file.write(piece.encode())
            file.flush()
        data = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return data

    while (data := await sync_to_async(next_bytes)()) is not None:
        yield data
