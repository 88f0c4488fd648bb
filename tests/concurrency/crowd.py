"""People who change one transcript at random, as fast as they are answered, each on their own page."""

from __future__ import annotations

import asyncio
import html
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

from tests.concurrency.page import Page, Row
from tests.concurrency.pair import Pair
from tests.concurrency.wire import Answer

WORD = re.compile(r"[A-Za-z0-9]+|\w")
CONFLICT = re.compile(r'data-version="(\d+)".*?<dd data-theirs[^>]*>(.*?)</dd>', re.DOTALL)
HOT_ROWS = 24  # in the middle of the transcript, where half of everything happens
KINDS = {
    "edit": 58,
    "split": 9,
    "merge": 9,
    "undo": 11,
    "redo": 3,
    "delete": 2,
    "insert": 1,
    "move": 2,
    "verify": 2,
    "assign": 1,
    "restore": 1,
    "rename": 1,
}


@dataclass
class Request:
    """What a person asked for, and how it went. `seen` is the text that they changed, `sent` what they made of it."""

    key: str
    by: int
    kind: str
    row: int = 0
    seen: str = ""
    sent: str = ""
    forced: bool = False
    status: int = 0
    tries: int = 0


@dataclass
class Ledger:
    """Everything that was asked for."""

    requests: list[Request] = field(default_factory=list)
    left: int = 0
    """So many are still to be made."""

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


