"""The audio tools in a limited child, so that a hostile file cannot hurt the caller."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transcripts import limited_child
from transcripts.audio.results import (
    MAX_PART_BYTES,
    MAX_PART_MS,
    AudioInfo,
    AudioPart,
    NotAudio,
    Prepared,
    Reason,
)
from transcripts.limited_child import ChildFailed as ChildFailed
from transcripts.limited_child import LimitExceeded, Limits, Refused
from transcripts.limited_child import WorkCancelled as WorkCancelled
from transcripts.places import Places

if TYPE_CHECKING:
    from transcripts.audio.mixing import Samples

_PROBES = Places(2, waiting=6, longest_wait_s=45)  # fewer than the threads that answer requests with files
_PROBE_LIMITS = Limits(memory_bytes=1 << 30, cpu_s=60, file_bytes=1 << 20, wall_s=180)


def _estimate_limits(source: Path) -> Limits:
    """Allow for the longest recording that this many bytes usually hold (200 bytes a second), at most 12 h.

    A second of sound costs 0.011 s of CPU on a server of 2026, and 12 kB of playback copy.
    """
    longest_s = min(source.stat().st_size // 200, 12 * 3600)
    cpu_s = 120 + longest_s // 10
    return Limits(1 << 30, cpu_s, (64 << 20) + longest_s * 20_000, 60 + 2 * cpu_s)


def probe(path: Path, *, track: int | None = None, cancelled: Callable[[], bool] | None = None) -> AudioInfo:
    """Do as `probe.probe`. Raises `NotAudio`, `ChildFailed`, `WorkCancelled`, or `OSError` for a missing file."""
    path.stat()
    request = {"source": str(path.absolute()), "track": track}
    return AudioInfo.from_json(_run("probe", request, _PROBE_LIMITS, cancelled, None))


def probe_in_turn(path: Path, *, track: int | None = None) -> AudioInfo:
    """Do as `probe`, few at once: for those who wait for an answer. Raises `Busy` too."""
    with _PROBES.hold():
        return probe(path, track=track)


def decode(
    source: Path, *, rate_hz: int, channels: int | None, limit_ms: int, cancelled: Callable[[], bool] | None = None
) -> Samples:
    """All of `source` as an array of shape (channels, samples); with `channels` None, the source's own one or two.

    Raises as `probe` does.
    """
    limits = _estimate_limits(source)
    limits = replace(limits, file_bytes=limit_ms * rate_hz * 2 * 4 // 1000 + (1 << 20))
    with tempfile.NamedTemporaryFile(prefix="samples-") as target:
        options = {"rate_hz": rate_hz, "channels": channels, "limit_ms": limit_ms}
        task = {"source": str(source.absolute()), "target": target.name, "options": options}
        found = _run("decode", task, limits, cancelled, None)["channels"]
        import numpy as np  # Callers of the other tools do without it.

        return np.fromfile(target.name, np.float32).reshape(-1, found).T


def convert_for_api(
    source: Path,
    target: Path,
    *,
    channels: int = 1,
    track: int | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Do as `convert.convert_for_api`. Raises as `probe` does, and whatever `on_progress` raises."""
    with _write_atomically(target) as (made,):
        task = {"source": str(source.absolute()), "target": str(made), "channels": channels, "track": track}
        return int(_run("convert", task, _estimate_limits(source), cancelled, on_progress)["duration_ms"])


def split_for_api(
    source: Path,
    folder: Path,
    *,
    channels: int = 1,
    track: int | None = None,
    max_part_ms: int = MAX_PART_MS,
    max_bytes: int = MAX_PART_BYTES,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[AudioPart]:
    """Do as `split.split_for_api`, but `folder` appears with all parts at once, or not at all.

    Where it exists already (another worker was quicker), its parts stay. Raises as `probe` does, and whatever
    `on_progress` raises.
    """
    task: dict[str, object] = {"channels": channels, "track": track, "max_part_ms": max_part_ms, "max_bytes": max_bytes}
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.absolute().parent, ignore_cleanup_errors=True) as name:
        made = Path(name) / folder.name
        made.mkdir()
        task |= {"source": str(source.absolute()), "folder": str(made)}
        _run("split", task, _estimate_limits(source), cancelled, on_progress)
        try:
            made.rename(folder)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
    return AudioPart.list_in(folder)


def make_playback(
    source: Path,
    playback: Path,
    peaks: Path,
    *,
    track: int | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Do as `playback.make_playback`. Raises as `probe` does, and whatever `on_progress` raises."""
    with _write_atomically(playback, peaks) as (made, made_peaks):
        task = {"source": str(source.absolute()), "playback": str(made), "peaks": str(made_peaks), "track": track}
        return Prepared(**_run("playback", task, _estimate_limits(source), cancelled, on_progress))


@contextmanager
def _write_atomically(*targets: Path) -> Iterator[tuple[Path, ...]]:
    """Give names in new folders beside `targets`, to which the files are moved at the end; an error removes them."""
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
    tool: str,
    request: Mapping[str, object],
    limits: Limits,
    cancelled: Callable[[], bool] | None,
    on_progress: Callable[[int], None] | None,
) -> dict[str, Any]:
    request = {"tool": tool, **request}
    try:
        return limited_child.run(
            "transcripts.audio.tools", request, limits, cancelled=cancelled, on_progress=on_progress
        )
    except Refused as refusal:
        raise NotAudio(refusal.reason) from refusal
    except LimitExceeded as error:
        raise NotAudio(Reason.LIMITS) from error
