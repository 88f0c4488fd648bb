"""Cutting a long recording at its pauses into stretches for several people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

SLACK = 0.25  # of the wanted length that a stretch may differ by, so that it ends in a pause


def cut_stretches(rows: Sequence[tuple[int, int]], length_ms: int) -> list[tuple[int, int]]:
    """Give start and end of stretches of about `length_ms`, from those of the rows, ordered by their starts.

    The stretches adjoin, from the first row's start to the last end, and each holds at least one row's start. Each ends
    in the middle of the longest pause within reach, or without one between the rows nearest to its length. A remainder
    of less than half a stretch belongs to the last one.
    """
    if not rows:
        return []
    begin, finish = rows[0][0], max(end for _start, end in rows)
    # Where one row has ended and the next begins; rows that overlap have a pause below zero.
    ends = accumulate((end for _start, end in rows), max)
    borders = [(end, rows[index + 1][0]) for index, end in enumerate(ends) if index + 1 < len(rows)]
    stretches: list[tuple[int, int]] = []
    while finish - begin > length_ms * 1.5:
        later = [border for border in borders if border[1] > begin]
        if not later:
            break
        ideal = begin + length_ms
        near = [border for border in later if abs(border[1] - ideal) <= SLACK * length_ms]
        end, start = (
            max(near, key=lambda border: (border[1] - border[0], -abs(border[1] - ideal)))
            if near
            else min(later, key=lambda border: abs(border[1] - ideal))
        )
        at = (end + start) // 2 if end < start else start
        if at <= begin or finish - at < length_ms / 2:
            break
        stretches.append((begin, at))
        begin = at
    return [*stretches, (begin, finish)]
