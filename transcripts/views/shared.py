"""What a share link shows, to people without an account too: one transcript, its sound, what others change in it.

Every address stands under the link's own, and asks `access.shared` anew.
"""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from transcripts import access, queries
from transcripts.models import Preferences, Recording, ShareLink
from transcripts.searchforms import FindForm
from transcripts.services.watching import watcher
from transcripts.views import addresses
from transcripts.views.editor import page_of
from transcripts.views.live import Drawn, given_back, live_form, rows_asked_for, stream
from transcripts.views.media import overview_of, ranged
from transcripts.views.rows import draw_rows
from transcripts.views.search import found_by


@login_not_required
@gzip_page
@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The editor's page, to be read; a page that says so where the link leads nowhere (any more)."""
    try:
        link = access.shared(token)
    except Http404:
        return render(request, "transcripts/shared_gone.html", status=404)
    context: dict[str, Any] = {
        **page_of(link.transcript, access.rights_of(link), addresses.of_guest(link)),
        "guest": link,
        "verifiers": {},
        "preferences": {**Preferences().to_json(), "user": "", "url": ""},
    }
    return render(request, "transcripts/transcript.html", context)


@login_not_required
@gzip_page
@never_cache
@require_safe
def shared_words(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(queries.word_times(access.shared(token).transcript), content_type="application/json")


@login_not_required
@never_cache
@require_safe
def shared_player(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    context = {"recording": link.transcript.recording, "addresses": addresses.of_guest(link)}
    return render(request, "transcripts/_player.html", context)


@login_not_required
@never_cache
@require_safe
def shared_rows(request: HttpRequest, token: str) -> HttpResponse:
    transcript = access.shared(token).transcript
    return HttpResponse(draw_rows(rows_asked_for(request, transcript), transcript.speakers.all(), may_edit=False))


@login_not_required
@never_cache
@require_safe
def shared_find(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    form = FindForm(request.GET)
    findings = found_by(form, link.transcript)
    context = {"addresses": addresses.of_guest(link), "form": form, "findings": findings}
    return render(request, "transcripts/_found.html", context, status=422 if form.errors else 200)


@login_not_required
@require_safe
async def shared_audio(request: HttpRequest, token: str) -> HttpResponseBase:
    recording = await _recording(token)
    return await asyncio.to_thread(ranged, request, recording.playback, "audio/mp4")


@login_not_required
@require_safe
async def shared_peaks(request: HttpRequest, token: str) -> HttpResponseBase:
    recording = await _recording(token)
    return await asyncio.to_thread(ranged, request, recording.peaks, "application/octet-stream")


@login_not_required
@require_safe
async def shared_overview(request: HttpRequest, token: str) -> HttpResponse:
    return await overview_of(await _recording(token))


@login_not_required
@require_safe
async def shared_live(request: HttpRequest, token: str) -> HttpResponseBase:
    """As `transcript_live`, without anybody's name. It ends within seconds of the link being revoked or expiring."""
    form = live_form(request)
    if not form.is_valid():
        return HttpResponse(status=400)
    link = await sync_to_async(_seen)(token)
    version = link.transcript.version
    after = version if form.cleaned_data["after"] is None else form.cleaned_data["after"]
    draw = Drawn(translation.get_language() or settings.LANGUAGE_CODE, may_edit=False)
    allowed = ShareLink.objects.filter(pk=link.pk).open().exists
    return stream(watcher().listening(link.transcript_id, after, draw=draw, allowed=allowed), guest=True)


def _seen(token: str) -> ShareLink:
    """And the connection to the database is given back: a stream lasts."""
    with given_back():
        return access.shared(token)


async def _recording(token: str) -> Recording:
    return (await sync_to_async(access.shared)(token)).transcript.recording
