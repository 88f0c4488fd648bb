"""Times for tokens that the engine did not time, out of those that it did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from transcripts.text.tokens import Token, is_single, weigh

Span = tuple[int, int]  # milliseconds
Range = tuple[int, int]  # numbers of tokens or units, the second left out

_SYLLABLE_MS = 180.0  # where a row is too short to tell its speed
_FEWEST = 3  # words from which a speed is read
_LEAST_ROOM_MS = 40  # the engine's grid: a smaller pause holds no word
_SNUG = 1.5  # a hole up to so many times the expected length is all the word's
_SNUG_UNMARKED = 2.2  # the same where the text shows no pause
_EITHER_SIDE_MS = 150  # where nothing tells on which side the pause is, a smaller one is halved
_FITTING = 0.4  # beside replaced words a hole from so much of the expected length holds an insertion
_SHORT = 0.7  # of the usual length: such a word may have been heard where nothing was said
_SPARE = 0.6  # of the expected length: so much must be left for the words that were said


@dataclass(frozen=True, slots=True)
class Unit:
    """One token of what the engine heard; `word` is the number of the engine word it is a part of."""

    text: str
    start_ms: int
    end_ms: int
    word: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def share_span(weights: Sequence[float], low: int, high: int) -> list[Span]:
    """The span from `low` to `high` shared out by weight."""
    total = sum(weights)
    edges, done = [low], 0.0
    for part in weights:
        done += part
        edges.append(low + round((high - low) * done / total))
    return list(pairwise(edges))


def settle_spans(spans: Sequence[Span], low: int, high: int) -> list[Span]:
    """The spans inside the row, in order, each at least 1 ms long; what obeys already stays untouched.

    In a row of fewer milliseconds than words they overlap; in one without length they reach 1 ms out of it.
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
    """Milliseconds for a weight of one: under True for Han and the like, under False for words of letters."""
    found: dict[bool, list[float]] = {True: [], False: []}
    for unit in units:
        found[is_single(unit.text)].append(unit.length_ms / weigh(unit.text))
    every = found[True] + found[False]
    usual = median(every) if len(every) >= _FEWEST else _SYLLABLE_MS
    return {single: max(1.0, median(some) if len(some) >= _FEWEST else usual) for single, some in found.items()}


@dataclass(frozen=True, slots=True)
class Timing:
    """One row: what was heard in it from `low` to `high` ms, and the tokens to be timed with their usual lengths.

    `usual` holds the length that each unit would have at the row's speed. A token's pair is the number of a unit,
    or -1 - n where it was inserted before unit n.
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
        """A span for each token. Anchored ones keep the time of the unit they are paired with."""
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

    def find_hole(self, at: int) -> Span:
        """The pause before unit number `at`; with one more than there are units, the one after the last."""
        return (
            self.units[at - 1].end_ms if at else self.low,
            self.units[at].start_ms if at < len(self.units) else self.high,
        )

    def _get_unit_span(self, unit: int) -> Span:
        return self.units[unit].start_ms, self.units[unit].end_ms

    def _time_run(self, spans: list[Span], pairs: Sequence[int], tokens: Range, units: Range) -> list[Range]:
        """Times the tokens that stand where other units were heard, or none; gives back those that found no room."""
        inserted = self._list_insertions(pairs, tokens)
        heard = units[1] - units[0]
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

    @staticmethod
    def _list_insertions(pairs: Sequence[int], tokens: Range) -> list[tuple[Range, int]]:
        """The runs of inserted tokens, each with the number of the unit before which it stands."""
        runs: list[tuple[Range, int]] = []
        for number in range(*tokens):
            at = -1 - pairs[number]
            if at >= 0 and runs and runs[-1] == ((runs[-1][0][0], number), at):
                runs[-1] = (runs[-1][0][0], number + 1), at
            elif at >= 0:
                runs.append(((number, number + 1), at))
        return runs

    def _drop_shorts(self, tokens: Range, units: Range) -> Range:
        """The replaced units but for those at the ends that were too short to have been said, where more were heard
        than meant. Numbers keep all of them: 50% was heard as 百分之五十."""
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
        """Places a run of tokens in the hole before unit `at`; whether the hole holds it."""
        low, high = self.find_hole(at)
        if high - low < _LEAST_ROOM_MS * (run[1] - run[0]):
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
        """Whether the rest of a large hole lies before the run: not at the beginning of a row, which begins with
        speech, but at its end, and else where the text has a sign."""
        if run[0] == 0:
            return False
        return run[1] == len(self.tokens) or (before and not after)

    def _has_sign_before(self, token: int) -> bool:
        """Whether punctuation stands before that token; the row's own beginning and end count as such."""
        if token in (0, len(self.tokens)):
            return True
        return bool(self.text[self.tokens[token - 1].end : self.tokens[token].start].strip())

    def _take_room(self, spans: list[Span], run: Range) -> None:
        """Tokens that no pause holds take from the neighbour that lasts longer than usual, or from the one before,
        since a word's beginning is what people hear and click: what it has too much, at least the least room, and
        never more than half of it or than they need."""
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
