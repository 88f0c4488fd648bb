"""Times for tokens that the engine did not time, derived from those that it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from transcripts.text.tokens import Token, estimate_length, is_single

Span = tuple[int, int]  # milliseconds
Range = tuple[int, int]  # indices of tokens or units, the second excluded

_SYLLABLE_MS = 180.0  # for rows too short to tell their speed
_FEWEST = 3  # words needed to tell a speed
_LEAST_ROOM_MS = 40  # the engine's grid: a smaller pause holds no word
_SNUG = 1.15  # a hole up to so many times the expected length belongs to the word entirely
_SNUG_UNMARKED = 2.2  # the same where the text shows no pause
_EITHER_SIDE_MS = 150  # a smaller pause is halved where nothing tells its side
_FITTING = 0.4  # beside replaced words, a hole of at least this share of the expected length holds an insertion
_SHORT = 0.7  # of the usual length: a word this short may be spurious
_SPARE = 0.6  # of the expected length: this much must be left for the spoken words


@dataclass(frozen=True, slots=True)
class Unit:
    """One token of the engine's words; `word` is the index of the engine word it belongs to."""

    text: str
    start_ms: int
    end_ms: int
    word: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def share_span(weights: Sequence[float], low: int, high: int) -> list[Span]:
    """Share the span from `low` to `high` out by weight."""
    total = sum(weights)
    edges, done = [low], 0.0
    for part in weights:
        done += part
        edges.append(low + round((high - low) * done / total))
    return list(pairwise(edges))


