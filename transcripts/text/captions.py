"""Rows broken into readable captions, leaving the transcript as it is.

The rules are the broadcasters' guidelines (docs/text-and-time.md) as data; every number can be changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from transcripts.text.breaking import ANYWHERE, ROUNDING, Atom, Passage, build_atoms, measure_width
from transcripts.text.joining import needs_space
from transcripts.text.tokens import Word

_CAPTION = 5.0  # the cost of one more caption, beside those of breaking.py
_TOO_SHORT = 15.0
_TOO_FAST = 10.0  # for each missing second
_LONELY = 8.0  # a single short atom
_TINY = 1e-9  # above any error of rounding, below any difference of costs that counts
_MARKS = str.maketrans("。，", "  ")


@dataclass(frozen=True, slots=True)
class Rules:
    """Widths count a Han character as one and any other as `narrow`."""

    line: float = 42
    lines: int = 2
    per_second: float = 20
    narrow: float = 1.0
    shortest_ms: int = 833  # 5/6 s
    longest_ms: int = 7000
    frames_per_second: float = 24.0
    gap_frames: int = 2
    closed_ms: int = 500  # shorter gaps are closed to `gap_frames`
    linger_ms: int = 500  # how long a caption may stay after its last word
    pause_ms: int = 300  # a pause worth breaking at
    drop_marks: bool = False  # leave out 。 and ， as Chinese captions do
    keep: tuple[str, ...] = ()  # names that are never broken

    @property
    def gap_ms(self) -> int:
        return math.ceil(1000 * self.gap_frames / self.frames_per_second)


PRESETS = {
    "zh": Rules(line=16, per_second=9, narrow=0.5),
    "en": Rules(),
    "ja": Rules(line=13, per_second=4, narrow=0.5),
    "ko": Rules(line=16, per_second=12, narrow=0.5),
}


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """A row to be shown: its text, times and speaker, and one word per token as `align` gives them."""

    text: str
    start_ms: int
    end_ms: int
    words: Sequence[Word]
    speaker: str = ""


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
    cues: list[Caption] = []
    for speaker, run in _group_passages(sorted(enumerate(rows), key=lambda row: row[1].start_ms), rules):
        passage = Passage(run, line=rules.line, narrow=rules.narrow)
        for start, end in _cut_passage(passage, rules):
            lines = _write_lines(passage, start, end, rules)
            if lines:
                words = tuple(word for atom in run[start:end] for word in atom.words)
                cues.append(Caption(run[start].start_ms, run[end - 1].end_ms, lines, speaker, words, run[start].row))
    return _time_captions(cues, rules)


def _group_passages(rows: Sequence[tuple[int, CaptionRow]], rules: Rules) -> Iterator[tuple[str, list[Atom]]]:
    """Group the atoms of each row with those of the next where either row is too short to stand alone."""
    passage: list[Atom] = []
    last: CaptionRow | None = None
    for number, row in rows:
        row_atoms = build_atoms(row.text, row.words, pause_ms=rules.pause_ms, keep=rules.keep, row=number)
        if not row_atoms and row.text.strip():
            row_atoms = [Atom(" ".join(row.text.split()), row.start_ms, row.end_ms, False, 0.0, (), number)]
        if not row_atoms:
            continue
        if last and _share_caption(last, row, rules):
            passage[-1] = passage[-1]._replace(spaced=needs_space(passage[-1].text, row_atoms[0].text))
        elif last:
            yield last.speaker, passage
            passage = []
        passage += row_atoms
        last = row
    if last:
        yield last.speaker, passage


def _share_caption(first: CaptionRow, second: CaptionRow, rules: Rules) -> bool:
    shorter = min(first.end_ms - first.start_ms, second.end_ms - second.start_ms)
    return (
        first.speaker == second.speaker
        and shorter < rules.shortest_ms
        and 0 <= second.start_ms - first.end_ms < rules.closed_ms
    )


def _cut_passage(passage: Passage, rules: Rules) -> list[tuple[int, int]]:
    """Cut the passage into runs of atoms, one a caption, at the least total cost.

    First at good places alone, and few others where it must be. With another cut it would cost `floor` at least, which
    is more for most passages; for the rest, what was found bounds the search among all places.
    """
    count = len(passage.atoms)
    allowed = _choose_places(passage, rules)
    most, cuts = _find_cuts(passage, rules, allowed, None, math.inf)
    good = sum(cost < ANYWHERE for cost in passage.costs[:-1])
    floor = _bound_cost(passage, rules, 0, good, captions=2, elsewhere=1)
    if len(allowed) <= count and most > floor - ROUNDING:
        bounds, good = [0.0] * (count + 1), 0
        for place in range(count - 1, -1, -1):
            bounds[place] = _bound_cost(passage, rules, place, good)
            good += place > 0 and passage.costs[place - 1] < ANYWHERE
        _cost, cuts = _find_cuts(passage, rules, range(count + 1), bounds, most + ROUNDING)
    return cuts


def _bound_cost(
    passage: Passage, rules: Rules, place: int, good: int, *, captions: int = 1, elsewhere: int = 0
) -> float:
    """Give a cost that everything from `place` on has at least, where a caption begins.

    So many captions and lines are needed for its width, more than there are `good` places behind it; and all of them
    have so much time. There are at least so many `captions` and breaks `elsewhere`, at places that are not good.
    """
    width = passage.sums[-1] - passage.sums[place] + rules.narrow  # Spaces at breaks don't count.
    fewest = math.ceil(width / (max(rules.line * rules.lines, passage.widest) + rules.narrow) - ROUNDING)
    breaks = math.ceil(width / (max(rules.line, passage.widest) + rules.narrow) - ROUNDING) - 1
    cost = max(captions, fewest) * _CAPTION + max(elsewhere, breaks - good) * ANYWHERE
    # One more caption saves a space, but mostly not so much time as it costs.
    if fewest >= captions and _TOO_FAST * rules.narrow / rules.per_second <= _CAPTION:
        time_ms = passage.atoms[-1].end_ms + rules.linger_ms - passage.atoms[place].start_ms
        late = (width - (fewest + 1) * rules.narrow) / rules.per_second - time_ms / 1000
        cost += max(0.0, _TOO_FAST * late)
    return cost


def _choose_places(passage: Passage, rules: Rules) -> list[int]:
    """Give the good places for a cut, and between those that are too far apart for a caption some others."""
    count = len(passage.atoms)
    places = [0]
    for place in [*(cut for cut in range(1, count) if passage.costs[cut - 1] < ANYWHERE), count]:
        while place > (reach := _find_reach(passage, rules, places[-1], place)):
            places.append(min(reach, (places[-1] + place + 1) // 2))
        places.append(place)
    return places


def _find_reach(passage: Passage, rules: Rules, start: int, end: int) -> int:
    """Give the last place before or at `end` up to which a caption that begins at `start` may reach."""
    widest, latest = rules.line * rules.lines, passage.atoms[start].start_ms + rules.longest_ms
    while end > start + 1 and (passage.measure(start, end) > widest or passage.atoms[end - 1].end_ms > latest):
        end -= 1
    return end


def _find_cuts(
    passage: Passage, rules: Rules, allowed: Sequence[int], bounds: Sequence[float] | None, most: float
) -> tuple[float, list[tuple[int, int]]]:
    """Give the least cost of cuts at `allowed` places, and the runs.

    What costs more than `most` is not looked at, where `bounds` say how much the rest costs from each place at least.
    """
    run, places, count = passage.atoms, passage.costs, len(passage.atoms)
    bounds = bounds or [0.0] * (count + 1)
    costs = [0.0] + [math.inf] * count
    begins = [0] * (count + 1)
    line, widest, sums, spaces = rules.line, rules.line * rules.lines, passage.sums, passage.spaces
    gap_ms, linger_ms = rules.gap_ms, rules.linger_ms
    for number, start in enumerate(allowed[:-1], start=1):
        least = costs[start] + _CAPTION
        if costs[start] + bounds[start] > most or least == math.inf:
            continue
        first_ms, origin = run[start].start_ms, sums[start]
        latest = first_ms + rules.longest_ms
        for end in allowed[number:]:
            size = sums[end] - origin - spaces[end - 1]
            last_ms = run[end - 1].end_ms
            alone = end == start + 1
            if (size > widest or last_ms > latest) and not alone:
                break
            bound, spare = costs[end], most - bounds[end] + _TINY  # what costs more is not looked at
            if spare < bound:
                bound = spare
            cost = least + places[end - 1]
            if cost >= bound:
                continue
            shown = last_ms + linger_ms
            if end < count:
                following = run[end].start_ms - gap_ms
                if following < shown:
                    shown = following
            cost += _price_hurry(size, shown - first_ms, rules)
            if alone and end < count and size <= line / 8:
                cost += _LONELY
            if cost >= bound:
                continue
            if size <= line or alone:
                costs[end], begins[end] = cost, start
            elif cost + min(places[start : end - 1]) < bound:
                written = passage.break_lines(start, end, rules.lines)
                if written and cost + written[0] < costs[end]:
                    costs[end], begins[end] = cost + written[0], start
    cuts: list[tuple[int, int]] = []
    end = len(run)
    while end:
        cuts.append((begins[end], end))
        end = begins[end]
    return costs[-1], cuts[::-1]


def _price_hurry(size: float, shown: float, rules: Rules) -> float:
    """Give the cost of showing a caption of this width for `shown` milliseconds."""
    late = size / rules.per_second - shown / 1000
    return (_TOO_FAST * late if late > 0 else 0.0) + (_TOO_SHORT if shown < rules.shortest_ms else 0.0)


def _write_lines(passage: Passage, start: int, end: int, rules: Rules) -> tuple[str, ...]:
    written = passage.break_lines(start, end, rules.lines)
    edges = [start, *(written[1] if written else []), end]
    lines = [passage.join_text(*edge) for edge in pairwise(edges)]
    if rules.drop_marks:
        lines = [line.translate(_MARKS) for line in lines]
    return tuple(line for line in (line.strip() for line in lines) if line)


def _time_captions(cues: Sequence[Caption], rules: Rules) -> list[Caption]:
    """Show each caption as long as it takes to read, where the next one leaves time for it."""
    timed: list[Caption] = []
    for number, cue in enumerate(cues):
        size = sum(measure_width(line, rules.narrow) for line in cue.lines)
        wanted = max(rules.shortest_ms, min(rules.longest_ms, math.ceil(1000 * size / rules.per_second)))
        end = max(
            cue.end_ms, min(cue.start_ms + wanted, cue.end_ms + rules.linger_ms), cue.start_ms + rules.shortest_ms
        )
        if number + 1 < len(cues):
            following = cues[number + 1].start_ms
            latest = following - rules.gap_ms
            if end > latest or latest - end < rules.closed_ms - rules.gap_ms:
                end = _end_before(cue, latest, following)
        end = max(end, cue.start_ms + 1)
        timed.append(Caption(cue.start_ms, end, cue.lines, cue.speaker, cue.words, cue.row))
    return timed


def _end_before(cue: Caption, latest: int, following: int) -> int:
    """Give the end of a caption that another follows closely; two people who talk at once are both shown."""
    if following <= cue.start_ms or following < (cue.start_ms + cue.end_ms) // 2:
        return cue.end_ms
    return latest if latest > cue.start_ms else following
