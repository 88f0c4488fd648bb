"""Tiers below other tiers: of words, which their rows say already, and of everything else, which is told."""

from __future__ import annotations

from collections.abc import Iterable


class SaidAlready:
    """Looks for texts, one after another, in a longer one that should hold them in this order."""

    def __init__(self, whole: Iterable[str]) -> None:
        self._whole = "\n".join(whole)
        self._position = 0

    def holds(self, text: str) -> bool:
        """Looks no further than a few lines, so that a tier of other words costs no more than its length."""
        text = text.strip()
        window = self._position + len(text) + 500
        found = self._whole.find(text, self._position, window)
        if found < 0:
            return False
        self._position = found + len(text)
        return True
