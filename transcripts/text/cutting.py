"""The cheapest way to cut passages into captions, and captions into lines.

A passage is what may share captions: the atoms of a row, or of several that are short. Of all ways to cut it, that of
the least cost is taken, and of equal ones the one whose last caption begins first, and so on backwards. Passages are
searched together, many at each step: a column of a table is a passage, and its rows are the atoms.
"""

from __future__ import annotations

import numpy as np

from transcripts.text.breaking import Atoms, Flags, Floats, Ints
from transcripts.text.caption_rules import Rules

_CAPTION = 5.0  # the cost of one more caption, beside those of breaking.py
_TOO_SHORT = 15.0
_TOO_FAST = 10.0  # for each missing second
_LONELY = 8.0  # a single short atom
_UNEVEN = 4.0  # times the squared difference of two lines, as a share of a line
_ROUNDING = 1e-6  # costs that differ by less may be equal
_NEVER_MS = 2.0**60
_TABLE_ATOMS = 16_384  # which keeps what is computed of a table in the processor's cache
_LEAST_COLUMNS = 32  # of a table of long passages, as each of its rows costs the same with few of them as with these


class Passages:
    """Atoms in passages, with running sums of widths so that any run of atoms is measured at once.

    `begins` are the first atoms of the passages. Runs are given by their first and last atoms.
    """

    def __init__(self, atoms: Atoms, begins: Ints, rules: Rules) -> None:
        self.rules = rules
        self.begins = begins
        self.lengths = np.diff(begins, append=len(atoms.texts))
        self.start_ms, self.end_ms, self.costs = atoms.start_ms, atoms.end_ms, atoms.costs
        self.spaces = rules.narrow * atoms.spaced
        # The width from the begin of the passage to behind an atom, and to before it.
        self.until = _sum_up(atoms.widths + self.spaces, begins)
        self.before = np.append(0.0, self.until[:-1])
        self.before[begins] = 0.0

    def measure(self, first: Ints, last: Ints) -> Floats:
        size: Floats = self.until[last] - self.before[first] - self.spaces[last]
        return size

    def find_captions(self) -> Ints:
        """Give the first atoms of all captions, in order."""
        order = np.argsort(-self.lengths, kind="stable")  # Passages in a table are about equally long.
        begins: list[Ints] = []
        while len(order):
            count = max(_LEAST_COLUMNS, _TABLE_ATOMS // int(self.lengths[order[0]]))
            begins.append(_Table(self, order[:count]).find_captions())
            order = order[count:]
        return np.sort(np.concatenate(begins))

    def find_lines(self, first: Ints, last: Ints) -> Ints:
        """Give the first atoms of all lines of captions, in order."""
        begins = [first]
        for most in range(self.rules.lines, 1, -1):
            first = self.break_lines(first, last, most)[1] + 1
            first, last = first[first <= last], last[first <= last]
            begins.append(first)
        return np.sort(np.concatenate(begins))

    def break_lines(self, first: Ints, last: Ints, most: int) -> tuple[Floats, Ints, Ints]:
        """Break runs into at most `most` lines: give costs, the last atom of the first line, and how many lines.

        The cost is infinite where a run does not fit. An atom wider than a line gets one to itself.
        """
        costs, ends, lines = np.zeros(len(first)), last.copy(), np.ones(len(first), np.int64)
        wide = np.flatnonzero((first < last) & (self.measure(first, last) > self.rules.line))
        if most == 1 or not len(wide):
            costs[wide] = np.inf
            return costs, ends, lines
        run, cut, prices, more = self._price_first_lines(first[wide], last[wide], most)
        begins = np.searchsorted(run, np.arange(len(wide)))
        costs[wide] = np.minimum.reduceat(prices, begins)
        cheapest = np.flatnonzero(prices == costs[wide][run])
        at = cheapest[np.searchsorted(run[cheapest], np.arange(len(wide)))]  # the first of those that cost the same
        ends[wide], lines[wide] = cut[at], more[at] + 1
        return costs, ends, lines

    def _price_first_lines(self, first: Ints, last: Ints, most: int) -> tuple[Ints, Ints, Floats, Ints]:
        """Price all first lines of runs: give the run, the line's last atom, the cost, and how many lines follow."""
        counts = last - first
        run = np.repeat(np.arange(len(first)), counts)
        cut = np.arange(len(run)) + (first + counts - np.cumsum(counts))[run]
        size = self.measure(first[run], cut)
        fits = np.flatnonzero((size <= self.rules.line) | (cut == first[run]))
        run, cut, size, last = run[fits], cut[fits], size[fits], last[run[fits]]
        if most == 2:
            rest = self.until[last] - self.spaces[last] - self.until[cut]
            more = np.ones(len(run), np.int64)
            broken = np.where((rest <= self.rules.line) | (cut + 1 == last), 0.0, np.inf)
        else:
            broken, _ends, more = self.break_lines(cut + 1, last, most - 1)
            rest = self.measure(cut + 1, last) / more
        uneven = (size - rest) / self.rules.line
        return run, cut, self.costs[cut] + _UNEVEN * uneven * uneven + broken, more


def _sum_up(widths: Floats, begins: Ints) -> Floats:
    """Give running sums that begin anew with each passage; a sum over all would be rounded differently."""
    return np.concatenate([np.cumsum(part) for part in np.split(widths, begins[1:])])


class _Table:
    """The search in some passages: columns of their atoms, padded to the length of the longest."""

    def __init__(self, passages: Passages, chosen: Ints) -> None:
        self.passages, self.rules = passages, passages.rules
        self.begins, self.lengths = passages.begins[chosen], passages.lengths[chosen]
        self.height = int(self.lengths.max())
        number = np.arange(self.height + 1)[:, None]
        atoms = np.minimum(self.begins + number, len(passages.costs) - 1)
        is_atom = number < self.lengths
        self.before, self.until = passages.before[atoms], passages.until[atoms]
        self.spaces, self.costs = passages.spaces[atoms], passages.costs[atoms]
        self.start_ms = np.where(is_atom, passages.start_ms[atoms], _NEVER_MS)
        self.end_ms = np.where(is_atom, passages.end_ms[atoms], _NEVER_MS)
        # Until when a caption is shown that ends with an atom: it lingers where the next one leaves time for it.
        self.shown_ms = np.minimum(self.end_ms[:-1] + self.rules.linger_ms, self.start_ms[1:] - self.rules.gap_ms)
        self.reach = self._find_reach()

    def _find_reach(self) -> int:
        """Give how many atoms a caption has at most."""
        reach = 1
        while reach < self.height:
            first, last = slice(0, self.height - reach), slice(reach, self.height)
            size = self.until[last] - self.before[first] - self.spaces[last]
            if not self._fits(size, self.start_ms[first], self.end_ms[last]).any():
                break
            reach += 1
        return reach

    def _fits(self, size: Floats, start_ms: Floats, end_ms: Floats) -> Flags:
        return (size <= self.rules.line * self.rules.lines) & (end_ms <= start_ms + self.rules.longest_ms)

    def _price(self, number: int, columns: Ints | slice, least: Floats) -> tuple[Floats, Flags, Floats]:
        """Price the captions that begin with an atom, in some columns, each a row longer than the one before.

        Give the cost of all up to their ends, `least` being that of what is before them; which are to be broken into
        lines; and what that costs at least. What does not fit has an infinite cost.
        """
        rules, last = self.rules, slice(number, min(number + self.reach, self.height))
        places = self.costs[last, columns]
        start_ms = self.start_ms[number, columns]
        size = self.until[last, columns] - self.before[number, columns] - self.spaces[last, columns]
        fits = self._fits(size, start_ms, self.end_ms[last, columns])
        fits[0] = True
        fits = np.logical_and.accumulate(fits)
        shown = self.shown_ms[last, columns] - start_ms
        costs = least + _CAPTION + places
        late = size / rules.per_second - shown / 1000
        costs += _TOO_FAST * np.maximum(late, 0.0) + np.where(shown < rules.shortest_ms, _TOO_SHORT, 0.0)
        is_inner = number + 1 < self.lengths[columns]
        costs[0] += np.where(is_inner & (size[0] <= rules.line / 8), _LONELY, 0.0)
        costs[~fits] = np.inf
        wide = size > rules.line
        wide[0] = False
        breaks = np.zeros_like(size)
        np.minimum.accumulate(places[:-1], out=breaks[1:])
        return costs, wide, np.where(wide, breaks, 0.0)

    def find_captions(self) -> Ints:
        """Give the first atoms of the captions.

        Backwards first, as if lines cost no more than their cheapest break: that says what the rest costs at least from
        each atom on, and what it costs to cut there gives a limit. Then forwards, with what may stay within the limit.
        """
        rest, limits = self._bound()
        columns = np.arange(len(self.begins))
        best = np.full((self.height + 1, len(columns)), np.inf)  # the least cost of all before an atom
        best[0] = 0.0
        begins = np.zeros((self.height + 1, len(columns)), np.int64)  # where the last caption before it begins
        for number in range(self.height):
            some = np.flatnonzero((number < self.lengths) & (best[number] + rest[number] <= limits))
            if not len(some):
                continue
            costs, wide, breaks = self._price(number, some, best[number, some])
            after = slice(number + 1, number + 1 + len(costs))
            least = costs + breaks
            possible = (least < best[after, some]) & (least + rest[after, some] <= limits[some])
            length, at = np.nonzero(possible & wide)
            first = self.begins[some[at]] + number
            if len(first):
                costs[length, at] += self.passages.break_lines(first, first + length, self.rules.lines)[0]
            better = possible & (costs < best[after, some])
            best[after, some] = np.where(better, costs, best[after, some])
            begins[after, some] = np.where(better, number, begins[after, some])
        return self._follow_back(begins)

    def _follow_back(self, begins: Ints) -> Ints:
        """Give the first atoms of the captions, of which the last ones come to the ends of the passages."""
        columns, number = np.arange(len(self.begins)), self.lengths
        firsts: list[Ints] = []
        while len(columns):
            number = begins[number, columns]
            firsts.append(self.begins[columns] + number)
            columns, number = columns[number > 0], number[number > 0]
        return np.concatenate(firsts)

    def _bound(self) -> tuple[Floats, Floats]:
        """Give the least cost of the rest from each atom on, and a cost that each passage need not exceed."""
        columns = np.arange(len(self.begins))
        rest = np.zeros((self.height + 1, len(columns)))
        lengths = np.zeros(rest.shape, np.int64)  # of the caption with which the cheapest rest begins
        lines = np.zeros(rest.shape)  # what its lines cost at least
        for number in range(self.height - 1, -1, -1):
            costs, _wide, breaks = self._price(number, slice(None), np.zeros(len(columns)))
            costs += breaks + rest[number + 1 : number + 1 + len(costs)]
            cheapest = costs.argmin(axis=0)
            lengths[number], lines[number] = cheapest + 1, breaks[cheapest, columns]
            rest[number] = np.where(number < self.lengths, costs[cheapest, columns], 0.0)
        limits = rest[0] + _ROUNDING
        at = np.zeros(len(columns), np.int64)
        while len(columns):
            first, following = self.begins[columns] + at, at + lengths[at, columns]
            broken = self.passages.break_lines(first, self.begins[columns] + following - 1, self.rules.lines)[0]
            limits[columns] += broken - lines[at, columns]
            goes_on = following < self.lengths[columns]
            columns, at = columns[goes_on], following[goes_on]
        return rest, limits
