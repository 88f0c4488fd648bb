"""Ends with a run of the tests whatever it started, however the run itself ends, and removes its temporary files.

A run that is killed can stop nothing any more. So a process of its own watches it and afterwards kills everything that
has the run's mark in its environment: servers, workers, browsers, databases, in whatever session they are.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MARK = "TEST_RUN_FOLDER"
PATIENCE_S = 10


def guard_run() -> Path:
    """Puts this process and what it starts under guard, if it is not yet. Returns the run's temporary folder."""
    if MARK not in os.environ:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # Its folders outlive the run.
        folder = tempfile.mkdtemp(prefix="flashweb-run-")
        os.chmod(folder, 0o711)  # noqa: PTH101, S103  PostgreSQL runs as a user of its own.
        command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), folder]
        nothing = subprocess.DEVNULL
        subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True)
        os.environ[MARK] = os.environ["TMPDIR"] = folder
        tempfile.tempdir = None
    return Path(os.environ[MARK])


def processes_of(folder: str) -> list[int]:
    """The ids of the processes that the run with this folder started, those of them that still run."""
    mark = f"{MARK}={folder}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # It has ended, or is somebody else's.
            if mark in (process / "environ").read_bytes():
                found.append(int(process.name))
    return found


def end_with(run: int, folder: str) -> None:
    with contextlib.suppress(ProcessLookupError):
        select.select([os.pidfd_open(run)], [], [])
    until = time.monotonic() + PATIENCE_S
    while (left := processes_of(folder)) and time.monotonic() < until:
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    end_with(int(sys.argv[1]), sys.argv[2])
