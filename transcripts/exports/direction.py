"""The direction of a text, and the marks that make it read correctly where a format has no other means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

EMBED_RTL, END_EMBEDDING, RTL_MARK = "\u202b", "\u202c", "\u200f"
_ENOUGH = 20_000  # characters that show the direction of any text
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def is_rtl(text: str) -> bool:
    """Whether most letters belong to a script that is written from right to left."""
    if not _RTL.search(text):
        return False
    directions = [unicodedata.bidirectional(char) for char in text[:_ENOUGH]]
    return sum(each in ("R", "AL") for each in directions) > directions.count("L")


def is_rtl_throughout(texts: Iterable[str]) -> bool:
    return is_rtl("".join(texts))


def embed_lines(lines: Iterable[str], text: str) -> tuple[str, ...]:
    """The lines of a caption of `text`, embedded if it is right-to-left: players assume left-to-right."""
    lines = tuple(lines)
    return tuple(f"{EMBED_RTL}{line}{END_EMBEDDING}" for line in lines) if is_rtl(text) else lines


def mark_paragraph(paragraph: str, text: str) -> str:
    """The paragraph, with a mark before it if `text` is right-to-left but the paragraph's first letter is not.

    Programs that show plain text go by the first letter.
    """
    if not is_rtl(text):
        return paragraph
    first = next((each for each in map(unicodedata.bidirectional, paragraph) if each in ("L", "R", "AL")), "")
    return paragraph if first != "L" else RTL_MARK + paragraph
