"""Sends pages what others change, as soon as it is stored. One watcher per process queries the database for all pages.

It polls the transcripts' versions, so it works with any number of web processes and on every database. A page that was
disconnected sends the version that it has and gets what is newer. Streams hold no database connection, and what many
pages get is rendered and serialised once.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connections

from transcripts.logs import DATABASE
from transcripts.models import Change, Comment, Transcript, Utterance
from transcripts.queries.presence import Person, list_people
from transcripts.services.live.presence import SIGN_SECONDS, close_page, open_page, renew_process

Answer = TypeVar("Answer")
Draw = Callable[[UUID, Collection[int]], str]
"""Renders the rows with these ids as a page shows them. Of equal renderers one is called for all."""
POLL_SECONDS = 0.2
PRESENCE_POLLS = 4
"""Presence is refreshed on every fourth poll."""
SIGN_POLLS = round(SIGN_SECONDS / POLL_SECONDS)
CHECK_SECONDS = 5.0
"""How often each listener's right to listen is checked again."""
MOST_CHANGES = 500
"""A page that missed more changes than this reloads."""
MOST_DRAWN = 100
"""The most rows that are sent with changes; if there are more, pages fetch what they lack."""
MOST_WAITING = 200
"""A listener with so many news waiting is cut off: the page reconnects and catches up."""


@dataclass(frozen=True)
class News:
    """Something for a page, by its `kind`.

    `change`: one change, the transcript's at `version`; `annotation`: comments or claims have changed; `people`: who
    has the transcript open; `reload`: too much was missed; `over`: the listener may no longer listen or does not keep
    up. Nothing follows the last two.
    """

    kind: str
    version: int = 0
    data: Any = field(default_factory=dict)

    @cached_property
    def event(self) -> str:
        """The server-sent event; "" for `over`."""
        if self.kind == "over":
            return ""
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        number = f"id: {self.version}\n" if self.version else ""
        return f"{number}event: {self.kind}\ndata: {data}\n\n"

    @cached_property
    def to_guests(self) -> str:
        """The event for people without an account: without names, and a `reload` instead of `over`."""
        if self.kind == "people":
            return ""
        data = {**self.data, "by": None, "name": ""} if self.kind == "change" else self.data
        return News("reload" if self.kind == "over" else self.kind, self.version, data).event

    @property
    def is_last(self) -> bool:
        return self.kind in {"reload", "over"}


@dataclass(eq=False, slots=True)
class Listener:
    transcript: UUID
    version: int
    """The last version that it got."""
    page: UUID | None = None
    """The page that it keeps present."""
    annotation_version: int | None = None
    """The last annotation version that it got; None for that of the first poll."""
    draw: Draw | None = None
    allowed: Callable[[], bool] | None = None
    check_at: float = 0.0
    people: list[Person] | None = None
    """The last list of people that it got."""
    news: asyncio.Queue[News] = field(default_factory=asyncio.Queue)

    def queue_news(self, news: News) -> None:
        if self.news.qsize() < MOST_WAITING:
            self.news.put_nowait(news)
        elif self.news.qsize() == MOST_WAITING:
            self.news.put_nowait(News("over"))


class Watcher:
    """Polls the database for all listeners of one process."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.process = uuid4()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watcher")  # It has the only database connection.

    @asynccontextmanager
    async def listen(
        self,
        transcript: UUID,
        version: int,
        *,
        page: UUID | None = None,
        user: int | None = None,
        annotation_version: int | None = None,
        draw: Draw | None = None,
        allowed: Callable[[], bool] | None = None,
    ) -> AsyncIterator[Listener]:
        """Listens to news of the transcript after `version` while the context lasts, and the user's page is present.

        With `draw`, changed rows come with the changes. `allowed` is called again and again, in a thread that may use
        the database; once it returns False, the news end.
        """
        listener = Listener(transcript, version, page, annotation_version, draw, allowed, monotonic() + CHECK_SECONDS)
        self.listeners.add(listener)
        try:
            if page and user:
                is_theirs = await self._query(
                    lambda: open_page(page=page, transcript=transcript, user=user, process=self.process)
                )
                listener.page = page if is_theirs else None
            if self._task is None:
                self._task = asyncio.create_task(self._watch())
            self._wake.set()
            yield listener
        finally:
            self.listeners.discard(listener)
            # A page that connected again may have its new stream before its old one ends.
            if page and user and all(other.page != page for other in self.listeners):
                await asyncio.shield(self._query(lambda: close_page(page=page, user=user, process=self.process)))

    async def _watch(self) -> None:
        numbers = count()
        while self.listeners:
            self._wake.clear()
            try:
                await self._poll(next(numbers))
                DATABASE.worked()
            except DatabaseError as error:
                DATABASE.failed(error)
                await self._query(connections.close_all)  # The next poll sends what came meanwhile.
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
        self._task = None
        await self._query(connections.close_all)

    async def _poll(self, number: int) -> None:
        if number % SIGN_POLLS == SIGN_POLLS - 1:
            pages = {listener.page for listener in self.listeners if listener.page}
            await self._query(lambda: renew_process(process=self.process, pages=pages))
        if number % PRESENCE_POLLS == 0:
            await self._publish_people()
        await self._check_rights()
        # Listeners with the same version and the same rendering get the same news.
        alike: dict[tuple[UUID, int, Draw | None], list[Listener]] = defaultdict(list)
        by_place: dict[tuple[UUID, int | None], list[Listener]] = defaultdict(list)
        for listener in self.listeners:
            alike[listener.transcript, listener.version, listener.draw].append(listener)
            by_place[listener.transcript, listener.annotation_version].append(listener)
        changes, annotations = await self._query(lambda: _collect_news(alike, by_place))
        for key, (version, news) in changes.items():
            for listener in alike[key]:
                listener.version = version
                for item in news:
                    listener.queue_news(item)
        for place, (annotation, said) in annotations.items():
            for listener in by_place[place]:
                listener.annotation_version = annotation
                if said:
                    listener.queue_news(said)

    async def _check_rights(self) -> None:
        now = monotonic()
        # A few at every poll: to check at once all those who came at once would delay the news.
        most = 1 + round(len(self.listeners) * POLL_SECONDS / CHECK_SECONDS)
        late = [listener for listener in self.listeners if listener.allowed and listener.check_at <= now]
        late.sort(key=lambda listener: listener.check_at)
        due = [(listener, listener.allowed) for listener in late[:most] if listener.allowed]
        if not due:
            return
        for listener, _allowed in due:
            listener.check_at = now + CHECK_SECONDS
        for excluded in await self._query(lambda: [listener for listener, allowed in due if not allowed()]):
            excluded.queue_news(News("over"))

    async def _publish_people(self) -> None:
        transcripts = {listener.transcript for listener in self.listeners}
        people = await self._query(lambda: list_people(transcripts))
        news = {transcript: News("people", data=people.get(transcript, [])) for transcript in transcripts}
        for listener in self.listeners:
            present = news.get(listener.transcript)
            if present and listener.people != present.data:
                listener.people = present.data
                listener.queue_news(present)

    async def _query(self, question: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)


_watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, Watcher] = WeakKeyDictionary()


def get_watcher() -> Watcher:
    """The watcher of this process's event loop."""
    return _watchers.setdefault(asyncio.get_running_loop(), Watcher())


