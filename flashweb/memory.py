"""Fewer looks for garbage: a process that serves for days has hundreds of thousands of objects that stay."""

from __future__ import annotations

import gc

_NEW, _YOUNG, _OLD = 100_000, 20, 50  # instead of 700, 10 and 10


def look_less_for_garbage() -> None:
    """For a process that starts, as nothing that it loads is garbage, and again for one that stays, once all is loaded.

    Reading a long transcript makes a hundred thousand objects at once.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW, _YOUNG, _OLD)
