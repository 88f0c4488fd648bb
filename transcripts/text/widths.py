"""How wide a text is, counted in Han characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_MOST_CHARACTERS = 8192  # whose width is kept


def measure_char(char: str, narrow: float) -> float:
    """Give 1 for a character as wide as Han, `narrow` for others, 0 for combining marks."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else narrow


class _Widths(dict[str, float]):
    """Each character's width, measured when it is first asked for."""

    def __init__(self, narrow: float) -> None:
        super().__init__()
        self.narrow = narrow

    def __missing__(self, char: str) -> float:
        width = measure_char(char, self.narrow)
        if len(self) < _MOST_CHARACTERS:
            self[char] = width
        return width


_get_widths = lru_cache(maxsize=16)(_Widths)


def measure_width(text: str, narrow: float) -> float:
    return sum(map(_get_widths(narrow).__getitem__, text))
