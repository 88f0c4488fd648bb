from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import children
from transcripts import limited_child
from transcripts.limited_child import ChildFailed, LimitExceeded, Limits, Refused, WorkCancelled, run

ROOT = Path(__file__).parents[1]
LIMITS = Limits(memory_bytes=1 << 29, cpu_s=30, file_bytes=1 << 20, wall_s=30)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(autouse=True, scope="module", params=[children.START, children.Forked], ids=["new", "forked"])
def _started_in_either_way(request: pytest.FixtureRequest) -> Iterator[None]:
    """As for people, and as in most tests."""
    with mock.patch.object(limited_child, "_start", request.param):
        yield


def work(kind: str, limits: Limits = LIMITS, **request: object) -> dict[str, Any]:
    return run("tests.limited_work", {"work": kind, **request}, limits)


@given(JSON)
@settings(max_examples=10, deadline=None)
def test_any_json_goes_in_and_comes_back(value: object) -> None:
    assert work("nothing", value=value) == {"request": {"work": "nothing", "value": value}}


def test_a_request_larger_than_a_pipe_holds_goes_in() -> None:
    assert len(work("nothing", value="话" * 300_000)["request"]["value"]) == 300_000


def test_a_refusal_keeps_its_reason() -> None:
    with pytest.raises(Refused) as refused:
        work("refuse")
    assert refused.value.reason == {"reason": "broken", "at": 3}


@pytest.mark.parametrize("kind", ["miss", "fail"])
def test_trouble_of_the_machine_or_the_program_is_no_word_about_the_file(kind: str) -> None:
    with pytest.raises(ChildFailed):
        work(kind)


def test_full_disk_is_known_as_such() -> None:
    with pytest.raises(ChildFailed) as failed:
        work("disk")
    assert failed.value.errno == errno.ENOSPC


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        ("hoard", LIMITS),
        ("fill", LIMITS),
        ("chatter", LIMITS),
        ("spin", Limits(1 << 29, cpu_s=1, file_bytes=0, wall_s=30)),
        ("sleep", Limits(1 << 29, cpu_s=30, file_bytes=0, wall_s=1)),
    ],
)
def test_each_limit_ends_the_work(tmp_path: Path, kind: str, limits: Limits) -> None:
    began = time.monotonic()
    with pytest.raises(LimitExceeded):
        work(kind, limits, file=str(tmp_path / "file"))
    assert time.monotonic() - began < 25


def test_the_caller_cancels_by_a_word_or_an_exception() -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(WorkCancelled):
        run("tests.limited_work", {"work": "sleep"}, LIMITS, cancelled=cancelled)

    def interrupt(progress: int) -> None:
        raise InterruptedError(progress)

    with pytest.raises(InterruptedError):
        run("tests.limited_work", {"work": "spin"}, LIMITS, on_progress=interrupt)


def test_server_that_forks_outlives_those_who_are_killed() -> None:
    for sent in (b"", b"/tmp"):
        line, pipe = children.connect("tests.limited_work"), os.pipe()
        if sent:
            socket.send_fds(line, [sent], [pipe[0], pipe[1], pipe[1]])
        line.close()
        os.close(pipe[0])
        os.close(pipe[1])
    assert work("nothing")


def test_the_child_ends_at_once_when_its_caller_is_killed() -> None:
    code = (
        "from transcripts.limited_child import Limits, run;"
        "run('tests.limited_work', {'work': 'spin'}, Limits(1 << 29, 60, 0, 60),"
        " on_progress=lambda progress: print(progress, flush=True))"
    )
    caller = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert caller.stdout is not None
    with caller, caller.stdout as lines:
        lines.readline()
        children = Path(f"/proc/{caller.pid}/task/{caller.pid}/children").read_text().split()
        assert len(children) == 1
        caller.kill()
    deadline = time.monotonic() + 10
    while (running := Path(f"/proc/{children[0]}").exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running
