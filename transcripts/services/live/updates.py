"""Tells pages of what others change, as soon as it is stored: one watcher a process asks the database for everybody.

It works the same with one web process or many, and on every database: what is watched is the transcripts' versions. A
page that was away says the version it has, and gets what came after it. No stream holds a database connection, and
what many pages are told is drawn and written once.
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

from transcripts.models import Change, Comment, Transcript, Utterance
from transcripts.queries.presence import Person, list_people
from transcripts.services.live.presence import SIGN_SECONDS, close_page, open_page, renew_process

Answer = TypeVar("Answer")
Draw = Callable[[UUID, Collection[int]], str]
"""The rows of these ids as a page shows them. Those that are equal draw the same, and are called once for all."""
LOOK_SECONDS = 0.2
PEOPLE_LOOKS = 4
"""Presence is refreshed on every fourth look."""
SIGN_LOOKS = round(SIGN_SECONDS / LOOK_SECONDS)
CHECK_SECONDS = 5.0
"""So often each listener's right to listen is looked at anew."""
MOST_CHANGES = 500
"""Whoever missed more than these loads the page anew."""
MOST_DRAWN = 100
"""Rows that are told together with the changes; of more, pages fetch what they lack."""
MOST_WAITING = 200
"""Who has not taken so many news yet gets no more: he comes back, and catches up."""


@dataclass(frozen=True)
class News:
    """`change`: one change, the transcript's at `version`; `annotation`: comments or claims have changed;
    `people`:
    who is here; `reload`: too much was missed.

    After the last, and after `over`, nothing follows: the listener may not listen any more, or does not keep up.
    """

    kind: str
    version: int = 0
    data: Any = field(default_factory=dict)

    @cached_property
    def event(self) -> str:
        """As a server-sent event; `over` is none."""
        if self.kind == "over":
            return ""
        data = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        number = f"id: {self.version}\n" if self.version else ""
        return f"{number}event: {self.kind}\ndata: {data}\n\n"

    @cached_property
    def to_guests(self) -> str:
        """The same for people without an account: without anybody's name, and with a `reload` when it is over."""
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
    """The last one that it was told of."""
    annotation_version: int | None = None
    """The same of its annotations; None for that of the first look."""
    draw: Draw | None = None
    allowed: Callable[[], bool] | None = None
    check_at: float = 0.0
    people: list[Person] | None = None
    """Those that it was told of."""
    news: asyncio.Queue[News] = field(default_factory=asyncio.Queue)

    def queue_news(self, news: News) -> None:
        if self.news.qsize() < MOST_WAITING:
            self.news.put_nowait(news)
        elif self.news.qsize() == MOST_WAITING:
            self.news.put_nowait(News("over"))


class Watcher:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.process = uuid4()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watcher")  # With the one connection to the database.

    @asynccontextmanager
    async def listening(
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
        """News of the transcript after `version`, for as long as the context lasts; so long the user's page is here.

        With `draw`, the rows that changed come with the changes. `allowed` is asked again and again, in a thread that
        may use the database; where it says no, the news end.
        """
        listener = Listener(transcript, version, annotation_version, draw, allowed, monotonic() + CHECK_SECONDS)
        self.listeners.add(listener)
        try:
            if page and user:
                await self._asked(lambda: open_page(page=page, transcript=transcript, user=user, process=self.process))
            if self._task is None:
                self._task = asyncio.create_task(self._watch())
            self._wake.set()
            yield listener
        finally:
            self.listeners.discard(listener)
            if page:
                await asyncio.shield(self._asked(lambda: close_page(page=page, process=self.process)))

    async def _watch(self) -> None:
        looks = count()
        while self.listeners:
            self._wake.clear()
            try:
                await self._look(next(looks))
            except DatabaseError:
                await self._asked(connections.close_all)  # The next look tells what came meanwhile.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
        self._task = None
        await self._asked(connections.close_all)

    async def _look(self, number: int) -> None:
        if number % SIGN_LOOKS == SIGN_LOOKS - 1:
            await self._asked(lambda: renew_process(process=self.process))
        if number % PEOPLE_LOOKS == 0:
            await self._publish_people()
        await self._check()
        # Those who have the same version and see it in the same way are told the same.
        alike: dict[tuple[UUID, int, Draw | None], list[Listener]] = defaultdict(list)
        by_place: dict[tuple[UUID, int | None], list[Listener]] = defaultdict(list)
        for listener in self.listeners:
            alike[listener.transcript, listener.version, listener.draw].append(listener)
            by_place[listener.transcript, listener.annotation_version].append(listener)
        changes, annotations = await self._asked(lambda: _collect_news(alike, by_place))
        for key, (version, news) in changes.items():
            for listener in alike[key]:
                listener.version = version
                for one in news:
                    listener.queue_news(one)
        for place, (annotation, said) in annotations.items():
            for listener in by_place[place]:
                listener.annotation_version = annotation
                if said:
                    listener.queue_news(said)

    async def _check(self) -> None:
        now = monotonic()
        # A few at every look: who came together is not looked at together, which would hold up the news.
        most = 1 + round(len(self.listeners) * LOOK_SECONDS / CHECK_SECONDS)
        late = sorted(
            (one for one in self.listeners if one.allowed and one.check_at <= now), key=lambda one: one.check_at
        )
        due = [(one, one.allowed) for one in late[:most] if one.allowed]
        if not due:
            return
        for listener, _allowed in due:
            listener.check_at = now + CHECK_SECONDS
        for listener in await self._asked(lambda: [one for one, allowed in due if not allowed()]):
            listener.queue_news(News("over"))

    async def _publish_people(self) -> None:
        transcripts = {listener.transcript for listener in self.listeners}
        people = await self._asked(lambda: list_people(transcripts))
        news = {transcript: News("people", data=people.get(transcript, [])) for transcript in transcripts}
        for listener in self.listeners:
            present = news.get(listener.transcript)
            if present and listener.people != present.data:
                listener.people = present.data
                listener.queue_news(present)

    async def _asked(self, question: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)


_watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, Watcher] = WeakKeyDictionary()


