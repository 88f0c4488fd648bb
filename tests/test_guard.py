"""What a run of the tests leaves behind when it is killed: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guard import MARK, processes_of
from tests.machine import postgres_bin, skip_without
from tests.processes import ROOT, wait_for

pytestmark = pytest.mark.drill

# A process that belongs to no session or group of the run and is deaf to what may be ignored.
LEFT_BEHIND = """
import signal, subprocess, sys, time
from pathlib import Path

def test_hangs():
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True, stdout=subprocess.PIPE)
    process.stdout.readline()
    Path(__file__).with_name("started").touch()
    time.sleep(600)
"""


def killed(command: list[str], started: Path) -> str:
    """Runs this until the file is there, kills the one process, and returns its run's folder."""
    own = {MARK, "TMPDIR", "FLASHWEB_DATA", "DATABASE_URL", "PYTEST_DEBUG_TEMPROOT"}
    environment = {
        name: value for name, value in os.environ.items() if name not in own and not name.startswith("PYTEST_XDIST")
    }
    run = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env={**environment, "TMPDIR": str(started.parent)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for("start", lambda: started.exists() or run.poll() is not None)
    assert run.poll() is None, "it has ended by itself"
    (folder,) = started.parent.glob("flashweb-run-*")
    run.send_signal(signal.SIGKILL)
    run.wait()
    return str(folder)


def ended(run: str) -> bool:
    return not processes_of(run) and not Path(run).exists()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to the user that PostgreSQL runs as, which a `tmp_path` is not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.mark.parametrize("workers", [0, 1])
def test_killed_run_of_pytest_leaves_nothing_behind(folder: Path, workers: int) -> None:
    test = folder / "test_hangs.py"
    test.write_text(LEFT_BEHIND)
    options = ["-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), f"-n{workers}"]
    run = killed(["pytest", *options, str(test)], folder / "started")
    wait_for("end of all that it started", lambda: ended(run))


@pytest.mark.postgres
def test_killed_database_of_the_tests_leaves_nothing_behind(folder: Path) -> None:
    if postgres_bin() is None:
        skip_without("PostgreSQL")
    touch = f"import pathlib, time; pathlib.Path({str(folder / 'started')!r}).touch(); time.sleep(600)"
    run = killed(["tests.postgres", sys.executable, "-c", touch], folder / "started")
    wait_for("end of all that it started", lambda: ended(run))
