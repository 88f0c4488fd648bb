"""What others change, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.models import Speaker, Transcript, Utterance
from transcripts.services import presence
from transcripts.services.watching import Listener, News, watcher
from transcripts.views.request import SignedInRequest
from transcripts.views.rows import draw_rows, render_rows

PING_SECONDS = 15
MOST_ROWS = 500
UNSEEN = ("engine_words", "engine_text", "search_text")


class LiveForm(forms.Form):
    page = forms.UUIDField(required=False)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    aside = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1)


class HereForm(forms.Form):
    page = forms.UUIDField()
    row = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Draws rows as a page shows them that has this language and these rights."""

    language: str
    may_edit: bool
    comments: bool = True

    def __call__(self, transcript: UUID, ids: Collection[int]) -> str:
        rows = Utterance.objects.filter(transcript=transcript, pk__in=ids).select_related("speaker").defer(*UNSEEN)
        speakers = Speaker.objects.filter(transcript=transcript)
        with translation.override(self.language):
            return draw_rows(rows, speakers, may_edit=self.may_edit, comments=self.comments)


@require_safe
def transcript_live(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """The changes after the version in `Last-Event-ID`, else in `after`, else after now; then each as it comes.

    Event `change`, its id the transcript's version: `{"version", "kind", "by", "name", "rows": {id: version}, "html"}`.
    `html` is the rows as they stand now, as `transcript_rows` answers them; where several changes are told at once, the
    rows of all stand in the first and "" in the others; where these are very many it is left out. Event `aside`: after
    the number `aside`, else after now, something was said or claimed beside the text: `{"aside", "rows": {id: number
    of open threads}}`. Event `people`, those who have the transcript open: `[{"page", "user", "name", "row"}]`; the
    asker is one of them where he names his `page`, a UUID. Event `reload` where too much was missed. The stream ends
    soon after the session does, or the person's right to see the transcript.
    """
    form = live_form(request)
    if not form.is_valid():
        return HttpResponse(status=400)
    version, may_edit = _seen(request.user, pk)
    allowed = _still(request, pk, may_edit=may_edit)
    return stream(form, pk, version, allowed, user=request.user.pk, may_edit=may_edit)


def live_form(request: HttpRequest) -> LiveForm:
    after = request.headers.get("Last-Event-ID") or request.GET.get("after") or ""
    return LiveForm({"page": request.GET.get("page"), "after": after, "aside": request.GET.get("aside")})


def stream(
    form: LiveForm,
    pk: UUID,
    version: int,
    allowed: Callable[[], bool],
    *,
    user: int | None = None,
    may_edit: bool = False,
    guest: Collection[Action] | None = None,
) -> StreamingHttpResponse:
    """What comes after the version of the form, else after that `version`, as long as it is `allowed`.

    A guest with those rights is told neither who changes what nor who is here, and to load anew at the end.
    """
    comments = guest is None or Action.COMMENT in guest
    given = form.cleaned_data
    draw = Drawn(translation.get_language() or settings.LANGUAGE_CODE, may_edit, comments)

    def listening() -> AbstractAsyncContextManager[Listener]:
        return watcher().listening(
            pk,
            version if given["after"] is None else given["after"],
            page=given["page"],
            user=user,
            aside=given["aside"],
            draw=draw,
            allowed=allowed,
        )

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_events(listening, guest), content_type="text/event-stream", headers=headers)


def _told(news: News, guest: Collection[Action] | None) -> str:
    if guest is None:
        return news.event
    return "" if news.kind == "aside" and Action.COMMENT not in guest else news.to_guests


@require_POST
def transcript_here(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The person is at that row, on that page; without a row, at none."""
    transcript = access.transcript_for(request.user, pk)
    form = HereForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    presence.at(transcript=transcript.pk, user=request.user.pk, **form.cleaned_data)
    return HttpResponse(status=204)


def _seen(user: User, pk: UUID) -> tuple[int, bool]:
    """The transcript's version, if the person may see it, and whether he may edit it."""
    transcript = access.transcript_for(user, pk)
    return transcript.version, Action.EDIT in access.rights_of(transcript)


def _still(request: SignedInRequest, pk: UUID, *, may_edit: bool) -> Callable[[], bool]:
    """Asks whether the person is still signed in, and still has the rights that he came with."""
    store, key, user = type(request.session), request.session.session_key, request.user.pk

    def allowed() -> bool:
        now = HttpRequest()
        now.session = store(key)
        person = get_user(now)
        if not isinstance(person, User) or person.pk != user:
            return False
        try:
            return _seen(person, pk)[1] == may_edit
        except Http404:
            return False

    return allowed


async def _events(
    listening: Callable[[], AbstractAsyncContextManager[Listener]], guest: Collection[Action] | None
) -> AsyncIterator[str]:
    async with listening() as listener:
        yield "retry: 1000\n\n"
        while True:
            try:
                news = await asyncio.wait_for(listener.news.get(), PING_SECONDS)
            except TimeoutError:
                yield ": ping\n\n"
                continue
            if told := _told(news, guest):
                yield told
            if news.is_last:
                return


@require_safe
def transcript_rows(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The rows of those ids as they stand now, and which of them are gone: `?id=1&id=2`."""
    transcript = access.transcript_for(request.user, pk)
    may_edit = Action.EDIT in access.rights_of(transcript)
    return render_rows(rows_asked_for(request, transcript), transcript.speakers.all(), may_edit=may_edit)


def rows_asked_for(request: HttpRequest, transcript: Transcript) -> list[Utterance]:
    ids = [
        int(one) for one in request.GET.getlist("id")[:MOST_ROWS] if one.isascii() and one.isdecimal() and len(one) < 19
    ]
    rows = Utterance.objects.filter(transcript=transcript, pk__in=ids)
    return list(rows.select_related("speaker").defer(*UNSEEN))
