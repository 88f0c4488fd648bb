"""Work on strangers' files in a child process with limits, so that a hostile file cannot hurt the caller.

`python -m transcripts.limited_child MODULE` reads one JSON line from standard input, limits itself, imports MODULE and
answers what its `serve(request, report)` returns by one JSON line, with lines of progress before it. The limits stand
before the module is loaded: running code between fork and exec, as `preexec_fn` does, is unsafe in a caller with
threads. The child ends when its standard input closes, so it never outlives a caller that was killed.
"""

from __future__ import annotations

import errno
import importlib
import json
import logging
import os
import resource
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

log = logging.getLogger(__name__)

_POLL_S = 0.5
_REPORT_EVERY_S = 0.5
_ROOT = Path(__file__).resolve().parents[1]
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "TMPDIR")
# Signals that others use to end a process say nothing about the file.
_FOREIGN_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL})


class Refused(Exception):
    """The file itself is the trouble; `reason` is what the module gave, and passes through JSON."""

    def __init__(self, reason: Any) -> None:
        self.reason = reason
        super().__init__(str(reason))


class LimitExceeded(Exception):
    """The child used more than its `Limits` allow, or crashed over the file: trying again cannot help."""


class ChildFailed(OSError):
    """The machine's trouble, not the file's (no space left, child killed from outside): trying again may help.

    `errno` is the child's, if it had one.
    """


class WorkCancelled(Exception):
    """The caller's `cancelled` said so."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use: bytes of address space, CPU seconds, bytes a file, wall-clock seconds, answer bytes."""

    memory_bytes: int
    cpu_s: int
    file_bytes: int
    wall_s: int
    answer_bytes: int = 4 << 20  # the progress lines of the longest recording, ten times over


def run(
    module: str,
    request: Mapping[str, object],
    limits: Limits,
    *,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """What `serve(request, report)` of `module` returns in a child, which never outlives this call.

    Raises `Refused`, `LimitExceeded`, `ChildFailed`, `WorkCancelled`, and whatever `on_progress` raises.
    """
    with tempfile.TemporaryFile() as errors:
        child = _start(module, errors)
        try:
            _send(child, {"request": request, "limits": asdict(limits)})
            answer = _read_answer(child, limits, cancelled, on_progress)
            code = child.wait(timeout=10)
        except subprocess.TimeoutExpired as error:
            raise LimitExceeded from error
        finally:
            _end(child)
        return _result(answer, code, errors)


def _start(module: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-s", "-m", "transcripts.limited_child", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=child_environment(),
        cwd="/",
        start_new_session=True,
    )


def child_environment() -> dict[str, str]:
    """The variables of a child: few of the caller's, and none of its secrets."""
    return {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ} | {
        "PYTHONPATH": str(_ROOT),
        "LC_ALL": "C.UTF-8",
        # Threads and their arenas (64 MB each) cost address space, and the work has one.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "1",
    }


def _send(child: subprocess.Popen[bytes], task: Mapping[str, object]) -> None:
    """The pipe stays open: the child ends when it closes."""
    if child.stdin is not None:
        with suppress(BrokenPipeError):  # the child is gone already, which its exit code explains
            child.stdin.write(json.dumps(task).encode() + b"\n")
            child.stdin.flush()


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child's whole group, unless it was waited for: its id may belong to another process by then."""
    if child.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _read_answer(
    child: subprocess.Popen[bytes],
    limits: Limits,
    cancelled: Callable[[], bool] | None,
    on_progress: Callable[[int], None] | None,
) -> dict[str, Any]:
    """Read to the end of the child's output and give its last line, empty where it died without an answer."""
    assert child.stdout is not None  # noqa: S101 -- asked for in `_start`
    deadline = time.monotonic() + limits.wall_s
    answer: dict[str, Any] = {}
    unread, size = bytearray(), 0
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while True:
            if cancelled is not None and cancelled():
                raise WorkCancelled
            if time.monotonic() > deadline or size > limits.answer_bytes:
                raise LimitExceeded
            if not selector.select(_POLL_S):
                continue
            block = os.read(child.stdout.fileno(), 65536)
            if not block:
                return answer
            size += len(block)
            unread += block
            if b"\n" not in block:
                continue
            *lines, unread = unread.split(b"\n")
            for line in lines:
                answer = _parse_line(line)
                if on_progress is not None and "progress" in answer:
                    on_progress(int(answer["progress"]))


def _parse_line(line: bytes | bytearray) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _result(answer: Mapping[str, Any], code: int, errors: IO[bytes]) -> dict[str, Any]:
    if "result" in answer:
        return dict(answer["result"])
    if "refused" in answer:
        raise Refused(answer["refused"])
    if "limit" in answer:
        raise LimitExceeded
    if "failed" in answer:
        raise ChildFailed(*answer["failed"])
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 2000))
    log.warning("A limited child ended with %d: %s", code, errors.read().decode(errors="replace"))
    if code < 0 and -code not in _FOREIGN_SIGNALS:
        raise LimitExceeded  # CPU used up, or a decoder that crashed
    raise ChildFailed(f"The child ended with {code}.")


def main() -> None:
    """The child's side."""
    task = json.loads(sys.stdin.buffer.readline())
    _limit_resources(Limits(**task["limits"]))
    threading.stack_size(1 << 18)
    end_when_closed(sys.stdin.fileno())
    os.nice(5)  # people who wait for a page go first
    answer: dict[str, object]
    try:
        answer = {"result": importlib.import_module(sys.argv[1]).serve(task["request"], ProgressReport())}
    except Refused as refusal:
        answer = {"refused": refusal.reason}
    except (MemoryError, LimitExceeded):
        answer = {"limit": True}
    except OSError as error:
        answer = {"limit": True} if error.errno == errno.EFBIG else {"failed": [error.errno, str(error)]}
    try:
        _print_line(answer)
    except MemoryError:
        _print_line({"limit": True})


class ProgressReport:
    """Passes what it is called with on to the caller's `on_progress`, at most twice a second."""

    def __init__(self) -> None:
        self._reported = time.monotonic()

    def __call__(self, progress: int) -> None:
        if time.monotonic() - self._reported >= _REPORT_EVERY_S:
            self._reported = time.monotonic()
            _print_line({"progress": progress})


def _print_line(message: Mapping[str, object]) -> None:
    print(json.dumps(message), flush=True)


def _limit_resources(limits: Limits) -> None:
    for kind, amount in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        # The hard limit is 5 s above: the soft one of RLIMIT_CPU has a signal of its own, which tells the caller.
        ceiling = amount + 5 if hard == resource.RLIM_INFINITY else min(amount + 5, hard)
        with suppress(ValueError, OSError):  # macOS cannot limit the address space; Linux refuses none of these
            resource.setrlimit(kind, (min(amount, ceiling), ceiling))


def end_when_closed(pipe: int) -> None:
    """End this process when the other end of the file descriptor `pipe` closes, as it does however its holder dies."""

    def watch() -> None:
        while os.read(pipe, 4096):
            pass
        os._exit(1)

    threading.Thread(target=watch, name="end-when-closed", daemon=True).start()


if __name__ == "__main__":
    # By its name, so that the module served raises the same `Refused` as is caught here.
    importlib.import_module("transcripts.limited_child").main()
