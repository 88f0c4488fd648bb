"""Many people, one transcript, two web processes of which one is killed again and again: nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.concurrency.together import TOLD_AT_MOST, crowd, set_the_stage
from tests.processes import Site

PEOPLE, CHANGES = 10, 300


@pytest.mark.drill
@pytest.mark.timeout(900)
def test_everybody_has_the_same_and_nothing_accepted_is_lost(tmp_path: Path) -> None:
    site = Site(tmp_path / "data")
    stage = set_the_stage(site, PEOPLE, share=20)
    outcome = asyncio.run(crowd(site, stage, changes=CHANGES, pause_s=0.05, kill_every_s=2))
    assert outcome.faults[:TOLD_AT_MOST] == []
    assert outcome.kills
    # Most of what was tried was done.
    assert outcome.changes > CHANGES / 2, outcome.answers
