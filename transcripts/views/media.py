"""The audio and its waveform."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from transcripts import access
from transcripts.audio.peaks import summarise_peaks
from transcripts.errors import NotFound
from transcripts.middleware import SignedInRequest
from transcripts.models import Recording
from transcripts.rendering.files import respond_with_range
from transcripts.services.store.base import StoredFile
from transcripts.services.store.recording_files import find_peaks, find_playback
from transcripts.services.store.store import get_store

OVERVIEW_PAIRS = 2000
OCTETS = "application/octet-stream"


@require_safe
def recording_audio(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    return _respond_with_file(request, find_playback, access.recording_for(request.user, pk), "audio/mp4")


@require_safe
def recording_peaks(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """The waveform: pairs of signed bytes, lowest and highest sample, `audio.results.PEAKS_PER_SECOND` a second."""
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
        return respond_with_range(request, find(recording), media_type)
    except FileNotFoundError as error:
        raise NotFound from error


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
