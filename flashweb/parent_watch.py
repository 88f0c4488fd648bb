"""How the processes of `manage.py up` end: when it stops them, and when it is killed and can't."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from transcripts.limited_child import end_when_closed

MARK = "FLASHWEB_CHILD"
HEARTBEAT = "FLASHWEB_HEARTBEAT"  # the file that a worker touches to show `up` that it goes on


def end_with_parent() -> None:
    """Ends this process, which `up` started, as soon as the pipe on its standard input closes.

    Only `up` holds the other end. Nothing needs cleaning up: every process can be killed at any moment.
    """
    if os.environ.pop(MARK, "") == "1":
        end_when_closed(sys.stdin.fileno())


def end_process() -> NoReturn:
    """Ends this process without the interpreter's shutdown, whatever its threads are doing.

    The shutdown stops threads wherever they are. One that was writing to standard error leaves it locked, and Python
    aborts ("Fatal Python error: _enter_buffered_busy"); one in which a model computes crashes.
    """
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(0)