Key = tuple[UUID, int, Draw | None]
Place = tuple[UUID, int | None]


def _collect_news(
    alike: Collection[Key], places: Collection[Place]
) -> tuple[dict[Key, tuple[int, list[News]]], dict[Place, tuple[int, News | None]]]:
    """What came after each version, if anything did, and the present version; one query if nothing did.

    Then the same for comments and assignments.
    """
    transcripts = Transcript.objects.filter(pk__in={pk for pk, _after in places})
    versions = {
        pk: (version, annotation)
        for pk, version, annotation in transcripts.values_list("pk", "version", "annotation_version")
    }
    annotations = {
        (pk, after): _collect_annotations(pk, after, versions[pk][1]) for pk, after in places if pk in versions
    }
    news_of = {place: news for place, news in annotations.items() if news[0] != place[1]}
    return _collect_changes(alike, {pk: version for pk, (version, _annotation) in versions.items()}), news_of


def _collect_annotations(pk: UUID, after: int | None, now: int) -> tuple[int, News | None]:
    """The rows with newer comments, and how many open threads each has; pages ask for the rest."""
    if after is None or after >= now:
        return now, None
    comments = Comment.objects.filter(transcript=pk, annotation_version__gt=after)
    rows = {row or thread for row, thread in comments.values_list("utterance", "thread__utterance")}
    counts = Utterance.objects.filter(pk__in=rows).order_by("pk").values_list("pk", "open_comments")
    return now, News("annotation", data={"annotation": now, "rows": {str(row): count for row, count in counts}})


def _collect_changes(alike: Collection[Key], versions: dict[UUID, int]) -> dict[Key, tuple[int, list[News]]]:
    late = [key for key in alike if versions.get(key[0], 0) > key[1]]
    news: dict[Key, tuple[int, list[News]]] = {}
    for pk in {key[0] for key in late}:
        changes = _read_changes(pk, min(after for other, after, _draw in late if other == pk), versions[pk])
        for key in late:
            if key[0] == pk:
                news[key] = versions[pk], _build_news(key, changes)
    return news


def _read_changes(pk: UUID, after: int, upto: int) -> list[dict[str, Any]]:
    changes = Change.objects.filter(transcript=pk, version__gt=max(after, upto - MOST_CHANGES), version__lte=upto)
    rows: dict[int, dict[str, int]] = defaultdict(dict)
    for change, row, version in changes.values_list("version", "revisions__utterance", "revisions__version"):
        if row:
            rows[change][str(row)] = version
    return [
        {"version": version, "kind": kind, "by": by, "name": name or "", "rows": rows[version]}
        | ({"shift_ms": shift_ms} if shift_ms else {})
        for version, kind, by, name, shift_ms in changes.values_list(
            "version", "kind", "by", "by__username", "details__shift_ms"
        )
    ]


def _build_news(key: Key, changes: list[dict[str, Any]]) -> list[News]:
    """The changes after the key's version; a `reload` if some of them are not among `changes`.

    The rows of all changes come with the first one, as they are now. A page that is cut off after it gets the other
    changes again.
    """
    pk, after, draw = key
    later = [change for change in changes if change["version"] > after]
    if not later or later[0]["version"] != after + 1:
        return [News("reload")]
    rows = {int(row) for change in later for row in change["rows"]}
    if draw and len(rows) <= MOST_DRAWN:
        later = [{**change, "html": "" if number else draw(pk, rows)} for number, change in enumerate(later)]
    return [News("change", change["version"], change) for change in later]
