"""How quick it is for editors with many readers beside them: from a save to its answer, and to everybody's page."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

from tests.concurrency.crowd import Ledger, Person
from tests.concurrency.page import Page
from tests.concurrency.pair import Pair
from tests.concurrency.stage import Stage
from tests.processes import Site

SAVE_EVERY_S = 3.0  # each editor, on average
SECONDS = 60.0
SETTLE_S = 3.0
PATIENCE_S = 120.0
WARM_UP_SAVES = 2


@dataclass
class Measured:
    saves: int
    seconds: float
    save_ms: list[float]
    told_ms: list[float]
    bytes_a_reader: float
    cpu_share: float
    own_share: float
    troubles: list[str]


class Editor(Person):
    """Writes as a person at work does: a row, and a pause."""

    def __init__(self, pair: Pair, stage: Stage, number: int) -> None:
        super().__init__(
            pair, Ledger(), stage["transcript"], stage["sessions"][number], stage["people"][number], number
        )
        self.saves: dict[tuple[str, int], tuple[float, float]] = {}
        """By the row and its version: when it was sent, when it was answered."""

    async def write(self, seconds: float) -> None:
        until = monotonic() + seconds
        await asyncio.sleep(self.random.uniform(0, SAVE_EVERY_S))
        while monotonic() < until:
            pk, row = self.some_row()
            begun = monotonic()
            fields: dict[str, object] = {
                "text": self.changed(row.text),
                "base_version": row.version,
                "request_key": uuid4().hex,
            }
            answer = await self.page.get(f"/utterances/{pk}/", fields)
            if answer.status == 200:
                self.page.bring(answer.text)
                self.saves[str(pk), self.page.rows[pk].version] = begun, monotonic()
            await asyncio.sleep(self.random.uniform(0.5, 1.5) * SAVE_EVERY_S)


async def until(done: Callable[[], bool]) -> None:
    """Or for so long that something must be wrong."""
    end = monotonic() + PATIENCE_S
    while not done() and monotonic() < end:
        await asyncio.sleep(0.1)


async def audience(site: Site, stage: Stage, *, editors: int) -> Measured:
    """The first so many people of the stage write, all others read."""
    async with Pair(site) as pair:
        people = [Editor(pair, stage, number) for number in range(editors)]
        readers = [
            Page(pair, stage["transcript"], session, 1000 + number)
            for number, session in enumerate(stage["sessions"][editors:])
        ]
        for page in (*(person.page for person in people), *readers[: len(pair.ports)]):
            await page.load()
        streams = [asyncio.create_task(person.page.live()) for person in people]
        # Everything is loaded before anything is measured.
        await asyncio.gather(*(person.write(WARM_UP_SAVES * SAVE_EVERY_S) for person in people))
        before = sum(pair.memory().values())
        for reader in readers:
            reader.rows, reader.version = {}, people[0].page.version
            streams.append(asyncio.create_task(reader.live()))
        await until(lambda: all(reader.is_connected for reader in readers))
        await asyncio.sleep(SETTLE_S)
        after = sum(pair.memory().values())
        told: dict[tuple[str, int], list[float]] = defaultdict(list)

        def on_change(change: dict[str, Any]) -> None:
            now = monotonic()
            for key in change["rows"].items():
                told[key].append(now)

        for page in (*(person.page for person in people), *readers):
            page.on_change = on_change
        for person in people:
            person.saves.clear()
        begun, cpu, own = monotonic(), pair.cpu(), sum(os.times()[:2])
        await asyncio.gather(*(person.write(SECONDS) for person in people))
        seconds = monotonic() - begun
        shares = (pair.cpu() - cpu) / seconds, (sum(os.times()[:2]) - own) / seconds
        saves = {key: times for person in people for key, times in person.saves.items()}
        pages = len(people) + len(readers)
        await until(lambda: all(len(told[key]) >= pages for key in saves))
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
        missed = sum(len(told[key]) < pages for key in saves)
        troubles = pair.troubles + ([f"{missed} saves did not come to all {pages} pages"] if missed else [])
        return Measured(
            saves=len(saves),
            seconds=seconds,
            save_ms=[1000 * (answered - sent) for sent, answered in saves.values()],
            told_ms=[1000 * (heard - sent) for key, (sent, _answered) in saves.items() for heard in told[key]],
            bytes_a_reader=(after - before) / max(1, len(readers)),
            cpu_share=shares[0],
            own_share=shares[1],
            troubles=troubles,
        )
