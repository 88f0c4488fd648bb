"""Live updates, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from transcripts import access
from transcripts.enums import Action
from transcripts.errors import NotFound
from transcripts.forms.live import HereForm, LiveForm
from transcripts.forms.rows import parse_ids
from transcripts.middleware import SignedInRequest
from transcripts.models import ShareLink, Speaker, Transcript, Utterance
from transcripts.rendering.rows import render_rows, respond_with_rows
from transcripts.services.effort import record_effort
from transcripts.services.live.presence import move_to_row
from transcripts.services.live.updates import Listener, News, get_watcher

PING_SECONDS = 15
UNSEEN = ("engine_words", "engine_text", "search_text")


@dataclass(frozen=True, slots=True)
class RowRenderer:
    """Renders rows as a page with this language and these rights shows them."""

    language: str
    may_edit: bool
    comments: bool = True

    def __call__(self, transcript: UUID, ids: Collection[int]) -> str:
        rows = Utterance.objects.filter(transcript=transcript, pk__in=ids).select_related("speaker").defer(*UNSEEN)
        speakers = Speaker.objects.filter(transcript=transcript)
        with translation.override(self.language):
            return render_rows(rows, speakers, may_edit=self.may_edit, comments=self.comments)


@require_safe
def transcript_live(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """Sends the changes after the version in `Last-Event-ID`, else in `after`, else from now on, each as it is stored.

    Event `change`, its id the transcript's version: `{"version", "kind", "by", "name", "rows": {id: version}, "html"}`.
    `html` is the rows as they are now, as `transcript_rows` answers them. If several changes are sent at once, the
    first has the rows of all and the others ""; if there are very many rows, it is omitted. Event `annotation`:
    comments or claims have changed after the number in `annotation`, else from now on: `{"annotation", "rows":
    {id: number of open threads}}`. Event `people`, who has the transcript open: `[{"page", "user", "name", "row"}]`,
    including the reader if they send their `page`, a UUID. Event `reload`: too much was missed. The stream ends soon
    after the session or the person's right to see the transcript.
    """
    form = _parse_live_form(request)
    if not form.is_valid():
        return HttpResponse(status=400)
    version, may_edit = _get_version_and_right(request.user, pk)
    allowed = _make_right_check(request, pk, may_edit=may_edit)
    return _stream_changes(form, pk, version, allowed, user=request.user.pk, may_edit=may_edit)


def _parse_live_form(request: HttpRequest) -> LiveForm:
    after = request.headers.get("Last-Event-ID") or request.GET.get("after") or ""
    return LiveForm({"page": request.GET.get("page"), "after": after, "annotation": request.GET.get("annotation")})


def _stream_changes(
    form: LiveForm,
    pk: UUID,
    version: int,
    allowed: Callable[[], bool],
    *,
    user: int | None = None,
    may_edit: bool = False,
    guest: Collection[Action] | None = None,
) -> StreamingHttpResponse:
    """Streams what comes after the form's version, else after `version`, while it is `allowed`.

    A `guest`, given as the rights, does not learn who changes what or who is here, and is told to reload at the end.
    """
    comments = guest is None or Action.COMMENT in guest
    given = form.cleaned_data
    draw = RowRenderer(translation.get_language() or settings.LANGUAGE_CODE, may_edit, comments)

    def listening() -> AbstractAsyncContextManager[Listener]:
        return get_watcher().listen(
            pk,
            version if given["after"] is None else given["after"],
            page=given["page"],
            user=user,
            annotation_version=given["annotation"],
            draw=draw,
            allowed=allowed,
        )

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_iterate_events(listening, guest), content_type="text/event-stream", headers=headers)


def _select_event(news: News, guest: Collection[Action] | None) -> str:
    if guest is None:
        return news.event
    return "" if news.kind == "annotation" and Action.COMMENT not in guest else news.to_guests


@require_POST
def transcript_here(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Stores which row the person is at on that page, or with `idle` how long ago they last did something there.

    Without either, they are at no row.
    """
    transcript = access.transcript_for(request.user, pk)
    form = HereForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    page, row, idle_ms = form.cleaned_data["page"], form.cleaned_data["row"], form.cleaned_data["idle"]
    if row or idle_ms is None:
        move_to_row(page=page, transcript=transcript.pk, user=request.user.pk, row=row)
    if idle_ms is not None and Action.EDIT in access.rights_of(transcript):
        record_effort(transcript=transcript.pk, user=request.user.pk, idle_ms=idle_ms)
    return HttpResponse(status=204)


def _get_version_and_right(user: User, pk: UUID) -> tuple[int, bool]:
    """The transcript's version, if the person may see it, and whether they may edit it."""
    transcript = access.transcript_for(user, pk)
    return transcript.version, Action.EDIT in access.rights_of(transcript)


def _make_right_check(request: SignedInRequest, pk: UUID, *, may_edit: bool) -> Callable[[], bool]:
    """Makes a function that says whether the person is still signed in with the same rights."""
    store, key, user = type(request.session), request.session.session_key, request.user.pk

    def allowed() -> bool:
        now = HttpRequest()
        now.session = store(key)
        person = get_user(now)
        if not isinstance(person, User) or person.pk != user:
            return False
        try:
            return _get_version_and_right(person, pk)[1] == may_edit
        except NotFound:
            return False

    return allowed


async def _iterate_events(
    listening: Callable[[], AbstractAsyncContextManager[Listener]], guest: Collection[Action] | None
) -> AsyncIterator[str]:
    async with listening() as listener:
        yield "retry: 1000\n\n"
        while True:
            try:
                # Not `wait_for`: before Python 3.12 it takes no notice of a reader who leaves just as news comes.
                async with asyncio.timeout(PING_SECONDS):
                    news = await listener.news.get()
            except TimeoutError:
                yield ": ping\n\n"
                continue
            if event := _select_event(news, guest):
                yield event
            if news.is_last:
                return


@require_safe
def transcript_rows(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The rows with those ids as they are now, and which of them are gone: `?id=1&id=2`."""
    transcript = access.transcript_for(request.user, pk)
    may_edit = Action.EDIT in access.rights_of(transcript)
    return respond_with_rows(_get_requested_rows(request, transcript), transcript.speakers.all(), may_edit=may_edit)


def _get_requested_rows(request: HttpRequest, transcript: Transcript) -> list[Utterance]:
    rows = Utterance.objects.filter(transcript=transcript, pk__in=parse_ids(request.GET))
    return list(rows.select_related("speaker").defer(*UNSEEN))


@login_not_required
@never_cache
@require_safe
def shared_rows(request: HttpRequest, token: str) -> HttpResponse:
    link = access.shared(token)
    rows, speakers = _get_requested_rows(request, link.transcript), link.transcript.speakers.all()
    return HttpResponse(render_rows(rows, speakers, may_edit=False, comments=_may_comment(link)))


@login_not_required
@require_safe
def shared_live(request: HttpRequest, token: str) -> HttpResponseBase:
    """Like `transcript_live`, without names. It ends within seconds once the link does not work any more."""
    form = _parse_live_form(request)
    if not form.is_valid():
        return HttpResponse(status=400)
    link = access.shared(token)
    allowed = access.open_share_links().filter(pk=link.pk).exists
    return _stream_changes(form, link.transcript_id, link.transcript.version, allowed, guest=access.rights_of(link))


def _may_comment(link: ShareLink) -> bool:
    return Action.COMMENT in access.rights_of(link)
