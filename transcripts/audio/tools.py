"""What the limited child of `sandbox` runs: the audio tools by their names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from transcripts.audio.convert import convert_for_api
from transcripts.audio.decode import decode_blocks
from transcripts.audio.playback import make_playback
from transcripts.audio.probe import probe
from transcripts.audio.results import NotAudio, Reason
from transcripts.audio.source import open_audio
from transcripts.audio.split import split_for_api
from transcripts.limited_child import LimitExceeded, Refused


def serve(request: Mapping[str, Any], report: Callable[[int], None]) -> dict[str, Any]:
    """The answer of the tool that `request` names. Raises `Refused` with a `Reason`, or `LimitExceeded`."""
    try:
        return _use_tool(request["tool"], request, report)
    except NotAudio as error:
        if error.reason is Reason.LIMITS:
            raise LimitExceeded from error
        raise Refused(error.reason) from error


def _use_tool(tool: str, request: Mapping[str, Any], report: Callable[[int], None]) -> dict[str, Any]:
    source = Path(request["source"])
    if tool == "probe":
        return asdict(probe(source, track=request["track"]))
    if tool == "convert":
        target = Path(request["target"])
        options = {name: request[name] for name in ("channels", "track")}
        return {"duration_ms": convert_for_api(source, target, **options, on_progress=report)}
    if tool == "split":
        options = {name: request[name] for name in ("channels", "track", "max_part_ms", "max_bytes")}
        return {"parts": len(split_for_api(source, Path(request["folder"]), **options, on_progress=report))}
    if tool == "decode":
        return {"channels": _write_samples(source, Path(request["target"]), **request["options"])}
    _yield_processors()
    playback, peaks = Path(request["playback"]), Path(request["peaks"])
    return asdict(make_playback(source, playback, peaks, track=request["track"], on_progress=report))


def _write_samples(source: Path, target: Path, *, rate_hz: int, channels: int | None, limit_ms: int) -> int:
    """Writes 32-bit floats, channel after channel within each moment. Returns the number of channels."""
    with open_audio(source) as opened, target.open("wb") as file:
        channels = channels or opened.channels
        for block in decode_blocks(opened, rate_hz=rate_hz, channels=channels, limit_ms=limit_ms):
            file.write(block.T.tobytes())
    return channels


def _yield_processors() -> None:
    """Let other tools go first: what is to be sent is wanted before what is to be played.

    Where Linux shares the processors among sessions (sched(7), "The autogroup feature"), a session of its own, such
    as this child's, takes a full share whatever its niceness, so the session's own is lowered too.
    """
    os.nice(5)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("5")
