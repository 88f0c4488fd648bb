"""Differences between two texts, and the three-way merge of two edits of one text.

Both work on fragments: tokens, single punctuation characters and runs of spaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from transcripts.text.tokens import tokenize


@dataclass(frozen=True, slots=True)
class DiffSegment:
    """A stretch of one kind in a difference."""

    kind: Literal["equal", "deleted", "inserted"]
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place where both sides changed the same part of the base; spans count code points."""

    base: str
    theirs: str
    mine: str
    base_span: tuple[int, int]
    theirs_span: tuple[int, int]
    mine_span: tuple[int, int]


class MergeConflict(Exception):
    """Both sides changed the same part of the base, and differently.

    `draft` is the merged text with both versions at each conflict; `first` is the span of the first conflict in it.
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


BETWEEN = " / "  # between the two versions at a conflict in a draft


@dataclass(frozen=True, slots=True)
class _Edit:
    """`start` to `end` of the base's fragments became fragments `new_start` to `new_end` of the new text.

    `low` to `high`, both included, is what it touches, in quarters of a fragment: an insertion touches the
    fragments beside it, and a run taken from a repetition (one 哈 of 哈哈哈) the whole repetition.
    """

    start: int
    end: int
    new_start: int
    new_end: int
    low: int
    high: int


def split_fragments(text: str) -> list[str]:
    """Split the text into tokens, punctuation characters and runs of spaces, which joined are the text again."""
    fragments: list[str] = []
    position = 0
    for token in tokenize(text):
        fragments += _split_signs(text[position : token.start])
        fragments.append(token.text)
        position = token.end
    return fragments + _split_signs(text[position:])


def _split_signs(text: str) -> list[str]:
    fragments: list[str] = []
    for space, run in groupby(text, str.isspace):
        signs = "".join(run)
        fragments += [signs] if space else signs
    return fragments


def diff(old: str, new: str) -> list[DiffSegment]:
    """Give old and new text in reading order, deletions before insertions."""
    before, after = split_fragments(old), split_fragments(new)
    segments: list[DiffSegment] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            segments.append(DiffSegment("equal", "".join(before[i1:i2])))
            continue
        if i1 < i2:
            segments.append(DiffSegment("deleted", "".join(before[i1:i2])))
        if j1 < j2:
            segments.append(DiffSegment("inserted", "".join(after[j1:j2])))
    return segments


def merge(base: str, theirs: str, mine: str) -> str:
    """Apply both edits of `base`; equal edits count once. Raises `MergeConflict` where they conflict.

    Nothing is guessed. Conflicts are: two edits of one fragment, two insertions in one place, an insertion at the
    edge of what the other side replaced, and two edits of a repetition that cannot be told apart.
    """
    if theirs == mine or mine == base:
        return theirs
    if theirs == base:
        return mine
    old, left, right = split_fragments(base), split_fragments(theirs), split_fragments(mine)
    merged: list[str] = []
    conflicts: list[Conflict] = []
    first = (0, 0)
    position = 0
    for ours, others in _group_edits(_find_edits(old, left), _find_edits(old, right)):
        group = ours + others
        start, end = min(e.start for e in group), max(e.end for e in group)
        merged += old[position:start]
        new_left, span_left = _apply_edits(left, ours, start, end)
        new_right, span_right = _apply_edits(right, others, start, end)
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
                    _count_points(old, (start, end)),
                    _count_points(left, span_left),
                    _count_points(right, span_right),
                )
            )
        position = end
    whole = "".join(merged + old[position:])
    if conflicts:
        raise MergeConflict(base, theirs, mine, tuple(conflicts), whole, first)
    return whole


def _find_edits(old: list[str], new: list[str]) -> list[_Edit]:
    """Find the edits; a run replaced one for one counts as single edits, each to be compared with the other side's."""
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
            low, high = _slide_run(old, old[i1:i2] or new[j1:j2], i1, i2)
        edge = 1 if i1 < i2 else -1
        edits.append(_Edit(i1, i2, j1, j2, 4 * low + edge, 4 * high - edge))
    return edits


def _slide_run(old: list[str], run: list[str], start: int, end: int) -> tuple[int, int]:
    """Find how far the deleted or inserted run can slide over equal fragments without changing the outcome."""
    low, high, length = start, end, len(run)
    while low > 0 and old[low - 1] == run[(low - 1 - start) % length]:
        low -= 1
    while high < len(old) and old[high] == run[(high - start) % length]:
        high += 1
    return low, high


def _group_edits(theirs: list[_Edit], mine: list[_Edit]) -> Iterator[tuple[list[_Edit], list[_Edit]]]:
    """Group the edits of both sides that touch each other, in order of the base."""
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


def _apply_edits(new: list[str], edits: list[_Edit], start: int, end: int) -> tuple[list[str], tuple[int, int]]:
    """Give what base fragments `start` to `end` became on this side, and their span there."""
    if not edits:
        return [], (0, 0)
    first = edits[0].new_start - (edits[0].start - start)
    last = edits[-1].new_end + (end - edits[-1].end)
    return new[first:last], (first, last)


def _count_points(parts: list[str], span: tuple[int, int]) -> tuple[int, int]:
    before = sum(map(len, parts[: span[0]]))
    return before, before + sum(map(len, parts[span[0] : span[1]]))
