"""What others change, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

from asgiref.sync import sync_to_async
from django import forms
from django.db import connections
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.models import Transcript, Utterance
from transcripts.services import presence
from transcripts.services.watching import watcher
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import render_rows

PING_SECONDS = 15
MOST_ROWS = 500


class LiveForm(forms.Form):
    page = forms.UUIDField(required=False)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class HereForm(forms.Form):
    page = forms.UUIDField()
    row = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@require_safe
async def transcript_live(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """The changes after the version in `Last-Event-ID`, else in `after`, else after now; then each as it comes.

    Event `change`, its id the transcript's version: `{"version", "kind", "by", "name", "rows": {id: version}}`. Event
    `people`, all who have the transcript open: `[{"page", "user", "name", "row"}]`; the asker is one of them where he
    names his `page`, a UUID. Event `reload` where too much was missed.
    """
    form = LiveForm({"page": request.GET.get("page"), "after": _given(request)})
    if not form.is_valid():
        return HttpResponse(status=400)
    transcript = await _seen(request, pk)
    after = transcript.version if form.cleaned_data["after"] is None else form.cleaned_data["after"]
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    events = _events(request, pk, after, form.cleaned_data["page"])
    return StreamingHttpResponse(events, content_type="text/event-stream", headers=headers)


@require_POST
def transcript_here(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The person is at that row, on that page; without a row, at none."""
    transcript = access.transcript_for(request.user, pk)
    form = HereForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    presence.at(transcript=transcript.pk, user=request.user.pk, **form.cleaned_data)
    return HttpResponse(status=204)


def _given(request: SignedInRequest) -> str:
    return request.headers.get("Last-Event-ID") or request.GET.get("after") or ""


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


async def _events(request: SignedInRequest, pk: UUID, after: int, page: UUID | None) -> AsyncIterator[str]:
    async with watcher().listening(pk, after, page=page, user=request.user.pk) as listener:
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
            data = json.dumps(news.data, ensure_ascii=False, separators=(",", ":"))
            number = f"id: {news.version}\n" if news.version else ""
            yield f"{number}event: {news.kind}\ndata: {data}\n\n"
            if news.kind == "reload":
                return


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
