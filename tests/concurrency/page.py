"""A page of one transcript, in Python: what it shows follows from what the server told it, and from nothing else.

It brings rows in by the rules of `static/js/editor/`: an answer that was overtaken by a later one changes nothing, a
row that went does not come back by an older answer, a stream that was cut off goes on after the last change it told.
"""

from __future__ import annotations

import asyncio
import html
import json
import random
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import count
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

from tests.concurrency.pair import Pair
from tests.concurrency.wire import Answer, Lost, ask, events

ARTICLE = re.compile(r"<article(?P<head>[^>]*)>.*?data-text>(?P<text>.*?)</p>.*?</article>", re.DOTALL)
PART = re.compile(rf'{ARTICLE.pattern}|<template data-gone="(?P<gone>\d+)" data-version="(?P<version>\d+)">', re.DOTALL)
MARK = re.compile(r'<template data-marked="(?P<row>\d+)"(?P<head>[^>]*)>')
ATTRIBUTE = re.compile(r'(data-[\w-]+)="([^"]*)"')
AGAIN_S = (0.05, 0.3)
ROWS_AT_ONCE = 100
TOGETHER_S = 0.06  # What is told in so short a time is fetched at once.


class Row(NamedTuple):
    """As the page shows it. `words` are its word times as they travel; None where the page does not know them."""

    version: int
    start: int
    end: int
    text: str
    marks: tuple[tuple[str, str], ...]
    words: str | None


@lru_cache(maxsize=4096)
def parse(markup: str) -> dict[int, Row | int]:
    """The rows of an answer by their ids; of one that went, the version."""
    found: dict[int, Row | int] = {}
    for part in PART.finditer(markup):
        if part["gone"]:
            found[int(part["gone"])] = int(part["version"])
            continue
        known = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(part["head"])}
        pk, words = int(known.pop("data-utterance")), known.pop("data-words", None)
        version, start, end = (int(known.pop(f"data-{name}")) for name in ("version", "start", "end"))
        packed = json.dumps(json.loads(words), separators=(",", ":")) if words else None
        found[pk] = Row(version, start, end, html.unescape(part["text"]), tuple(sorted(known.items())), packed)
    return found


@lru_cache(maxsize=4096)
def parse_event(data: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found


class Page:
    def __init__(self, pair: Pair, transcript: str, session: str, seed: int) -> None:
        self.pair = pair
        self.path = f"/transcripts/{transcript}/"
        self.session = session
        self.random = random.Random(seed)
        self.version = 0
        self.rows: dict[int, Row] = {}
        self.went: dict[int, int] = {}
        self.port = self.random.choice(pair.ports)
        self.wanted: set[int] = set()
        self.on_change: Callable[[dict[str, Any]], None] | None = None
        self.reloads = 0
        self.is_connected = False

    async def load(self) -> None:
        whole = await self.get(self.path)
        words = json.loads((await self.get(f"{self.path}words.json")).text)
        begin, end = whole.text.index("<article"), whole.text.rindex("</article>") + len("</article>")
        self.rows, self.went, self.wanted = {}, {}, set()
        seen = re.search(r'data-seen="(\d+)"', whole.text)
        assert seen, "the page does not say which version it shows"
        self.version = int(seen[1])
        for pk, row in parse(whole.text[begin:end]).items():
            assert isinstance(row, Row)
            known = words["rows"].get(str(pk))
            # The words came by a request of their own, which may have seen a later version.
            packed = json.dumps(known, separators=(",", ":")) if known and words["version"] == self.version else None
            self.rows[pk] = row._replace(words=packed)

    def bring(self, markup: str) -> None:
        """Brings the rows of an answer into the page."""
        for pk, row in parse(markup).items():
            version = row if isinstance(row, int) else row.version
            shown = self.rows.get(pk)
            if version < (shown.version if shown else self.went.get(pk, 0)):
                continue
            if isinstance(row, int):
                self.went[pk] = row
                self.rows.pop(pk, None)
            else:
                self.rows[pk] = row

    def mark(self, markup: str) -> None:
        """Brings the marks of rows, whose text stays, into the page."""
        for part in MARK.finditer(markup):
            pk = int(part["row"])
            known = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(part["head"])}
            version = int(known.pop("data-version"))
            row = self.rows.get(pk)
            if row is None or row.version > version:
                continue
            if row.version < version - 1:
                self.wanted.add(pk)
                continue
            kept = {name: value for name, value in row.marks if name == "data-channel"}
            self.rows[pk] = row._replace(version=version, marks=tuple(sorted({**kept, **known}.items())))

    async def live(self) -> None:
        """Follows the stream, at one process or the other, until it is cancelled."""
        name, last = uuid4(), None
        fetching: asyncio.Task[None] | None = None
        while True:
            since = monotonic()
            try:
                path = f"{self.path}live/?{urlencode({'after': self.version, 'page': name})}"
                async for event, data in events(self.port, self.session, path, last):
                    self.is_connected = event != "refused"
                    if event == "refused":
                        self.pair.trouble(f"the stream was refused with {data}")
                    elif event == "reload":
                        self.reloads += 1
                        await self.load()
                        last = None
                    elif event == "change":
                        last = self._take_change(parse_event(data))
                        if self.wanted and (fetching is None or fetching.done()):
                            fetching = asyncio.create_task(self._fetch_soon())
            except Lost as lost:
                self.pair.lost(self.port, since, lost)
            self.port = self.random.choice(self.pair.ports)
            await asyncio.sleep(self.random.uniform(*AGAIN_S))

    def _take_change(self, change: dict[str, Any]) -> int:
        if self.on_change:
            self.on_change(change)
        if change.get("html"):
            self.bring(change["html"])
        if change.get("html") is None:
            self.wanted |= {int(pk) for pk in change["rows"]}
        self.version = change["version"]
        return self.version

    async def _fetch_soon(self) -> None:
        await asyncio.sleep(TOGETHER_S)
        await self.fetch()

    async def fetch(self) -> None:
        """Asks for the rows that the page knows to be others by now."""
        while wanted := sorted(self.wanted)[:ROWS_AT_ONCE]:
            self.wanted -= set(wanted)
            self.bring((await self.get(f"{self.path}rows/?{urlencode([('id', pk) for pk in wanted])}")).text)

    async def get(self, path: str, fields: dict[str, object] | None = None) -> Answer:
        answer, _tries = await self.send(path, fields)
        return answer

    async def send(self, path: str, fields: dict[str, object] | None = None) -> tuple[Answer, int]:
        """Asks one process or the other until there is an answer, and says how often.

        A request carries its key, so that it applies once.
        """
        for tries in count(1):
            since, port = monotonic(), self.random.choice(self.pair.ports)
            try:
                answer = await ask(port, self.session, path, fields)
            except Lost as lost:
                self.pair.lost(port, since, lost)
                await asyncio.sleep(self.random.uniform(*AGAIN_S))
                continue
            if answer.status >= 500:
                self.pair.trouble(f"{path} answered {answer.status}:\n{self.pair.said()}")
            return answer, tries
        raise AssertionError

    def below(self, pk: int) -> int | None:
        """The row below."""
        here = (self.rows[pk].start, pk)
        later = [(row.start, other) for other, row in self.rows.items() if (row.start, other) > here]
        return min(later)[1] if later else None
