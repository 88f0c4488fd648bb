"""The child of `sandbox`: `python -m transcripts.audio VERB TASK`, where TASK is JSON. Not for people."""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transcripts.audio.results import NotAudio, Reason

_TELL_EVERY_S = 0.5


def main() -> None:
    if sys.argv[1] == "encode":
        _encode(*sys.argv[2:])
        return
    verb, task = sys.argv[1], json.loads(sys.argv[2])
    _limit(task["limits"])
    threading.Thread(target=_end_with_parent, args=(task["parent"],), daemon=True).start()
    os.nice(5)  # whoever waits for a page goes first
    if verb == "playback":
        _go_last()
    try:
        answer: dict[str, object] = {"result": _do(verb, task)}
    except NotAudio as error:
        answer = {"not_audio": error.reason}
    except MemoryError:
        answer = {"not_audio": Reason.LIMITS}
    except OSError as error:
        answer = {"not_audio": Reason.LIMITS} if error.errno == errno.EFBIG else {"failed": str(error)}
    _tell(answer)


def _encode(channels: str, bits_per_s: str) -> None:
    """A helper of this child, with what is left of its limits."""
    from transcripts.audio import opus

    opus.serve(opus.Coding(int(channels), int(bits_per_s)))


def _do(verb: str, task: Mapping[str, Any]) -> Mapping[str, object]:
    """The decoder is loaded here, after the limits stand."""
    if verb == "probe":
        from transcripts.audio.probe import probe

        return asdict(probe(Path(task["path"])))
    if verb == "convert":
        from transcripts.audio.convert import convert_for_api

        source, target = Path(task["source"]), Path(task["target"])
        return {"duration_ms": convert_for_api(source, target, channels=task["channels"], on_progress=_Progress())}
    if verb == "split":
        from transcripts.audio.split import split_for_api

        limits = {name: task[name] for name in ("channels", "max_part_ms", "max_bytes")}
        parts = split_for_api(Path(task["source"]), Path(task["folder"]), **limits, on_progress=_Progress())
        return {"parts": len(parts)}
    from transcripts.audio.playback import make_playback

    names = (Path(task[name]) for name in ("source", "playback", "peaks"))
    return asdict(make_playback(*names, on_progress=_Progress()))


class _Progress:
    def __init__(self) -> None:
        self._told = time.monotonic()

    def __call__(self, done_ms: int) -> None:
        if time.monotonic() - self._told >= _TELL_EVERY_S:
            self._told = time.monotonic()
            _tell({"done_ms": done_ms})


def _tell(message: Mapping[str, object]) -> None:
    print(json.dumps(message), flush=True)


def _limit(limits: Mapping[str, int]) -> None:
    for kind, amount in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hardest = resource.getrlimit(kind)[1]
        # Five seconds more for the hard limit: reaching the soft one of RLIMIT_CPU tells itself by its own signal.
        ceiling = amount + 5 if hardest == resource.RLIM_INFINITY else min(amount + 5, hardest)
        with suppress(ValueError, OSError):  # macOS cannot limit the address space; Linux refuses none of these
            resource.setrlimit(kind, (min(amount, ceiling), ceiling))


def _go_last() -> None:
    """What is to be sent is wanted before what is to be played.

    Where Linux shares the processors among sessions (sched(7), "The autogroup feature"), a session of its own, such
    as this child's, takes a full share whatever its niceness: the session has one, too.
    """
    os.nice(5)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("5")


def _end_with_parent(parent: int) -> None:
    """A caller killed outright cannot end its child, which then belongs to another process."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
