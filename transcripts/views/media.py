"""The audio, in byte ranges (RFC 9110 §14), so that players can seek."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from transcripts import access
from transcripts.audio.peaks import summarise_peaks
from transcripts.errors import NotFound
from transcripts.middleware import SignedInRequest
from transcripts.models import Recording
from transcripts.services.store.base import StoredFile
from transcripts.services.store.recording_files import find_peaks, find_playback
from transcripts.services.store.store import get_store

OVERVIEW_PAIRS = 2000
OCTETS = "application/octet-stream"
_READERS = ThreadPoolExecutor(32, thread_name_prefix="audio")
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@require_safe
def recording_audio(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    return _respond_with_file(request, find_playback, access.recording_for(request.user, pk), "audio/mp4")


@require_safe
def recording_peaks(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """The waveform: pairs of signed bytes, lowest and highest sample, `audio.playback.PEAKS_PER_SECOND` a second."""
    return _respond_with_file(request, find_peaks, access.recording_for(request.user, pk), OCTETS)


@require_safe
def recording_overview(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The waveform of the whole recording, in at most `OVERVIEW_PAIRS` pairs."""
    return _respond_with_overview(access.recording_for(request.user, pk))


def _respond_with_overview(recording: Recording) -> HttpResponse:
    try:
        with get_store().local(find_peaks(recording).key) as peaks:
            pairs = summarise_peaks(peaks, OVERVIEW_PAIRS)
    except FileNotFoundError as error:
        raise NotFound from error
    return HttpResponse(pairs, content_type=OCTETS, headers={"Cache-Control": "private, no-cache"})


def _respond_with_file(
    request: HttpRequest, find: Callable[[Recording], StoredFile], recording: Recording, media_type: str
) -> HttpResponseBase:
    try:
        return _respond_with_range(request, find(recording), media_type)
    except FileNotFoundError as error:
        raise NotFound from error


def _respond_with_range(request: HttpRequest, file: StoredFile, media_type: str) -> HttpResponseBase:
    """The file or the requested range of it; as the RFC says, an invalid range is ignored."""
    modified_s, size = file.modified_at.timestamp(), file.size_bytes
    etag = f'"{round(modified_s * 1e6):x}-{size:x}"'
    headers = {
        "Content-Type": media_type,
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": formatdate(modified_s, usegmt=True),
        "Cache-Control": "private, no-cache",
    }
    if settings.X_ACCEL_REDIRECT:
        address = _find_for_nginx(file.key, media_type)
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
    """What follows X_ACCEL_REDIRECT: the path in `media`, or `-s3` with path and query of a signed address."""
    signed = urlsplit(get_store().sign(key, media_type=media_type))
    return f"-s3{signed.path}?{signed.query}" if signed.netloc else f"/{key}"


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


@login_not_required
@require_safe
def shared_audio(request: HttpRequest, token: str) -> HttpResponseBase:
    return _respond_with_file(request, find_playback, _get_shared_recording(token), "audio/mp4")


@login_not_required
@require_safe
def shared_peaks(request: HttpRequest, token: str) -> HttpResponseBase:
    return _respond_with_file(request, find_peaks, _get_shared_recording(token), OCTETS)


@login_not_required
@require_safe
def shared_overview(request: HttpRequest, token: str) -> HttpResponse:
    return _respond_with_overview(_get_shared_recording(token))


def _get_shared_recording(token: str) -> Recording:
    return access.shared(token).transcript.recording
