"""Times as people and programs write them: with other separators, other digits, spaces, signs, or parts left out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_FULL_WIDTH = str.maketrans("：，．。；－−–—＞（）［］【】〔〕　\u00a0\u2009\u202f", ":,..;---->()[][][]    ")
_GROUP = r"\d{1,9}"
_SEPARATOR = r"[ \t]{0,3}[:.,;][ \t]{0,3}-?"
TIME = rf"-?{_GROUP}(?:{_SEPARATOR}{_GROUP}){{1,3}}"
"""A time inside a longer pattern, to be used on what `to_ascii` gives; `parse_clock` has the last word."""
_TIME = re.compile(rf"\s*({TIME})\s*")
_ARROW = re.compile(r"[ \t]*(?:-{1,3} ?-? ?>|=+>|--&gt;|→|⇒|➔)[ \t]*")
_TWO_TIMES = re.compile(rf"\s*({TIME})(?:\s*(?:--?-?|[,/~])\s*|\s+)({TIME})\s*")
_DAMAGED = re.compile(r"\s*[\dxX?]{1,3}[:.,;][\dxX?:.,; -]{9,40}")
_LONGEST_LINE = 400
_SETTING = re.compile(r"[A-Za-z][A-Za-z0-9]{0,20}:[!-9;-~]{1,60}")


@dataclass(frozen=True, slots=True)
class CueTimes:
    """What a line of times tells. Without a start it is damaged; without an end it lasts until the next one."""

    start_ms: int | None
    end_ms: int | None
    rest: str
    """What stands behind the times and is none of a cue's settings (`align:start`, `X1:40`)."""


def to_ascii(text: str) -> str:
    """Digits, signs and brackets of other widths and scripts as their plain ones, character by character."""
    if text.isascii():
        return text
    text = text.translate(_FULL_WIDTH)
    return "".join(char if char.isascii() else _digit(char) for char in text)


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def parse_clock(time: str) -> int | None:
    """Milliseconds of a time in ASCII, 0 for a negative one; None where it can't be told.

    `1:02:03.5`, `02:03`, `01:02:03:500`, `1:02:03:12` (frames, of which 25 are a second), `3.5` (seconds).
    """
    match = _TIME.fullmatch(time)
    if not match:
        return None
    body = match[1].replace(" ", "").replace("\t", "")
    separators = re.findall("[:.,;]", body)
    groups = re.findall(r"\d+", body)
    part_ms = 0
    by_dots = len(groups) == 3 and separators[0] in ".,"
    if len(groups) == 4 or (separators[-1] in ".," and not by_dots):
        part_ms = _fraction_ms(groups.pop(), separators[-1])
    if not groups or len(groups) > 3:
        return None
    seconds = 0
    for group in groups:
        seconds = seconds * 60 + int(group)
    return 0 if "-" in body else seconds * 1000 + part_ms


def _fraction_ms(digits: str, separator: str) -> int:
    if separator in ":;" and len(digits) < 3:
        return min(999, int(digits) * 40)
    return int(digits.ljust(3, "0")[:3])


def parse_time_line(line: str) -> CueTimes | None:
    """The times of a line that is there to tell them, be they damaged; None for any other line."""
    if len(line) > _LONGEST_LINE or not any(char.isdigit() for char in line):
        return None
    plain = to_ascii(line)
    arrow = _ARROW.search(plain)
    if arrow is None:
        both = _TWO_TIMES.fullmatch(plain)
        if both and _looks_exact(both[1]) and _looks_exact(both[2]):
            return CueTimes(parse_clock(both[1]), parse_clock(both[2]), "")
        return CueTimes(None, None, "") if _DAMAGED.fullmatch(plain) else None
    before, after = plain[: arrow.start()], plain[arrow.end() :]
    if not _looks_like_time(before):
        return None
    end = _TIME.match(after)
    if end and re.match(r"\S\w", after[end.end() - 1 :]):  # a damaged time goes on there
        return CueTimes(None, None, "")
    # `to_ascii` goes character by character, so that places in both are the same.
    rest = line[arrow.end() + (end.end() if end else 0) :].strip()
    if all(_SETTING.fullmatch(word) for word in rest.split()):
        rest = ""
    if end is None and rest:
        return CueTimes(None, None, "")
    return CueTimes(parse_clock(before), parse_clock(end[1]) if end else None, rest)


def _looks_exact(time: str) -> bool:
    """With hours or a fraction of a second: 10:30 may be a time of day."""
    return len(re.findall("[:.,;]", time)) >= 2


def _looks_like_time(text: str) -> bool:
    """Mostly of digits and separators, even where it is damaged."""
    text = text.strip()
    signs = sum(char in "0123456789:.,;- " for char in text)
    return bool(text) and signs >= 3 and signs * 10 >= len(text) * 6 and any(char.isdigit() for char in text)
