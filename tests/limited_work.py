"""Work for `limited_child` that goes wrong in each of its ways."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transcripts.limited_child import Refused


def serve(request: Mapping[str, Any], report: Callable[[int], None]) -> dict[str, Any]:
    work = request["work"]
    if work == "refuse":
        raise Refused({"reason": "broken", "at": 3})
    if work == "miss":
        Path("/missing").read_bytes()
    if work == "fail":
        raise ValueError(request)
    if work == "hoard":
        return {"size": len(bytearray(1 << 30))}
    if work == "disk":
        Path("/dev/full").write_bytes(b"more than it takes")
    if work == "fill":
        Path(request["file"]).write_bytes(bytes(2 << 20))
    if work == "chatter":
        return {"text": "x" * (8 << 20)}
    if work == "sleep":
        time.sleep(60)
    while work == "spin":
        report(1)
    return {"request": dict(request)}
