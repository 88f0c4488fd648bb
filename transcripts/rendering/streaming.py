"""Answers that are sent while they are being made."""

from __future__ import annotations

import asyncio
import gzip
import random
import re
import string
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import brotli
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.utils.cache import patch_vary_headers
from django.utils.text import StreamingBuffer

from transcripts.locales import RequestLocale
from transcripts.places import Busy

_ACCEPTS_BROTLI = re.compile(r"\bbr\b")  # as Django looks for gzip
BROTLI_QUALITY = 5  # takes as long as gzip does by default, and leaves a fifth less of a long transcript


def stream_page(request: HttpRequest, fragments: Iterator[str]) -> HttpResponseBase:
    """Sends each fragment of a page as soon as it is made; the whole page at once if the server is not asynchronous.

    Fragments may be made in different threads. They are compressed here: Django's own compression would delay them.
    """
    if not isinstance(request, ASGIRequest):
        return HttpResponse("".join(fragments))
    accepted = request.headers.get("Accept-Encoding", "")
    if _ACCEPTS_BROTLI.search(accepted):
        response = StreamingHttpResponse(_compress_by_brotli(fragments), headers={"Content-Encoding": "br"})
    elif re_accepts_gzip.search(accepted):
        response = StreamingHttpResponse(_compress_by_gzip(fragments), headers={"Content-Encoding": "gzip"})
    else:
        response = StreamingHttpResponse(fragments)
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


MOST_DOWNLOADS = 20  # of each web process; each has a thread and a connection to the database
_downloads = threading.BoundedSemaphore(MOST_DOWNLOADS)
_makers = threading.BoundedSemaphore(1)
"""Whoever makes a part has this, but nobody while a part is being sent."""


def respond_with_download(
    parts: Iterator[bytes] | AsyncIterator[bytes], *, media_type: str, headers: Mapping[str, str]
) -> StreamingHttpResponse:
    """Raises Busy where too many download already."""
    if not _downloads.acquire(blocking=False):
        raise Busy
    content = stream_download(parts) if isinstance(parts, Iterator) else parts
    response = StreamingHttpResponse(content, content_type=media_type, headers=headers)
    ended = ExitStack()
    ended.callback(_downloads.release)
    response._resource_closers.append(ended.close)  # type: ignore[attr-defined]
    return response


def stream_download(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Makes the parts one after the other in a single thread, in the language and time zone of the request.

    The thread has its own database connection, as parts may read while earlier ones are being sent.
    """
    locale = RequestLocale.get_current()

    def one() -> bytes | None:
        with locale.activate(), _makers:
            return next(parts, None)

    async def each() -> AsyncIterator[bytes]:
        thread = ThreadPoolExecutor(1, thread_name_prefix="download")
        try:
            while (part := await asyncio.get_running_loop().run_in_executor(thread, one)) is not None:
                yield part
        finally:
            thread.submit(connections.close_all)
            thread.shutdown(wait=False)

    return each()


ASK_SECONDS = 0.5


def stream_when_made(find: Callable[[], Iterator[bytes] | None]) -> AsyncIterator[bytes]:
    """Asks for the parts until they are there, and sends them. No thread waits meanwhile.

    What `find` raises breaks the connection off: the file's headers have gone already.
    """

    def one(parts: Iterator[bytes] | None) -> Any:
        try:
            return find() if parts is None else next(parts, b"")
        finally:
            connections.close_all()

    async def each() -> AsyncIterator[bytes]:
        with ThreadPoolExecutor(1, thread_name_prefix="download") as thread:
            loop = asyncio.get_running_loop()
            while (parts := await loop.run_in_executor(thread, one, None)) is None:
                await asyncio.sleep(ASK_SECONDS)
            while part := await loop.run_in_executor(thread, one, parts):
                yield part

    return each()


def _compress_by_brotli(fragments: Iterator[str]) -> Iterator[bytes]:
    compressor = brotli.Compressor(quality=BROTLI_QUALITY)
    for fragment in fragments:
        yield compressor.process(fragment.encode()) + compressor.flush()
    yield compressor.process(f"<!--{_make_random_name()}-->".encode()) + compressor.finish()


def _compress_by_gzip(fragments: Iterator[str]) -> Iterator[bytes]:
    buffer = StreamingBuffer()
    name = _make_random_name()
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=buffer, mtime=0) as file:
        for fragment in fragments:
            file.write(fragment.encode())
            file.flush()
            yield buffer.read()
    yield buffer.read()


def _make_random_name() -> str:
    """Of random length, which hides the length of the page, as Django's own compression does."""
    return "".join(random.choices(string.ascii_letters, k=random.randint(1, GZipMiddleware.max_random_bytes)))
