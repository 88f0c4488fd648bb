"""The readers in a limited child, so that a hostile file cannot hurt the caller, and few children at once."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from transcripts import limited_child
from transcripts.imports.reading import MOST_BYTES, read
from transcripts.imports.rows import NotReadable, Reading, ReadOptions
from transcripts.imports.wire import dump_options, dump_reading, load_options, load_reading
from transcripts.limited_child import ChildFailed, LimitExceeded, Limits, Refused
from transcripts.places import Busy, Places

LIMITS = Limits(memory_bytes=300 << 20, cpu_s=10, file_bytes=3 * MOST_BYTES, wall_s=60, answer_bytes=96 << 20)
# Fewer than the threads that answer requests with files, so that whoever comes too late is told at once.
CHILDREN = Places(2, waiting=6, longest_wait_s=45)


def read_in_child(path: Path, file_name: str, options: ReadOptions | None = None) -> Reading:
    """As `reading.read`. Raises NotReadable, also where reading exceeds the limits or no child is free for long."""
    if path.stat().st_size > MOST_BYTES:
        raise NotReadable(NotReadable.LARGE)
    with tempfile.NamedTemporaryFile(prefix="import-") as raw:
        request = {
            "path": str(path.absolute()),
            "file_name": file_name,
            "options": dump_options(options or ReadOptions()),
            "raw": raw.name,
        }
        try:
            answer = run_in_child("transcripts.imports.sandbox", request, LIMITS)
        except Refused as refusal:
            raise NotReadable(refusal.reason) from None
        reading = load_reading(answer["reading"])
        return replace(reading, raw=raw.read()) if answer["is_answer"] else reading


def run_in_child(module: str, request: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """As `limited_child.run`, one of few at a time. Raises Refused, and NotReadable where no answer came.

    Raises ChildFailed if the disk is full.
    """
    try:
        with CHILDREN.hold():
            return limited_child.run(module, request, limits)
    except LimitExceeded:
        raise NotReadable(NotReadable.LIMITS) from None
    except (Busy, ChildFailed) as error:
        if isinstance(error, ChildFailed) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise NotReadable(NotReadable.BUSY) from None


def serve(request: Mapping[str, Any], report: object) -> dict[str, Any]:
    """The child's side of `read_in_child`."""
    del report
    try:
        reading = read(Path(request["path"]).read_bytes(), request["file_name"], load_options(request["options"]))
    except NotReadable as error:
        raise Refused(error.args[0]) from None
    is_answer = reading.raw is not None
    if reading.raw is not None:
        Path(request["raw"]).write_bytes(reading.raw)
        reading = replace(reading, raw=None)
    return {"reading": dump_reading(reading), "is_answer": is_answer}
