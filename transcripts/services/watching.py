"""Tells pages of what others change, as soon as it is stored: one watcher a process asks the database for everybody.

It works the same with one web process or many, and on every database: what is watched is the transcripts' versions. A
page that was away says the version it has, and gets what came after it. No stream holds a database connection.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connections

from transcripts.models import Change, Transcript
from transcripts.services import presence

Answer = TypeVar("Answer")
LOOK_SECONDS = 0.2
PEOPLE_LOOKS = 4
"""People are looked for at every so manieth look."""
SIGN_LOOKS = round(presence.SIGN_SECONDS / LOOK_SECONDS)
MOST_CHANGES = 500
"""Whoever missed more than these loads the page anew."""


@dataclass(frozen=True, slots=True)
class News:
    """`change`: one change, the transcript's at `version`; `reload`: too much was missed; `people`: who is here."""

    kind: str
    version: int = 0
    data: Any = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Listener:
    transcript: UUID
    version: int
    """The last one that it was told of."""
    people: list[presence.Person] | None = None
    """Those that it was told of."""
    news: asyncio.Queue[News] = field(default_factory=asyncio.Queue)


class Watcher:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.process = uuid4()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watcher")  # With the one connection to the database.

    @asynccontextmanager
    async def listening(
        self, transcript: UUID, version: int, *, page: UUID | None = None, user: int | None = None
    ) -> AsyncIterator[Listener]:
        """News of the transcript after `version`, for as long as the context lasts; so long the user's page is here."""
        listener = Listener(transcript, version)
        self.listeners.add(listener)
        try:
            if page and user:
                await self._asked(
                    lambda: presence.come(page=page, transcript=transcript, user=user, process=self.process)
                )
            if self._task is None:
                self._task = asyncio.create_task(self._watch())
            self._wake.set()
            yield listener
        finally:
            self.listeners.discard(listener)
            if page:
                await asyncio.shield(self._asked(lambda: presence.leave(page=page, process=self.process)))

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
            await self._asked(lambda: presence.sign(process=self.process))
        if number % PEOPLE_LOOKS == 0:
            await self._tell_people()
        behind: dict[UUID, int] = {}
        for listener in self.listeners:
            behind[listener.transcript] = min(listener.version, behind.get(listener.transcript, listener.version))
        for pk, news in (await self._asked(lambda: _news(behind))).items():
            for listener in [one for one in self.listeners if one.transcript == pk]:
                for one in _missed(listener.version, news):
                    listener.news.put_nowait(one)
                    listener.version = one.version or news[-1].version

    async def _tell_people(self) -> None:
        transcripts = {listener.transcript for listener in self.listeners}
        people = await self._asked(lambda: presence.here(transcripts))
        for listener in self.listeners:
            present = people.get(listener.transcript, [])
            if listener.people != present:
                listener.people = present
                listener.news.put_nowait(News("people", data=present))

    async def _asked(self, question: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)


_watchers: WeakKeyDictionary[asyncio.AbstractEventLoop, Watcher] = WeakKeyDictionary()


def watcher() -> Watcher:
    """The one of this process's event loop."""
    return _watchers.setdefault(asyncio.get_running_loop(), Watcher())


def _missed(version: int, news: list[News]) -> list[News]:
    """The news after a version; only that too much was missed where some of them are not among these."""
    later = [one for one in news if one.version > version]
    return later if not later or later[0].version == version + 1 else [News("reload")]


def _news(behind: dict[UUID, int]) -> dict[UUID, list[News]]:
    """What came after those versions, where something did; one query where nothing did."""
    versions = dict(Transcript.objects.filter(pk__in=behind).values_list("pk", "version"))
    return {pk: _changes(pk, behind[pk], version) for pk, version in versions.items() if version > behind[pk]}


def _changes(pk: UUID, after: int, upto: int) -> list[News]:
    changes = Change.objects.filter(transcript=pk, version__gt=max(after, upto - MOST_CHANGES), version__lte=upto)
    rows: dict[int, dict[str, int]] = defaultdict(dict)
    for change, row, version in changes.values_list("version", "revisions__utterance", "revisions__version"):
        rows[change] |= {str(row): version} if row else {}
    return [
        News("change", version, {"version": version, "kind": kind, "by": by, "name": name or "", "rows": rows[version]})
        for version, kind, by, name in changes.values_list("version", "kind", "by", "by__username")
    ]
