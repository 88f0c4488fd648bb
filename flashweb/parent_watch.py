"""How the processes of `manage.py up` end when it ends, even when it was killed and could tell nobody."""

from __future__ import annotations

import os
import sys
import threading

MARK = "FLASHWEB_CHILD"


def end_with_parent() -> None:
    """In a process that `up` started: ends it at once when the pipe on its standard input closes.

    Only the parent holds the other end, so the kernel closes it however the parent dies. Nothing needs tidying up:
    every process can be killed at any moment.
    """
    if os.environ.pop(MARK, "") != "1":
        return

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
