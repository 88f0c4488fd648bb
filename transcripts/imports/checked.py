"""Checks of values that somebody else wrote, to be put together so that a form can be read at a glance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Check = Callable[[Any], bool]
DEEPEST = 40
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unexpected(ValueError):
    """Something else stands there; its argument says where."""


def record(value: Any, form: Mapping[str, Check], *, optional: bool = False) -> dict[str, Any]:
    """The value as an object of just these keys; with `optional`, of some of them. Raises Unexpected."""
    if not isinstance(value, dict):
        raise Unexpected("an object")
    if value.keys() - form.keys() or (not optional and form.keys() - value.keys()):
        raise Unexpected(", ".join(sorted(map(str, value.keys() ^ form.keys()))))
    for name, one in value.items():
        if not form[name](one):
            raise Unexpected(name)
    return value


def text(longest: int) -> Check:
    return lambda value: isinstance(value, str) and len(value) <= longest and not UNSTORABLE.search(value)


def whole(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def moment(value: Any) -> bool:
    """A date and time with its time zone, in a year that every database knows."""
    if not isinstance(value, str) or len(value) > 40:
        return False
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return False
    return found.tzinfo is not None and 1900 <= found.year <= 2200


def maybe(check: Check) -> Check:
    return lambda value: value is None or check(value)


def several(check: Check, most: int) -> Check:
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(check, value))


def one_of(values: frozenset[str]) -> Check:
    return lambda value: isinstance(value, str) and value in values


def words(longest: int, most: int, latest_ms: int) -> Check:
    """Lists of text, start and end; the engine writes -1 as the time of what it does not time."""
    said, time = text(longest), whole(-1, latest_ms)
    return several(
        lambda word: isinstance(word, list) and len(word) == 3 and said(word[0]) and time(word[1]) and time(word[2]),
        most,
    )


def plain(deepest: int = DEEPEST) -> Check:
    """Any JSON that can be stored."""

    def check(value: Any, depth: int = deepest) -> bool:
        if isinstance(value, str):
            return not UNSTORABLE.search(value)
        if depth == 0:
            return False
        if isinstance(value, list):
            return all(check(one, depth - 1) for one in value)
        if isinstance(value, dict):
            return all(check(key) and check(one, depth - 1) for key, one in value.items())
        return value is None or isinstance(value, bool | int | float)

    return check


def plain_object(value: Any) -> bool:
    return isinstance(value, dict) and plain()(value)
