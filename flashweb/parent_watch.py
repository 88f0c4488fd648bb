"""How the processes of `manage.py up` end when it ends, even when it was killed and could tell nobody."""

from __future__ import annotations

import os
import sys

from transcripts.limited_child import end_when_closed

MARK = "FLASHWEB_CHILD"


def end_with_parent() -> None:
    """In a process that `up` started: end it at once when the pipe on its standard input closes.

    Only `up` holds the other end. Nothing needs tidying up: every process can be killed at any moment.
    """
    if os.environ.pop(MARK, "") == "1":
        end_when_closed(sys.stdin.fileno())
