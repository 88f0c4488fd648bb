"""Writers of SQLite take turns, in the order in which they came, over all threads and processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from django.db import OperationalError, connection, transaction

from flashweb.sqlite3.base import ASKING, Line, line_of
from tests.processes import wait_for

PATIENCE_S = 30

HOLD = """
import sys
from pathlib import Path
from flashweb.sqlite3.base import Line
line = Line(Path(sys.argv[1]))
line.enter()
print("in", flush=True)
sys.stdin.readline()
line.leave()
print("out", flush=True)
"""

INTERRUPTED = """
import signal, sys
from pathlib import Path
from flashweb.sqlite3.base import Line

def interrupt(*_):
    raise KeyboardInterrupt

line = Line(Path(sys.argv[1]))
signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try:
    line.enter()
except KeyboardInterrupt:
    print("interrupted", flush=True)
line.enter()
print("in", flush=True)
"""

FORKED = """
import os, signal, sys
from pathlib import Path
from django.db import OperationalError
from flashweb.sqlite3.base import Line, line_of
line = line_of(sys.argv[1])
line.enter()
if os.fork():
    sys.stdin.readline()
    os._exit(0)  # as if it had been killed: nothing is left or closed
line.leave()  # as Django's connections do when the child closes them
try:
    Line(Path(sys.argv[1] + ".line"), wait_s=0.2).enter()
except OperationalError:
    print(os.getpid(), flush=True)
signal.alarm(60)
signal.pause()
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str, Path], subprocess.Popen[str]]]:
    """Runs a script with the path of a line's file in another process."""
    started = []

    def start(script: str, file: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, str(file)]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def holder(start: Callable[[str, Path], subprocess.Popen[str]], tmp_path: Path) -> subprocess.Popen[str]:
    """Another process, whose turn it is until it reads a line."""
    process = start(HOLD, tmp_path / "line")
    assert says(process) == "in"
    return process


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def is_refused(line: Line) -> bool:
    try:
        line.enter()
    except OperationalError as error:
        return str(error) == "database is locked"
    return False


def in_threads(count: int, work: Callable[[], object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, daemon=True) for _number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_writers_get_their_turn_in_the_order_of_their_coming(tmp_path: Path) -> None:
    line, came = Line(tmp_path / "line"), []

    def write(number: int) -> None:
        line.enter()
        came.append(number)
        line.leave()

    line.enter()
    threads = []
    for number in range(20):
        threads.append(threading.Thread(target=write, args=[number]))
        threads[-1].start()
        wait_for("thread in the line", lambda: len(line._waiting) == len(threads), pause_s=0.001)
    line.leave()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert came == list(range(20))


def test_writers_wait_for_another_process_until_it_leaves(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    line, came = Line(tmp_path / "line"), []

    def write() -> None:
        line.enter()
        came.append(holder.poll())
        line.leave()

    threads = in_threads(3, write)
    wait_for("two threads in the line", lambda: len(line._waiting) == 2)
    assert came == []
    let_go(holder)
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(came) == 3


def test_process_that_is_killed_lets_the_next_one_in(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    line, entered = Line(tmp_path / "line"), threading.Event()

    def wait() -> None:
        line.enter()
        entered.set()

    in_threads(1, wait)
    assert not entered.wait(0.2)
    holder.kill()
    assert entered.wait(PATIENCE_S)


def test_one_deadline_holds_for_the_wait_in_the_line_and_at_the_file(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    line, refused = Line(tmp_path / "line", wait_s=1), []
    begun = monotonic()
    # One after the other they would wait for 40 s.
    for thread in in_threads(40, lambda: refused.append(is_refused(line))):
        thread.join(PATIENCE_S)
    assert monotonic() - begun >= 1
    assert refused == [True] * 40


def test_turn_that_came_too_late_is_given_back(
    tmp_path: Path, holder: subprocess.Popen[str], start: Callable[[str, Path], subprocess.Popen[str]]
) -> None:
    line = Line(tmp_path / "line", wait_s=0.1)
    assert [is_refused(line) for _time in range(3)] == [True] * 3
    # Those who gave up left one wait between them, not one each.
    wait_for("one wait", lambda: sum(thread.name == ASKING for thread in threading.enumerate()) == 1)
    let_go(holder)
    assert says(holder) == "out"
    assert says(start(HOLD, tmp_path / "line")) == "in"
    assert is_refused(line)


def test_writer_who_comes_after_one_that_gave_up_gets_the_turn(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    line = Line(tmp_path / "line", wait_s=0.1)
    assert is_refused(line)
    line._wait_s = PATIENCE_S
    let_go(holder)
    line.enter()
    line.leave()
    assert not line._taken


def test_wait_that_is_interrupted_leaves_the_line(
    tmp_path: Path, holder: subprocess.Popen[str], start: Callable[[str, Path], subprocess.Popen[str]]
) -> None:
    other = start(INTERRUPTED, tmp_path / "line")
    assert says(other) == "interrupted"
    let_go(holder)
    assert says(other) == "in"


def test_file_that_cannot_be_locked_gives_the_turn_back(tmp_path: Path) -> None:
    line = Line(tmp_path / "line")
    assert line._file is not None
    line._file.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        line.enter()
    assert not line._taken
    line.enter()
    line.leave()


def test_file_that_cannot_be_unlocked_gives_the_turn_back(
    tmp_path: Path, start: Callable[[str, Path], subprocess.Popen[str]]
) -> None:
    line = Line(tmp_path / "line")
    line.enter()
    assert line._file is not None
    line._file.close()
    line.leave()
    assert not line._taken
    assert says(start(HOLD, tmp_path / "line")) == "in"


def test_forked_process_has_no_part_in_the_turn_of_its_parent(
    tmp_path: Path, start: Callable[[str, Path], subprocess.Popen[str]]
) -> None:
    forked = start(FORKED, tmp_path / "database")
    child = int(says(forked))
    line = Line(tmp_path / "database.line", wait_s=0.1)
    assert is_refused(line)
    let_go(forked)
    line._wait_s = PATIENCE_S
    line.enter()  # though the child lives
    os.kill(child, signal.SIGKILL)


@pytest.mark.django_db(transaction=True)
def test_line_is_left_however_a_transaction_ends() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has one writer.")
    line = line_of(str(connection.settings_dict["NAME"]))
    with transaction.atomic():
        assert line._taken
    assert not line._taken
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert not line._taken
    with transaction.atomic():
        connection.close()
    assert not line._taken


@pytest.mark.django_db(transaction=True)
def test_save_that_gets_no_turn_is_refused_and_the_next_one_succeeds(
    start: Callable[[str, Path], subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has one writer.")
    name = str(connection.settings_dict["NAME"])
    monkeypatch.setattr(line_of(name), "_wait_s", 0.1)
    holder = start(HOLD, Path(f"{name}.line"))
    assert says(holder) == "in"
    with pytest.raises(OperationalError, match="database is locked"), transaction.atomic():
        pass
    let_go(holder)
    monkeypatch.setattr(line_of(name), "_wait_s", PATIENCE_S)
    with transaction.atomic():
        pass
