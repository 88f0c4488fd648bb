"""Rows broken into readable captions, leaving the transcript as it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, repeat

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


def break_captions(rows: Sequence[CaptionRow], rules: Rules) -> list[Caption]:
    """Break rows into captions in order of time. No caption holds two speakers; short rows may share one."""
    numbers = sorted(
        (number for number, row in enumerate(rows) if row.text.strip()), key=lambda number: rows[number].start_ms
    )
    if not numbers:
        return []
    rows = [rows[number] for number in numbers]
    atoms = build_atoms(rows, rules)
    passages = Passages(atoms, _group_rows(rows, atoms, rules), rules)
    first = passages.find_captions()
    last = np.append(first[1:], len(atoms.texts)) - 1
    words = [word for row in rows for word in row.words]
    word_edges = [*atoms.words[first].tolist(), len(words)]
    captions = [
        Caption(start_ms, end_ms, lines, rows[row].speaker, tuple(words[begin:end]), numbers[row])
        for start_ms, end_ms, lines, row, (begin, end) in zip(
            atoms.start_ms[first].tolist(),
            atoms.end_ms[last].tolist(),
            _write_lines(atoms, first, passages.find_lines(first, last), rules),
            atoms.rows[first].tolist(),
            pairwise(word_edges),
            strict=True,
        )
        if lines
    ]
    return list(map(_end_caption, captions, [*captions[1:], None], repeat(rules)))


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


def _end_caption(caption: Caption, following: Caption | None, rules: Rules) -> Caption:
    """Show a caption as long as it takes to read, where the next one leaves time for it."""
    start_ms = caption.start_ms
    size = sum(measure_width(line, rules.narrow) for line in caption.lines)
    wanted = max(rules.shortest_ms, min(rules.longest_ms, math.ceil(1000 * size / rules.per_second)))
    end = max(caption.end_ms, min(start_ms + wanted, caption.end_ms + rules.linger_ms), start_ms + rules.shortest_ms)
    if following:
        latest = following.start_ms - rules.gap_ms
        if end > latest or latest - end < rules.closed_ms - rules.gap_ms:
            end = _end_before(caption, latest, following.start_ms)
    end = max(end, start_ms + 1)
    return Caption(start_ms, end, caption.lines, caption.speaker, caption.words, caption.row)


def _end_before(caption: Caption, latest: int, following: int) -> int:
    """Give the end of a caption that another follows closely; two people who talk at once are both shown."""
    if following <= caption.start_ms or following < (caption.start_ms + caption.end_ms) // 2:
        return caption.end_ms
    return latest if latest > caption.start_ms else following
