"""Joining texts, with a space between them where the script needs one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from transcripts.text.tokens import is_hangul, is_single

_SEAM = 100  # characters of what stands before, of which marks may be the last
_TIGHT = frozenset("-–—/\\@#_$£€￥¥'’")  # no space after these where a word follows


def join(left: str, right: str) -> str:
    """Join both texts; spaces at the seam become one or none, as the script needs."""
    left, right = left.rstrip(), right.lstrip()
    return f"{left} {right}" if needs_space(left, right) else left + right


def join_all(texts: Iterable[str]) -> str:
    """Join any number of texts that are not blank, in time that grows as their length does."""
    parts: list[str] = []
    end = ""
    for text in texts:
        text, end = text.lstrip(), end.rstrip()
        if parts:
            parts[-1] = parts[-1].rstrip()
        part = f" {text}" if needs_space(end, text) else text
        parts.append(part)
        end = (end + part)[-_SEAM:]
    return "".join(parts)


def needs_space(left: str, right: str) -> bool:
    """Whether a space belongs between the last character of `left` and the first of `right`.

    None within Han and kana, beside full-width punctuation, before closing and after opening punctuation, or
    between Han and a number; one between Latin words, and between a Latin word and Han, as the engine writes.
    """
    if not left or not right or left[-1].isspace() or right[0].isspace():
        return False
    before, after = _find_base(left), right[0]
    if _is_wide_sign(before) or _is_wide_sign(after) or _opens(before) or before in _TIGHT or _closes(after):
        return False
    if _is_unspaced(before) or _is_unspaced(after):
        other = after if _is_unspaced(before) else before
        return not _is_unspaced(other) and not other.isdecimal() and other not in "%％" and other != "-"
    return True


def _find_base(text: str) -> str:
    """Find the last character that is not a combining mark."""
    for char in reversed(text):
        if unicodedata.category(char)[0] != "M":
            return char
    return text[-1]


def _is_unspaced(char: str) -> bool:
    """Whether it is Han, kana, Thai or the like, or an emoji."""
    return (is_single(char) and not is_hangul(char)) or unicodedata.category(char) == "So"


def _is_wide_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS" and unicodedata.east_asian_width(char) in "WF" and not _is_emoji(char)


def _is_emoji(char: str) -> bool:
    return unicodedata.category(char) == "So"


def _opens(char: str) -> bool:
    return unicodedata.category(char) in ("Ps", "Pi") or char in "¿¡"


def _closes(char: str) -> bool:
    """Whether it is closing punctuation or ends a phrase; straight quotes count as opening."""
    category = unicodedata.category(char)
    return category in ("Pe", "Pf") or (category == "Po" and char not in "\"'&@#*¿¡†‡§¶\\/")
