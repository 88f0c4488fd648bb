"""Files of the store as answers, in byte ranges (RFC 9110 §14), so that players can seek and downloads go on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags

from transcripts.services.store.base import StoredFile
from transcripts.services.store.store import get_store

_READERS = ThreadPoolExecutor(32, thread_name_prefix="files")
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def respond_with_range(
    request: HttpRequest, file: StoredFile, media_type: str, extra: Mapping[str, str] | None = None
) -> HttpResponseBase:
    """The file or the requested range of it; as the RFC says, an invalid range is ignored."""
    modified_s, size = file.modified_at.timestamp(), file.size_bytes
    etag = f'"{round(modified_s * 1e6):x}-{size:x}"'
    headers = {
        "Content-Type": media_type,
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": formatdate(modified_s, usegmt=True),
        "Cache-Control": "private, no-cache",
        **(extra or {}),
    }
    if settings.X_ACCEL_REDIRECT and (address := _find_for_nginx(file.key, media_type)):
        return HttpResponse(headers={**headers, "X-Accel-Redirect": f"{settings.X_ACCEL_REDIRECT}{address}"})
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in (tag.removeprefix("W/") for tag in known):
        return HttpResponse(status=304, headers={"ETag": etag, "Cache-Control": headers["Cache-Control"]})
    # Ranges apply only to GET (§14.2), and only to the version of the file that the player started with.
    meant = request.method == "GET" and request.headers.get("If-Range", etag) == etag
    span = _parse_range(request.headers.get("Range", "") if meant else "", size)
    if span is None:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    start, end, partial = span
    headers["Content-Length"] = str(end - start)
    if partial:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if partial else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    chunks = get_store().read(file.key, start, end)
    return StreamingHttpResponse(_iterate_chunks(chunks), status=status, headers=headers)


def _find_for_nginx(key: str, media_type: str) -> str:
    """What follows X_ACCEL_REDIRECT: the path in `media`, `-s3` with path and query of a signed address, or nothing."""
    signed = urlsplit(get_store().sign(key, media_type=media_type))
    in_media = f"/{key}" if key.startswith("recordings/") else ""
    return f"-s3{signed.path}?{signed.query}" if signed.netloc else in_media


def _parse_range(header: str, size: int) -> tuple[int, int, bool] | None:
    """(start, end, whether it is a part); the whole file for no or an invalid range; None if it can't be satisfied."""
    match = ONE_RANGE.fullmatch(header.replace(" ", ""))
    if match is None or match.group(1) == match.group(2) == "":
        return 0, size, False
    first, last = match.groups()
    if first == "":
        length = min(int(last), size)
        return (size - length, size, True) if length else None
    if last and int(last) < int(first):
        return 0, size, False
    if int(first) >= size:
        return None
    return int(first), min(int(last) + 1, size) if last else size, True


async def _iterate_chunks(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """In threads of their own: a store may be slow."""
    loop = asyncio.get_running_loop()
    while chunk := await loop.run_in_executor(_READERS, next, chunks, b""):
        yield chunk
