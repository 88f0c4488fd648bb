"""What others change, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.models import Transcript, Utterance
from transcripts.services.watching import watcher
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import render_rows

PING_SECONDS = 15
MOST_ROWS = 500


@require_safe
async def transcript_live(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """The changes after the version in `Last-Event-ID`, else in `after`, else after now; then each as it comes.

    Event `change`, its id the transcript's version: `{"version", "kind", "by", "name", "rows": {id: version}}`. Event
    `reload` where too much was missed.
    """
    given = request.headers.get("Last-Event-ID") or request.GET.get("after") or ""
    if given and not (given.isascii() and given.isdecimal() and len(given) <= 18):
        return HttpResponse(status=400)
    transcript = await _seen(request, pk)
    after = int(given) if given else transcript.version
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_events(request, pk, after), content_type="text/event-stream", headers=headers)


async def _seen(request: SignedInRequest, pk: UUID) -> Transcript:
    """The transcript, if the person may see it; and the connection to the database given back."""

    def look() -> Transcript:
        try:
            return access.transcript_for(request.user, pk)
        finally:
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:
                    connection.close()

    return await sync_to_async(look)()


async def _events(request: SignedInRequest, pk: UUID, after: int) -> AsyncIterator[str]:
    async with watcher().listening(pk, after) as listener:
        yield "retry: 1000\n\n"
        while True:
            try:
                news = await asyncio.wait_for(listener.news.get(), PING_SECONDS)
            except TimeoutError:
                yield ": ping\n\n"
                try:
                    await _seen(request, pk)
                except Http404:
                    return  # Not a member any more, or it was deleted.
                continue
            if not news.version:
                yield "event: reload\ndata: {}\n\n"
                return
            data = json.dumps(news.data, ensure_ascii=False, separators=(",", ":"))
            yield f"id: {news.version}\nevent: change\ndata: {data}\n\n"


@require_safe
def transcript_rows(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The rows of those ids as they stand now, and which of them are gone: `?id=1&id=2`."""
    transcript = access.transcript_for(request.user, pk)
    ids = [
        int(one) for one in request.GET.getlist("id")[:MOST_ROWS] if one.isascii() and one.isdecimal() and len(one) < 19
    ]
    rows = Utterance.objects.filter(transcript=transcript, pk__in=ids).select_related("speaker")
    may_edit = access.may(request.user, Action.EDIT, transcript.recording.project)
    return render_rows(request, list(rows), transcript.speakers.all(), may_edit=may_edit)