def get_watcher() -> Watcher:
    """The one of this process's event loop."""
    return _watchers.setdefault(asyncio.get_running_loop(), Watcher())


Key = tuple[UUID, int, Draw | None]
Place = tuple[UUID, int | None]


def _collect_news(
    alike: Collection[Key], places: Collection[Place]
) -> tuple[dict[Key, tuple[int, list[News]]], dict[Place, tuple[int, News | None]]]:
    """What came after each version, where something did, and the version now; one query where nothing did.

    Then the same of comments and assignments.
    """
    transcripts = Transcript.objects.filter(pk__in={pk for pk, _after in places})
    found = {
        pk: (version, annotation)
        for pk, version, annotation in transcripts.values_list("pk", "version", "annotation_version")
    }
    annotations = {(pk, after): _collect_annotations(pk, after, found[pk][1]) for pk, after in places if pk in found}
    news_of = {place: news for place, news in annotations.items() if news[0] != place[1]}
    return _collect_changes(alike, {pk: version for pk, (version, _annotation) in found.items()}), news_of


def _collect_annotations(pk: UUID, after: int | None, now: int) -> tuple[int, News | None]:
    """Which rows were spoken of after that number, and how many threads are open there; pages ask for the rest."""
    if after is None or after >= now:
        return now, None
    comments = Comment.objects.filter(transcript=pk, annotation_version__gt=after)
    rows = {row or thread for row, thread in comments.values_list("utterance", "thread__utterance")}
    counts = Utterance.objects.filter(pk__in=rows).order_by("pk").values_list("pk", "open_comments")
    return now, News("annotation", data={"annotation": now, "rows": {str(row): count for row, count in counts}})


def _collect_changes(alike: Collection[Key], versions: dict[UUID, int]) -> dict[Key, tuple[int, list[News]]]:
    late = [key for key in alike if versions.get(key[0], 0) > key[1]]
    found = {}
    for pk in {key[0] for key in late}:
        changes = _read_changes(pk, min(after for one, after, _draw in late if one == pk), versions[pk])
        for key in late:
            if key[0] == pk:
                found[key] = versions[pk], _build_news(key, changes)
    return found


def _read_changes(pk: UUID, after: int, upto: int) -> list[dict[str, Any]]:
    changes = Change.objects.filter(transcript=pk, version__gt=max(after, upto - MOST_CHANGES), version__lte=upto)
    rows: dict[int, dict[str, int]] = defaultdict(dict)
    for change, row, version in changes.values_list("version", "revisions__utterance", "revisions__version"):
        rows[change] |= {str(row): version} if row else {}
    return [
        {"version": version, "kind": kind, "by": by, "name": name or "", "rows": rows[version]}
        for version, kind, by, name in changes.values_list("version", "kind", "by", "by__username")
    ]


def _build_news(key: Key, changes: list[dict[str, Any]]) -> list[News]:
    """The changes after the key's version; only that too much was missed where some of them are not among these.

    The rows of all of them come with the first, as they stand now: who is cut off after it is told the others again.
    """
    pk, after, draw = key
    later = [one for one in changes if one["version"] > after]
    if not later or later[0]["version"] != after + 1:
        return [News("reload")]
    rows = {int(row) for one in later for row in one["rows"]}
    if draw and len(rows) <= MOST_DRAWN:
        later = [{**one, "html": "" if number else draw(pk, rows)} for number, one in enumerate(later)]
    return [News("change", one["version"], one) for one in later]
