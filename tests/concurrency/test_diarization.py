"""Speakers are told apart once, whatever is killed and whenever, and what people do meanwhile stands."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.concurrency.test_kills import upload
from tests.processes import Site, Visitor, wait_for
from tests.voices import make_answer
from transcripts.flashserver.server import serve

pytestmark = pytest.mark.drill

MOMENTS = 3 if "DATABASE_URL" in os.environ else 6
STEP_SECONDS = 0.4
STATES = """
from transcripts.models import Diarization
for d in Diarization.objects.order_by("created_at"):
    labelled = d.transcript.changes.filter(details__diarization=str(d.pk)).count()
    print(d.transcript.recording_id, d.state, labelled, d.transcript.utterances.filter(speaker=None).count())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    answer = make_answer(["一二三四五六七八九"] * 3)
    with serve(script=[{"body": answer, "repeat": True}]) as flash:
        site = Site(
            tmp_path_factory.mktemp("voices"),
            FLASH_API_URL=flash.url,
            FLASH_API_KEY="key-of-the-tests",
            TELL_SPEAKERS_APART="on",
        )
        site.create_user("lin", "correct horse")
        site.start()
        try:
            yield site
        finally:
            site.stop()


def read_states(site: Site) -> dict[str, list[str]]:
    lines = site.manage("shell", "--no-imports", "--command", STATES).split("\n")
    return {line.split()[0]: line.split()[1:] for line in lines if line}


@pytest.mark.timeout(600)
def test_worker_that_is_killed_at_any_moment_leaves_one_result(site: Site) -> None:
    visitor = Visitor(site.url, "lin", "correct horse")
    accepted = []
    for moment in range(MOMENTS):
        accepted.append(upload(visitor, "zh_en_alternating.wav"))
        time.sleep(STEP_SECONDS * moment)
        pid = wait_for("worker", lambda: site.children().get("worker"))
        os.kill(pid, signal.SIGKILL)
        wait_for("another worker", lambda pid=pid: site.children().get("worker") not in {None, pid})  # type: ignore[misc]
    wait_for(
        "end of all work",
        lambda: len(states := read_states(site)) == MOMENTS and all(state[0] == "done" for state in states.values()),
        120,
        pause_s=1,
    )
    states = read_states(site)
    assert set(states) == set(accepted)
    # Each has its labels once and on all rows, or, of one voice, none.
    assert all(state[1:] in (["1", "0"], ["0", "3"]) for state in states.values()), states
    kept = [path.name for path in Path(site.data).glob("media/recordings/*/voices-*")]
    assert len(kept) == MOMENTS
