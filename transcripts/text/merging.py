"""Differences between two texts, and the three-way merge of two edits of one text, both counted in tokens.

Punctuation and spaces count here: each sign and each run of spaces is a piece of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from transcripts.text.tokens import tokenize


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a difference."""

    kind: Literal["equal", "deleted", "inserted"]
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place where both sides changed the same part of the base; the spans count code points."""

    base: str
    theirs: str
    mine: str
    base_span: tuple[int, int]
    theirs_span: tuple[int, int]
    mine_span: tuple[int, int]


class MergeConflict(Exception):
    """Both sides changed the same part of the base, and differently.

    `draft` is all that could be merged, with both texts where they collide; `first` the span of the first such place.
    """

    def __init__(
        self,
        base: str,
        theirs: str,
        mine: str,
        conflicts: tuple[Conflict, ...],
        draft: str,
        first: tuple[int, int],
    ) -> None:
        super().__init__(f"{len(conflicts)} conflicting change(s)")
        self.base = base
        self.theirs = theirs
        self.mine = mine
        self.conflicts = conflicts
        self.draft = draft
        self.first = first


BETWEEN = " / "  # the two texts of a place where they collide


@dataclass(frozen=True, slots=True)
class _Edit:
    """`start` to `end` of the base's pieces became pieces `new_start` to `new_end` of the new text.

    `low` to `high`, both included, is what it touches, counted in quarters of a piece: an insertion touches
    the pieces beside it, and a run taken from a repetition (one 哈 of 哈哈哈) all of the repetition.
    """

    start: int
    end: int
    new_start: int
    new_end: int
    low: int
    high: int


def pieces(text: str) -> list[str]:
    """The text cut into tokens, signs and runs of spaces; joined they are the text."""
    found: list[str] = []
    position = 0
    for token in tokenize(text):
        found += _between(text[position : token.start])
        found.append(token.text)
        position = token.end
    return found + _between(text[position:])


def _between(text: str) -> list[str]:
    found: list[str] = []
    for space, run in groupby(text, str.isspace):
        signs = "".join(run)
        found += [signs] if space else signs
    return found


def diff(old: str, new: str) -> list[Segment]:
    """What to show with marks: old and new in reading order, what was deleted before what was inserted."""
    before, after = pieces(old), pieces(new)
    segments: list[Segment] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            segments.append(Segment("equal", "".join(before[i1:i2])))
            continue
        if i1 < i2:
            segments.append(Segment("deleted", "".join(before[i1:i2])))
        if j1 < j2:
            segments.append(Segment("inserted", "".join(after[j1:j2])))
    return segments


def merge(base: str, theirs: str, mine: str) -> str:
    """Both edits of `base` in one text; equal edits count once. Raises `MergeConflict` where they collide.

    Nothing is guessed: two edits of the same piece collide, two insertions at the same place, an insertion at
    the edge of what the other side replaced, and two edits of a repetition that cannot be told apart.
    """
    if theirs == mine or mine == base:
        return theirs
    if theirs == base:
        return mine
    old, left, right = pieces(base), pieces(theirs), pieces(mine)
    merged: list[str] = []
    conflicts: list[Conflict] = []
    first = (0, 0)
    position = 0
    for ours, others in _groups(_edits(old, left), _edits(old, right)):
        group = ours + others
        start, end = min(e.start for e in group), max(e.end for e in group)
        merged += old[position:start]
        new_left, span_left = _applied(left, ours, start, end)
        new_right, span_right = _applied(right, others, start, end)
        if not others or (ours and new_left == new_right):
            merged += new_left
        elif not ours:
            merged += new_right
        else:
            both = [*new_left, *([BETWEEN] if new_left and new_right else []), *new_right]
            if not conflicts:
                at = len("".join(merged))
                first = at, at + len("".join(both))
            merged += both
            conflicts.append(
                Conflict(
                    "".join(old[start:end]),
                    "".join(new_left),
                    "".join(new_right),
                    _points(old, (start, end)),
                    _points(left, span_left),
                    _points(right, span_right),
                )
            )
        position = end
    whole = "".join(merged + old[position:])
    if conflicts:
        raise MergeConflict(base, theirs, mine, tuple(conflicts), whole, first)
    return whole


def _edits(old: list[str], new: list[str]) -> list[_Edit]:
    """A run replaced one for one counts as so many edits, so that each piece can be compared with the other side's."""
    edits = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if i2 - i1 == j2 - j1:
            for k in range(i2 - i1):
                start = i1 + k
                edits.append(_Edit(start, start + 1, j1 + k, j1 + k + 1, 4 * start + 1, 4 * start + 3))
            continue
        low, high = i1, i2
        if i1 == i2 or j1 == j2:
            low, high = _slide(old, old[i1:i2] or new[j1:j2], i1, i2)
        edge = 1 if i1 < i2 else -1
        edits.append(_Edit(i1, i2, j1, j2, 4 * low + edge, 4 * high - edge))
    return edits


def _slide(old: list[str], run: list[str], start: int, end: int) -> tuple[int, int]:
    """How far the deleted or inserted run can be moved over equal pieces without changing the outcome."""
    low, high, length = start, end, len(run)
    while low > 0 and old[low - 1] == run[(low - 1 - start) % length]:
        low -= 1
    while high < len(old) and old[high] == run[(high - start) % length]:
        high += 1
    return low, high


def _groups(theirs: list[_Edit], mine: list[_Edit]) -> Iterator[tuple[list[_Edit], list[_Edit]]]:
    """The edits of both sides, those that collide together, in the order of the base."""
    sides = [(edit, 0) for edit in theirs] + [(edit, 1) for edit in mine]
    group: tuple[list[_Edit], list[_Edit]] = ([], [])
    reach = -2
    for edit, side in sorted(sides, key=lambda item: (item[0].low, item[0].high)):
        if edit.low > reach and (group[0] or group[1]):
            yield group
            group = ([], [])
        reach = max(reach, edit.high)
        group[side].append(edit)
    if group[0] or group[1]:
        yield group


def _applied(new: list[str], edits: list[_Edit], start: int, end: int) -> tuple[list[str], tuple[int, int]]:
    """What base pieces `start` to `end` became on the side of these edits, and where they stand there."""
    if not edits:
        return [], (0, 0)
    first = edits[0].new_start - (edits[0].start - start)
    last = edits[-1].new_end + (end - edits[-1].end)
    return new[first:last], (first, last)


def _points(parts: list[str], span: tuple[int, int]) -> tuple[int, int]:
    before = sum(map(len, parts[: span[0]]))
    return before, before + sum(map(len, parts[span[0] : span[1]]))
