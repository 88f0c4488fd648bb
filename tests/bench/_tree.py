"""What a command costs with all the processes that it starts. Linux."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_POLL_S = 0.005


class Cost(NamedTuple):
    seconds: float
    cpu_s: float
    peak_bytes: int
    """The most resident memory at any one moment, summed over all processes; what they share counts for each."""


def measure(command: Sequence[str], *, environment: Mapping[str, str], cwd: Path | None = None) -> Cost:
    """Run `command` to its end. Raises `CalledProcessError` where it fails."""
    before, begun = os.times(), time.monotonic()
    with subprocess.Popen(
        command, env=environment, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _sum_resident_bytes(process.pid))
            time.sleep(_POLL_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    after = os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(time.monotonic() - begun, cpu_s, peak)


def _sum_resident_bytes(pid: int, parents_command: bytes = b"") -> int:
    folder = Path("/proc") / str(pid)
    try:
        command = (folder / "cmdline").read_bytes()
        if command == parents_command:  # It has not begun its own program, and still borrows the parent's memory.
            return 0
        total = int((folder / "statm").read_text().split()[1]) * _PAGE_BYTES
        children = [int(child) for task in folder.glob("task/*/children") for child in task.read_text().split()]
    except (OSError, IndexError):  # It has just ended.
        return 0
    return total + sum(_sum_resident_bytes(child, command) for child in children)
