"""Which way a text runs, and the marks that make it read right where a format has no other way to say so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

EMBED_RTL, END_EMBEDDING, RTL_MARK = "\u202b", "\u202c", "\u200f"
_ENOUGH = 20_000  # characters that show the direction of any text
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def is_rtl(text: str) -> bool:
    """Whether most of the letters are of a script that is written from right to left."""
    if not _RTL.search(text):
        return False
    directions = [unicodedata.bidirectional(char) for char in text[:_ENOUGH]]
    return sum(each in ("R", "AL") for each in directions) > directions.count("L")


def is_rtl_throughout(texts: Iterable[str]) -> bool:
    return is_rtl("".join(texts))


def embed_lines(lines: Iterable[str], text: str) -> tuple[str, ...]:
    """The lines of a caption of `text`; one from right to left is embedded, as players take any line to run the other
    way.
    """
    lines = tuple(lines)
    return tuple(f"{EMBED_RTL}{line}{END_EMBEDDING}" for line in lines) if is_rtl(text) else lines


def mark_paragraph(paragraph: str, text: str) -> str:
    """A paragraph of `text`, with a mark before it if it runs from right to left and its first letter does not:
    programs that show plain text go by the first letter.
    """
    if not is_rtl(text):
        return paragraph
    first = next((each for each in map(unicodedata.bidirectional, paragraph) if each in ("L", "R", "AL")), "")
    return paragraph if first != "L" else RTL_MARK + paragraph
