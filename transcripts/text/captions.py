"""Rows broken into readable captions, leaving the transcript as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from transcripts.text.breaking import Atoms, Ints, build_atoms
from transcripts.text.caption_rules import CaptionRow, Rules
from transcripts.text.cutting import Passages
from transcripts.text.joining import needs_space
from transcripts.text.tokens import Word
from transcripts.text.widths import measure_width

_MARKS = str.maketrans("。，", "  ")


@dataclass(frozen=True, slots=True)
class Caption:
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    speaker: str = ""
    words: tuple[Word, ...] = field(default=(), compare=False)
    row: int = field(default=0, compare=False)  # the index of the row that it begins with


def break_captions(rows: Sequence[CaptionRow], rules: Rules, *, with_words: bool = False) -> list[Caption]:
    """Break rows into captions in order of time. No caption holds two speakers; short rows may share one.

    They have their words only where these are asked for.
    """
    numbers = sorted(
        (number for number, row in enumerate(rows) if row.words or row.text.strip()),
        key=lambda number: rows[number].start_ms,
    )
    if not numbers:
        return []
    rows = [rows[number] for number in numbers]
    atoms = build_atoms(rows, rules)
    passages = Passages(atoms, _group_rows(rows, atoms, rules), rules)
    first = passages.find_captions()
    last = np.append(first[1:], len(atoms.texts)) - 1
    words = [word for row in rows for word in row.words] if with_words else []
    found = [
        (start_ms, end_ms, lines, row, tuple(words[begin:end]))
        for start_ms, end_ms, lines, row, (begin, end) in zip(
            atoms.start_ms[first].tolist(),
            atoms.end_ms[last].tolist(),
            _write_lines(atoms, first, passages.find_lines(first, last), rules),
            atoms.rows[first].tolist(),
            pairwise([*atoms.words[first].tolist(), len(words)]),
            strict=True,
        )
        if lines
    ]
    following = [*(start_ms for start_ms, *_rest in found[1:]), None]
    return [
        Caption(
            start_ms, _find_end(start_ms, end_ms, lines, next_ms, rules), lines, rows[row].speaker, own, numbers[row]
        )
        for (start_ms, end_ms, lines, row, own), next_ms in zip(found, following, strict=True)
    ]


def _group_rows(rows: Sequence[CaptionRow], atoms: Atoms, rules: Rules) -> Ints:
    """Give the first atoms of the passages: rows go with the next ones where either is too short to stand alone."""
    begins = np.flatnonzero(np.diff(atoms.rows, prepend=-1))
    joined = [number for number, pair in enumerate(pairwise(rows), start=1) if _share_caption(*pair, rules)]
    for begin in begins[joined].tolist():
        atoms.spaced[begin - 1] = needs_space(atoms.texts[begin - 1], atoms.texts[begin])
    return np.delete(begins, joined)


def _share_caption(first: CaptionRow, second: CaptionRow, rules: Rules) -> bool:
    shorter = min(first.end_ms - first.start_ms, second.end_ms - second.start_ms)
    return (
        first.speaker == second.speaker
        and shorter < rules.shortest_ms
        and 0 <= second.start_ms - first.end_ms < rules.closed_ms
    )


def _write_lines(atoms: Atoms, captions: Ints, lines: Ints, rules: Rules) -> Iterator[tuple[str, ...]]:
    """Write the lines of captions; both are given by their first atoms. Blank ones are left out."""
    texts = [f"{text} " if spaced else text for text, spaced in zip(atoms.texts, atoms.spaced.tolist(), strict=True)]
    written = ["".join(texts[begin:end]) for begin, end in pairwise([*lines.tolist(), len(texts)])]
    if rules.drop_marks:
        written = [line.translate(_MARKS) for line in written]
    written = [line.strip() for line in written]
    for begin, end in pairwise([*np.searchsorted(lines, captions).tolist(), len(lines)]):
        yield tuple(filter(None, written[begin:end]))


def _find_end(start_ms: int, end_ms: int, lines: Sequence[str], next_ms: int | None, rules: Rules) -> int:
    """Give when a caption ends whose last word ends at `end_ms`: it stays until it is read, if the next leaves time."""
    least_gap_ms = rules.closed_ms - rules.gap_ms
    latest = math.inf if next_ms is None else next_ms - rules.gap_ms
    shown_until = end_ms
    if latest - end_ms >= least_gap_ms:
        size = sum(measure_width(line, rules.narrow) for line in lines)
        wanted = max(rules.shortest_ms, min(rules.longest_ms, math.ceil(1000 * size / rules.per_second)))
        shown_until = max(end_ms, min(start_ms + wanted, end_ms + rules.linger_ms), start_ms + rules.shortest_ms)
    if next_ms is not None and (shown_until > latest or latest - shown_until < least_gap_ms):
        shown_until = _end_before(start_ms, end_ms, next_ms, rules)
    return max(shown_until, start_ms + 1)


def _end_before(start_ms: int, end_ms: int, next_ms: int, rules: Rules) -> int:
    """Give the end of a caption that another follows closely; two people who talk at once are both shown."""
    if next_ms <= start_ms or next_ms < (start_ms + end_ms) // 2:
        return end_ms
    latest = next_ms - rules.gap_ms
    return latest if latest > start_ms else next_ms
