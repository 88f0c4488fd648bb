"""The proof, whole: a stage, two web processes, a crowd, kills; then everything is compared."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from time import monotonic

from tests.concurrency.crowd import Ledger, Person
from tests.concurrency.page import Page
from tests.concurrency.pair import Pair
from tests.concurrency.proof import Told, faults
from tests.concurrency.stage import Stage
from tests.processes import ROOT, Site

CATCH_UP_S = 180
TOLD_AT_MOST = 12


@dataclass
class Outcome:
    faults: list[str]
    changes: int
    answers: Counter[str]
    kills: int
    seconds: float
    own_cpu: float
    """Seconds that the people computed, on the same machine."""
    late: float
    """Seconds until every page had been told everything, after the last change."""


def set_the_stage(site: Site, people: int, share: int) -> Stage:
    done = _in_the_house(site, "make", str(people), str(share))
    stage: Stage = json.loads(done)
    return stage


def read_state(site: Site, stage: Stage) -> Told:
    file = site.data / "told.json"
    _in_the_house(site, "dump", stage["transcript"], str(file))
    return Told.read(json.loads(file.read_text()))


def _in_the_house(site: Site, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.concurrency.stage", *arguments],
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def crowd(site: Site, stage: Stage, *, changes: int, pause_s: float, kill_every_s: float) -> Outcome:
    """Has everybody of the stage change the transcript so often together, while processes are killed."""
    before = read_state(site, stage)
    async with Pair(site) as pair:
        ledger = Ledger(left=changes)
        people = [
            Person(pair, ledger, stage["transcript"], session, pk, number)
            for number, (session, pk) in enumerate(zip(stage["sessions"], stage["people"], strict=True))
        ]
        await asyncio.gather(*(person.page.load() for person in people))
        begun, own = monotonic(), sum(os.times()[:2])
        streams = [asyncio.create_task(person.page.live()) for person in people]
        killer = asyncio.create_task(pair.kill_now_and_then(kill_every_s))
        await asyncio.gather(*(person.work(pause_s) for person in people))
        seconds = monotonic() - begun
        own = sum(os.times()[:2]) - own
        killer.cancel()
        await asyncio.gather(killer, return_exceptions=True)
        await asyncio.gather(*map(pair.answers, pair.ports))
        after = read_state(site, stage)
        begun = monotonic()
        await _caught_up([person.page for person in people], after.version)
        late = monotonic() - begun
        apart = await _apart([person.page for person in people], after.version)
        for stream in streams:
            stream.cancel()
        died = [
            result
            for result in await asyncio.gather(*streams, return_exceptions=True)
            if not isinstance(result, asyncio.CancelledError)
        ]
        found = [*map(repr, died), *pair.troubles, *apart, *faults(before, after, ledger.requests)]
        answers = Counter(f"{request.kind} {request.status}" for request in ledger.requests)
        return Outcome(found, after.version - before.version, answers, pair.kills, seconds, own, late)


async def _caught_up(pages: list[Page], version: int) -> None:
    until = monotonic() + CATCH_UP_S
    while any(page.version < version or page.wanted for page in pages) and monotonic() < until:
        await asyncio.sleep(0.1)


async def _apart(pages: list[Page], version: int) -> list[str]:
    """Where a page that has been told everything shows something else than one that is opened now."""
    found = [f"a page was told of {page.version} versions of {version}" for page in pages if page.version < version]
    fresh = Page(pages[0].pair, pages[0].path.split("/")[2], pages[0].session, 0)
    await fresh.load()
    for number, page in enumerate(pages):
        rows = page.rows
        if rows.keys() != fresh.rows.keys():
            differ = sorted(rows.keys() ^ fresh.rows.keys())
            found.append(f"page {number} has not the same rows: {differ[:TOLD_AT_MOST]}")
        for pk in rows.keys() & fresh.rows.keys():
            mine, theirs = rows[pk], fresh.rows[pk]
            if mine.words is None:
                mine = mine._replace(words=theirs.words)
            if mine != theirs:
                found.append(f"page {number} shows in row {pk} {mine} and not {theirs}")
    return found