class Person:
    def __init__(self, pair: Pair, ledger: Ledger, transcript: str, session: str, pk: int, number: int) -> None:
        self.page = Page(pair, transcript, session, number)
        self.ledger = ledger
        self.pk = pk
        self.random = random.Random(1000 + number)
        self._words = (f"w{number}x{one}" for one in count())
        self._edit_session: tuple[int, str] = (0, "")

    async def work(self, pause_s: float) -> None:
        """Changes something, and something else, until enough is changed."""
        kinds, weights = list(KINDS), list(KINDS.values())
        while self.ledger.take():
            (kind,) = self.random.choices(kinds, weights)
            doing: Callable[[], Any] = getattr(self, kind)
            await doing()
            await asyncio.sleep(self.random.expovariate(1 / pause_s))

    def some_row(self) -> tuple[int, Row]:
        rows = self.page.rows
        hot = self.random.random() < 0.5
        ordered = sorted(rows, key=lambda pk: (rows[pk].start, pk)) if hot else list(rows)
        middle = len(ordered) // 2
        pk = self.random.choice(ordered[middle : middle + HOT_ROWS] if hot else ordered)
        return pk, rows[pk]

    async def edit(self) -> None:
        """A new word, in the place of another one or beside it; now and then several times in one stay in the row."""
        pk, row = self.some_row()
        if self._edit_session[0] != pk or self.random.random() < 0.3:
            self._edit_session = (pk, uuid4().hex)
        await self._write(pk, row.text, self.changed(row.text), row.version)

    def changed(self, text: str) -> str:
        words = list(WORD.finditer(text))
        if not words:
            return next(self._words)
        at = self.random.choice(words)
        start, end = at.span() if self.random.random() < 0.4 and len(words) > 3 else (at.end(), at.end())
        return f"{text[:start]} {next(self._words)} {text[end:]}".strip()

    async def _write(self, pk: int, seen: str, sent: str, base: int, *, forced: bool = False) -> None:
        fields = {"text": sent, "base_version": base, "edit_session": self._edit_session[1]}
        request = Request(uuid4().hex, self.pk, "edit", pk, seen, sent, forced)
        answer = await self._ask(request, f"/utterances/{pk}/", fields)
        conflict = CONFLICT.search(answer.text) if answer.status == 409 else None
        if conflict and self.random.random() < 0.7:
            theirs, version = html.unescape(conflict[2]).strip(), int(conflict[1])
            if self.random.random() < 0.5:
                # They insist on their own words, having seen the others.
                await self._write(pk, theirs, sent, version, forced=True)
            else:
                await self._take(pk, theirs, sent, version)

    async def _take(self, pk: int, theirs: str, mine: str, version: int) -> None:
        """Keeps the others' words; the person's own go into the history."""
        fields: dict[str, object] = {"text": theirs, "base_version": version, "refused": mine}
        await self._ask(Request(uuid4().hex, self.pk, "take", pk, mine, theirs), f"/utterances/{pk}/", fields)

    async def split(self) -> None:
        pk, row = self.some_row()
        words = list(WORD.finditer(row.text))
        if len(words) > 1:
            offset = self.random.choice(words[1:]).start()
            await self._change(pk, "split", {"base_version": row.version, "offset": offset})

    async def merge(self) -> None:
        pk, row = self.some_row()
        below = self.page.below(pk)
        if below and len(row.text) + len(self.page.rows[below].text) < 5000:
            versions = {"base_version": row.version, "below": below, "below_version": self.page.rows[below].version}
            await self._change(pk, "merge", versions)

    async def delete(self) -> None:
        pk, row = self.some_row()
        await self._change(pk, "delete", {"base_version": row.version})

    async def insert(self) -> None:
        pk, row = self.some_row()
        await self._change(pk, "insert", {"base_version": row.version})

    async def move(self) -> None:
        pk, row = self.some_row()
        end = max(row.start + 1, row.end + self.random.randrange(-200, 200))
        await self._change(pk, "move", {"base_version": row.version, "start_ms": row.start, "end_ms": end})

    async def restore(self) -> None:
        pk, row = self.some_row()
        if row.version > 1:
            version = self.random.randrange(1, row.version)
            await self._change(pk, "restore", {"base_version": row.version, "version": version})

    async def _change(self, pk: int, kind: str, fields: dict[str, object]) -> None:
        await self._ask(Request(uuid4().hex, self.pk, kind, pk), f"/utterances/{pk}/{kind}/", fields)

    async def undo(self) -> None:
        await self._ask(Request(uuid4().hex, self.pk, "undo"), f"{self.page.path}undo/", {})

    async def redo(self) -> None:
        await self._ask(Request(uuid4().hex, self.pk, "redo"), f"{self.page.path}redo/", {})

    async def verify(self) -> None:
        pk, row = self.some_row()
        on = "false" if dict(row.marks).get("data-verified") else "true"
        fields: dict[str, object] = {"rows": f"{pk}:{row.version}", "on": on}
        await self._ask(Request(uuid4().hex, self.pk, "verify", pk), f"{self.page.path}verify/", fields, marks=True)

    async def assign(self) -> None:
        rows = dict(self.some_row() for _time in range(self.random.randrange(1, 6)))
        fields: dict[str, object] = {"rows": ",".join(f"{pk}:{row.version}" for pk, row in rows.items())}
        speakers = [speaker for row in rows.values() if (speaker := dict(row.marks).get("data-speaker"))]
        if speakers:
            fields["speaker"] = self.random.choice(speakers)
            await self._ask(Request(uuid4().hex, self.pk, "assign"), f"{self.page.path}assign/", fields, marks=True)

    async def rename(self) -> None:
        _pk, row = self.some_row()
        if speaker := dict(row.marks).get("data-speaker"):
            fields: dict[str, object] = {"name": f"Voice {self.random.randrange(9)}", "base_name": ""}
            await self._ask(Request(uuid4().hex, self.pk, "rename"), f"/speakers/{speaker}/name/", fields, marks=True)

    async def _ask(self, request: Request, path: str, fields: dict[str, object], *, marks: bool = False) -> Answer:
        self.ledger.requests.append(request)
        answer, request.tries = await self.page.send(path, {**fields, "request_key": request.key})
        request.status = answer.status
        if answer.status == 200:
            if marks or "<template data-marked" in answer.text:
                self.page.mark(answer.text)
            else:
                self.page.bring(answer.text)
        elif answer.status in {404, 409} and request.row:
            # As the page does: the row is looked at anew.
            self.page.wanted.add(request.row)
            await self.page.fetch()
        return answer