def settle_spans(spans: Sequence[Span], low: int, high: int) -> list[Span]:
    """Fit the spans into the row, in order, each at least 1 ms long; those that fit already stay the same.

    In a row with fewer milliseconds than words they overlap; in one without length they exceed it by 1 ms.
    """
    high = max(high, low + 1)
    count = len(spans)
    if high - low < count:
        starts = [low + number * (high - low) // count for number in range(count)]
        return [(start, start + 1) for start in starts]
    settled: list[Span] = []
    edge = low
    for number, (start, end) in enumerate(spans):
        start = max(start, edge)
        if number + 1 < count:
            end = min(end, spans[number + 1][0])
        edge = max(end, start + 1)
        settled.append((start, edge))
    for number in range(count - 1, -1, -1):
        start, end = settled[number]
        if end <= high:
            break
        settled[number] = (min(start, high - 1), high)
        high = settled[number][0]
    return settled


def measure_speeds(units: Iterable[Unit]) -> dict[bool, float]:
    """Give milliseconds per syllable: under True for Han and the like, under False for words of letters."""
    by_kind: dict[bool, list[float]] = {True: [], False: []}
    for unit in units:
        by_kind[is_single(unit.text)].append(unit.length_ms / estimate_length(unit.text))
    every = by_kind[True] + by_kind[False]
    usual = median(every) if len(every) >= _FEWEST else _SYLLABLE_MS
    return {single: max(1.0, median(kind) if len(kind) >= _FEWEST else usual) for single, kind in by_kind.items()}


@dataclass(frozen=True, slots=True)
class Timing:
    """One row: the engine's units from `low` to `high` ms, and the tokens to be timed with their usual lengths.

    `usual` holds each unit's length at the row's speed. A token's pair is the index of a unit, or -1 - n for one
    inserted before unit n.
    """

    units: Sequence[Unit]
    usual: Sequence[float]
    tokens: Sequence[Token]
    text: str
    low: int
    high: int
    weights: Sequence[float]
    lengths: Sequence[float]

    def time_tokens(self, pairs: Sequence[int], anchored: Sequence[bool]) -> list[Span]:
        """Give a span for each token. Anchored ones keep the time of their unit."""
        spans = [self._get_unit_span(pairs[n]) if anchor else (0, 0) for n, anchor in enumerate(anchored)]
        homeless: list[Range] = []
        first = unit = 0
        for number in range(len(self.tokens) + 1):
            if number < len(self.tokens) and not anchored[number]:
                continue
            reached = pairs[number] if number < len(self.tokens) else len(self.units)
            if number > first:
                homeless += self._time_run(spans, pairs, (first, number), (unit, reached))
            first, unit = number + 1, reached + 1
        for run in homeless:
            self._take_room(spans, run)
        return spans

    def reach_out(self, pairs: Sequence[int], anchored: Sequence[bool], room: Span) -> Span:
        """Give the row's start and end, moved out into `room` for words that the engine missed at its edges.

        Where the row lasts beyond its first or last unit for long enough already, that edge stays.
        """
        start, end = self.units[0].start_ms, self.units[-1].end_ms
        low, high = self.low, self.high
        lead, tail = self._measure_edges(pairs, anchored)
        if lead and start - low < max(_FITTING * lead, _LEAST_ROOM_MS) and start - room[0] >= _LEAST_ROOM_MS:
            low = min(low, max(start - lead, room[0]))
        if tail and high - end < max(_FITTING * tail, _LEAST_ROOM_MS) and room[1] - end >= _LEAST_ROOM_MS:
            high = max(high, min(end + tail, room[1]))
        return low, high

    def _measure_edges(self, pairs: Sequence[int], anchored: Sequence[bool]) -> tuple[int, int]:
        """Give how many ms the words before the first unit and those after the last one usually last.

        0 where the replaced units beside them are so long that they hold these words too.
        """
        count, after = len(pairs), -1 - len(self.units)
        first = next((number for number in range(count) if pairs[number] != -1), count)
        last = next((number for number in range(count, 0, -1) if pairs[number - 1] != after), 0)
        right = [number for number in range(count) if anchored[number]]
        lead = self._measure_edge((0, first), (first, right[0]), (0, pairs[right[0]]))
        tail = self._measure_edge((last, count), (right[-1] + 1, last), (pairs[right[-1]] + 1, len(self.units)))
        return lead, tail

    def _measure_edge(self, run: Range, replacing: Range, replaced: Range) -> int:
        wanted = sum(self.lengths[slice(*run)])
        heard = sum(unit.length_ms for unit in self.units[slice(*replaced)])
        if not wanted or heard > sum(self.lengths[slice(*replacing)]) + wanted / 2:
            return 0
        return max(_LEAST_ROOM_MS, round(wanted))

    def list_pauses(self, room: Span, *, missed: tuple[bool, bool]) -> list[int]:
        """List the pauses before the first unit, between units and after the last one, within `room`.

        Those at the edges are -1 where they can hold the words that were `missed` there, if any were, since a row may
        reach out as far as these last.
        """
        holes = [self.find_hole(at) for at in range(len(self.units) + 1)]
        pauses = [max(0, end - start) for start, end in holes]
        before, after = holes[0][1] - min(self.low, room[0]), max(self.high, room[1]) - holes[-1][0]
        pauses[0] = -1 if missed[0] and before >= _LEAST_ROOM_MS else pauses[0]
        pauses[-1] = -1 if missed[1] and after >= _LEAST_ROOM_MS else pauses[-1]
        return pauses

    def find_hole(self, at: int) -> Span:
        """Find the pause before unit `at`, or after the last unit."""
        return (
            self.units[at - 1].end_ms if at else self.low,
            self.units[at].start_ms if at < len(self.units) else self.high,
        )

    def _get_unit_span(self, unit: int) -> Span:
        return self.units[unit].start_ms, self.units[unit].end_ms

    def _time_run(self, spans: list[Span], pairs: Sequence[int], tokens: Range, units: Range) -> list[Range]:
        """Time the tokens that replace other units, or none; give back the runs that found no room."""
        tokens = self._time_edges(spans, pairs, tokens)
        inserted = self._list_insertions(pairs, tokens)
        heard = units[1] - units[0]
        if tokens[0] == tokens[1]:
            return []
        if not heard or (inserted and all(self._fits(run, at) for run, at in inserted)):
            for number in range(*tokens):
                if pairs[number] >= 0:
                    spans[number] = self._get_unit_span(pairs[number])
            return [run for run, at in inserted if not self._insert_run(spans, run, at)]
        if tokens[1] - tokens[0] == heard:
            spans[slice(*tokens)] = [self._get_unit_span(number) for number in range(*units)]
            return []
        first, last = self._drop_shorts(tokens, units)
        low, high = self.units[first].start_ms, self.units[last - 1].end_ms
        spans[slice(*tokens)] = share_span(self.weights[slice(*tokens)], low, high)
        return []

    def _time_edges(self, spans: list[Span], pairs: Sequence[int], tokens: Range) -> Range:
        """Place the words before the first unit and after the last one where there is a pause; give back the others."""
        first, last = tokens
        for run, at in self._list_insertions(pairs, tokens):
            if run[0] == at == 0 and self._fits(run, at) and self._insert_run(spans, run, at):
                first = run[1]
            elif at == len(self.units) and self._fits(run, at) and self._insert_run(spans, run, at):
                last = run[0]
        return first, last

    @staticmethod
    def _list_insertions(pairs: Sequence[int], tokens: Range) -> list[tuple[Range, int]]:
        """List the runs of inserted tokens, each with the index of the unit after it."""
        runs: list[tuple[Range, int]] = []
        for number in range(*tokens):
            at = -1 - pairs[number]
            if at >= 0 and runs and runs[-1] == ((runs[-1][0][0], number), at):
                runs[-1] = (runs[-1][0][0], number + 1), at
            elif at >= 0:
                runs.append(((number, number + 1), at))
        return runs

    def _drop_shorts(self, tokens: Range, units: Range) -> Range:
        """Drop replaced units at the ends that are too short to have been spoken, where there are more units than
        tokens. Numbers keep all of them: 50% may stand for 百分之五十."""
        first, last = units
        if any(char.isdecimal() for token in self.tokens[slice(*tokens)] for char in token.text):
            return units
        wanted = _SPARE * sum(self.lengths[slice(*tokens)])
        while last - first > tokens[1] - tokens[0]:
            fullness, end = min((self.units[n].length_ms / self.usual[n], n) for n in (first, last - 1))
            rest = (first + 1, last) if end == first else (first, last - 1)
            if fullness > _SHORT or self.units[rest[1] - 1].end_ms - self.units[rest[0]].start_ms < wanted:
                break
            first, last = rest
        return first, last

    def _fits(self, run: Range, at: int) -> bool:
        low, high = self.find_hole(at)
        return high - low >= _FITTING * sum(self.lengths[slice(*run)])

    def _insert_run(self, spans: list[Span], run: Range, at: int) -> bool:
        """Place a run of tokens in the hole before unit `at`; False where it is too small."""
        low, high = self.find_hole(at)
        least = 1 if at in (0, len(self.units)) else run[1] - run[0]  # beside a row, words share even a short pause
        if high - low < _LEAST_ROOM_MS * least:
            return False
        wanted = round(sum(self.lengths[slice(*run)]))
        before, after = self._has_sign_before(run[0]), self._has_sign_before(run[1])
        spare = high - low - wanted
        if high - low > wanted * (_SNUG if before or after else _SNUG_UNMARKED):
            if self._puts_pause_first(run, before, after):
                low = high - wanted
            elif before == after and spare < _EITHER_SIDE_MS:
                low += spare // 2
            high = low + wanted
        spans[slice(*run)] = share_span(self.weights[slice(*run)], low, high)
        return True

    def _puts_pause_first(self, run: Range, before: bool, after: bool) -> bool:
        """Whether the rest of a large hole comes before the run: not at the beginning of a row, which starts with
        speech, but at its end, and elsewhere as the punctuation suggests."""
        if run[0] == 0:
            return False
        return run[1] == len(self.tokens) or (before and not after)

    def _has_sign_before(self, token: int) -> bool:
        """Whether punctuation precedes that token; the row's beginning and end count too."""
        if token in (0, len(self.tokens)):
            return True
        return bool(self.text[self.tokens[token - 1].end : self.tokens[token].start].strip())

    def _take_room(self, spans: list[Span], run: Range) -> None:
        """Take room for tokens that no pause holds from the neighbour that lasts longest beyond its usual length,
        preferably from the one before, since people click where a word begins: its excess, at least the least room,
        and never more than half of it or than is needed."""
        wanted = round(sum(self.lengths[slice(*run)]))
        least = _LEAST_ROOM_MS * (run[1] - run[0])
        neighbours = [number for number in (run[0] - 1, run[1]) if 0 <= number < len(spans)]
        over = {number: spans[number][1] - spans[number][0] - round(self.lengths[number]) for number in neighbours}
        low = spans[run[0] - 1][1] if run[0] else self.low
        high = max(low, spans[run[1]][0] if run[1] < len(spans) else self.high)
        if neighbours:
            giver = max(neighbours, key=lambda number: (max(0, over[number]), -number))
            start, end = spans[giver]
            given = min((end - start) // 2, wanted, max(over[giver], least))
            if giver < run[0]:
                low -= given
                spans[giver] = (start, low)
            else:
                high += given
                spans[giver] = (high, end)
        spans[slice(*run)] = share_span(self.weights[slice(*run)], low, high)
