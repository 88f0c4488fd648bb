"""How the processes of `manage.py up` end when it ends, even when it is killed and can't stop them."""

from __future__ import annotations

import os
import sys

from transcripts.limited_child import end_when_closed

MARK = "FLASHWEB_CHILD"
HEARTBEAT = "FLASHWEB_HEARTBEAT"  # the file that a worker touches to show `up` that it goes on


def end_with_parent() -> None:
    """Ends this process, which `up` started, as soon as the pipe on its standard input closes.

    Only `up` holds the other end. Nothing needs cleaning up: every process can be killed at any moment.
    """
    if os.environ.pop(MARK, "") == "1":
        end_when_closed(sys.stdin.fileno())
