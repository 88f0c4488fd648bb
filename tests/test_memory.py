"""A process that serves looks for garbage less often, and does not look through what was loaded."""

from __future__ import annotations

import subprocess
import sys


def test_process_looks_less_for_garbage() -> None:
    code = (
        "import gc; before = gc.get_threshold(); from flashweb.memory import look_less_for_garbage;"
        " look_less_for_garbage(); assert gc.get_freeze_count() > 1000;"
        " assert all(new > old for new, old in zip(gc.get_threshold(), before)), gc.get_threshold()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
