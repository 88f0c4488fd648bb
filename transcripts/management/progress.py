"""What commands say to whoever runs them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.template.defaultfilters import filesizeformat

EVERY_SECONDS = 0.5


def show_progress(stream: Any, what: str) -> Callable[[int], None]:
    """A function that is told how many bytes are done, and writes so in one line of a terminal; else nothing."""
    if not stream.isatty():
        return lambda _bytes: None
    shown = time.monotonic()

    def show(done: int) -> None:
        nonlocal shown
        if time.monotonic() - shown > EVERY_SECONDS:
            shown = time.monotonic()
            stream.write(f"\r{what} {filesizeformat(done)} ", ending="")
            stream.flush()

    return show


def describe_error(error: OSError, path: Path) -> str:
    """Which file it is about, and why: `/mnt/backup.tar: No space left on device`."""
    return f"{error.filename or path}: {error.strerror}" if error.strerror else str(error)
