"""The audio tools in a child process with limits, so that a hostile file cannot hurt the caller.

The child (`python -m transcripts.audio`) gets one task as JSON on its command line and answers by one JSON line, with
lines of progress before it. It sets its own limits before it loads a decoder: running code between fork and exec, as
`preexec_fn` does, is unsafe in a caller with threads. It ends by itself where its parent is gone.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from transcripts.audio.results import MAX_PART_BYTES, MAX_PART_MS, AudioInfo, NotAudio, Part, Prepared, Reason

log = logging.getLogger(__name__)

_POLL_S = 0.5
_MAX_ANSWER_BYTES = 4 * 1024 * 1024  # progress lines of the longest recording, ten times over
_ROOT = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "TMPDIR")
# Signals by which others end a process: no word about the file.
_FOREIGN_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL})


class Cancelled(Exception):
    """The caller's `cancelled` said so."""


class ToolFailed(OSError):
    """The machine's trouble, not the file's (no space left, child killed from outside): trying again may help."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: bytes of address space, seconds of CPU, bytes of one file, seconds by the clock."""

    memory_bytes: int
    cpu_s: int
    file_bytes: int
    wall_s: int


_PROBE_LIMITS = Limits(memory_bytes=1 << 30, cpu_s=60, file_bytes=1 << 20, wall_s=180)


def _limits_for(source: Path) -> Limits:
    """By the longest recording that this many bytes usually hold (200 bytes a second), up to the 12 h decoded at most.

    A second of sound costs 0.011 s of CPU on a server of 2026, and 12 kB of playback copy.
    """
    longest_s = min(source.stat().st_size // 200, 12 * 3600)
    cpu_s = 120 + longest_s // 10
    return Limits(1 << 30, cpu_s, (64 << 20) + longest_s * 20_000, 60 + 2 * cpu_s)


def probe(path: Path, *, cancelled: Callable[[], bool] | None = None) -> AudioInfo:
    """As `probe.probe`. Raises `NotAudio`, `ToolFailed`, `Cancelled`, or `OSError` for a missing file."""
    path.stat()
    return AudioInfo(**_run("probe", {"path": str(path.absolute())}, _PROBE_LIMITS, cancelled, None))


def convert_for_api(
    source: Path,
    target: Path,
    *,
    channels: int = 1,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """As `convert.convert_for_api`. Raises as `probe` does, and whatever `on_progress` raises."""
    with _beside(target) as (made,):
        task = {"source": str(source.absolute()), "target": str(made), "channels": channels}
        return int(_run("convert", task, _limits_for(source), cancelled, on_progress)["duration_ms"])


def split_for_api(
    source: Path,
    folder: Path,
    *,
    channels: int = 1,
    max_part_ms: int = MAX_PART_MS,
    max_bytes: int = MAX_PART_BYTES,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[Part]:
    """As `split.split_for_api`, but `folder` appears with all parts at once, or not at all.

    Where it exists already (another worker was quicker) its parts stay. Raises as `probe` does, and whatever
    `on_progress` raises.
    """
    task: dict[str, object] = {"channels": channels, "max_part_ms": max_part_ms, "max_bytes": max_bytes}
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.absolute().parent, ignore_cleanup_errors=True) as name:
        made = Path(name) / folder.name
        made.mkdir()
        task |= {"source": str(source.absolute()), "folder": str(made)}
        _run("split", task, _limits_for(source), cancelled, on_progress)
        try:
            made.rename(folder)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
    return Part.all_in(folder)


def make_playback(
    source: Path,
    playback: Path,
    peaks: Path,
    *,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Prepared:
    """As `playback.make_playback`. Raises as `probe` does, and whatever `on_progress` raises."""
    with _beside(playback, peaks) as (made, made_peaks):
        task = {"source": str(source.absolute()), "playback": str(made), "peaks": str(made_peaks)}
        return Prepared(**_run("playback", task, _limits_for(source), cancelled, on_progress))


@contextmanager
def _beside(*targets: Path) -> Iterator[tuple[Path, ...]]:
    """Names in new folders beside `targets`, moved to these at the end; nothing is left where that is not reached."""
    with ExitStack() as stack:
        names = []
        for target in targets:
            folder = tempfile.TemporaryDirectory(
                prefix=".part-", dir=target.absolute().parent, ignore_cleanup_errors=True
            )
            names.append(Path(stack.enter_context(folder)) / target.name)
        yield tuple(names)
        for name, target in zip(names, targets, strict=True):
            name.replace(target)


def _run(
    verb: str,
    task: Mapping[str, object],
    limits: Limits,
    cancelled: Callable[[], bool] | None,
    on_progress: Callable[[int], None] | None,
) -> dict[str, Any]:
    """One child from start to answer; it never outlives this call."""
    with tempfile.TemporaryFile() as errors:
        child = _start(verb, {**task, "limits": asdict(limits), "parent": os.getpid()}, errors)
        try:
            assert child.stdout is not None  # noqa: S101 -- asked for above
            answer = _listen(child.stdout, limits.wall_s, cancelled, on_progress)
            code = child.wait(timeout=10)
        except subprocess.TimeoutExpired as error:
            raise NotAudio(Reason.LIMITS) from error
        finally:
            _end(child)
        return _result(answer, code, errors)


def _start(verb: str, task: Mapping[str, object], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment |= {
        "PYTHONPATH": str(_ROOT),
        "LC_ALL": "C.UTF-8",
        # Threads cost address space, and the work has one.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-s", "-m", "transcripts.audio", verb, json.dumps(task)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=environment,
        cwd="/",
        start_new_session=True,
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill the child's whole group, unless it has ended and been waited for: the id may be another's by then."""
    if child.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _listen(
    pipe: IO[bytes],
    wall_s: int,
    cancelled: Callable[[], bool] | None,
    on_progress: Callable[[int], None] | None,
) -> dict[str, Any]:
    """Read to the end of `pipe` and give the last answer, which is empty where the child died without one."""
    deadline = time.monotonic() + wall_s
    answer: dict[str, Any] = {}
    rest, size = b"", 0
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if cancelled is not None and cancelled():
                raise Cancelled
            if time.monotonic() > deadline or size > _MAX_ANSWER_BYTES:
                raise NotAudio(Reason.LIMITS)
            if not selector.select(_POLL_S):
                continue
            read = os.read(pipe.fileno(), 65536)
            if not read:
                return answer
            size += len(read)
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                answer = _parsed(line)
                if on_progress is not None and "done_ms" in answer:
                    on_progress(int(answer["done_ms"]))


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _result(answer: Mapping[str, Any], code: int, errors: IO[bytes]) -> dict[str, Any]:
    if "result" in answer:
        return dict(answer["result"])
    if "not_audio" in answer:
        raise NotAudio(answer["not_audio"])
    if "failed" in answer:
        raise ToolFailed(answer["failed"])
    errors.seek(0, os.SEEK_END)
    errors.seek(max(0, errors.tell() - 2000))
    log.warning("The audio tool ended with %d: %s", code, errors.read().decode(errors="replace"))
    if code < 0 and -code not in _FOREIGN_SIGNALS:
        raise NotAudio(Reason.LIMITS)  # CPU used up, or a decoder that crashed
    raise ToolFailed(f"The audio tool ended with {code}.")
