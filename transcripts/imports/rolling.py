"""Captions that roll: each shows the last lines of the one before above its own, as live captions do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_ADJACENT_MS = 150  # between the end of one and the start of the next
_MOST_LINES = 4  # that a screen carries over
_LEAST_ROLLS = 2  # less may be somebody who repeats themself
_LEAST_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class ShownCaption:
    start_ms: int
    end_ms: int | None
    lines: Sequence[str]


def count_new_lines(captions: Sequence[ShownCaption]) -> list[int] | None:
    """For each caption how many of its lines, from the last, were not shown by the one before.

    None where the captions do not roll. Some of a pair of captions must carry lines over and add to them before lines
    are taken for the same: two captions that say the same may be said twice.
    """
    new: list[int] = []
    rolls = pairs = 0
    before: ShownCaption | None = None
    for caption in captions:
        carried = _count_carried(before, caption) if before and caption.lines else 0
        new.append(len(caption.lines) - carried)
        if caption.lines:
            pairs += before is not None
            rolls += 0 < carried < len(caption.lines)
            before = caption
    return new if rolls >= _LEAST_ROLLS and rolls >= _LEAST_SHARE * pairs else None


def _count_carried(before: ShownCaption, caption: ShownCaption) -> int:
    if before.end_ms is None or not 0 <= caption.start_ms - before.end_ms <= _ADJACENT_MS:
        return 0
    longest = min(len(before.lines), len(caption.lines), _MOST_LINES)
    return next(
        (count for count in range(longest, 0, -1) if list(before.lines[-count:]) == list(caption.lines[:count])), 0
    )
