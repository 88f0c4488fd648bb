"""Where a caption may be broken, and where it reads best."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from transcripts.text.tokens import Word, find_token_spans, is_hangul, is_single

# Costs of breaking after an atom; one more caption costs `_CAPTION` of captions.py.
_SENTENCE, _CLAUSE, _PAUSE, _LINK, ANYWHERE = 0.0, 3.0, 4.0, 5.0, 10.0
_MOST_CHARACTERS = 8192  # whose width is kept
ROUNDING = 1e-6  # costs that differ by less may be equal
_UNEVEN = 4.0  # times the squared difference of two lines, as a share of a line
_SENTENCE_ENDS = frozenset("。！？.!?…；;")
_CLAUSE_ENDS = frozenset("，,、：:—")
_NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮーｰ々ゝゞヽヾ")  # after Japanese typesetting rules
_LINKS = re.compile(
    r"(?:and|or|but|because|so|that|which|who|when|where|while|if|although|to|of|in|on|at|for|with|from|as|than)\b"
    r"|和|与|但|而|或|因为|所以|如果|虽然|然后|并且|不过|以及",
    re.IGNORECASE,
)
_LINKS_BEGIN = frozenset("abostwifABOSTWIFſıİ和与但而或因所如虽然并不以")  # which spares most looks
_CLOSERS = "\"'”’」』）)"
# A number in digits or Han characters, and the unit or measure word after it.
_QUANTITY = re.compile(
    r"[第约]?(?:\d[\d.,]*[万亿千百]*|[零〇一二两三四五六七八九十百千万亿半几]+)\s?"
    r"(?:[年月日号时点分秒岁个位名元块角米里斤克吨升倍次件条张台辆家层楼页章节届季度周天℃％%‰]"
    r"|(?:[kmcµ]?m|k?g|[kKMGT]?B|[kMG]?Hz|ms|km/h|[kKMG]?W|[mM]?L|ml|[hsVA]|min|percent|dollars|years|people)(?![A-Za-z]))?"
)


class Atom(NamedTuple):
    """A stretch of text that is never broken, with its times; `cost` is that of a break after it."""

    text: str
    start_ms: int
    end_ms: int
    spaced: bool  # a space follows where the line goes on
    cost: float
    words: Sequence[Word] = ()
    row: int = 0  # the number of the row it comes from


def build_atoms(
    text: str, words: Sequence[Word], *, pause_ms: int, keep: Sequence[str] = (), row: int = 0
) -> list[Atom]:
    """Split a row's text into unbreakable atoms, timed by its words, one word a token (`ValueError` otherwise).

    Names in `keep` stay whole. A text without tokens has no atoms.
    """
    spans = find_token_spans(text)
    if len(spans) != len(words):
        raise ValueError(f"{len(spans)} tokens, {len(words)} words")
    if not spans:
        return []
    kept = _find_kept(text, keep)
    made: list[Atom] = []
    first = begin = 0  # the token and the character that the atom begins with
    for number, ((_start, end), (following, _end)) in enumerate(pairwise(spans), start=1):
        # Each token goes with the opening signs before it and the closing ones after it.
        edge = following if following == end else _find_opening(text, end, following)
        spaced = text[edge - 1].isspace()
        if following in kept or not (spaced or _can_break_at(text, edge, following)):
            continue
        body = " ".join(text[begin:edge].split())
        own = words[first:number]
        paused = words[number].start_ms - own[-1].end_ms >= pause_ms
        cost = _price_break(body, text, edge, paused)
        made.append(Atom(body, own[0].start_ms, own[-1].end_ms, spaced, cost, own, row))
        first, begin = number, edge
    own = words[first:]
    body = " ".join(text[begin:].split())
    made.append(Atom(body, own[0].start_ms, own[-1].end_ms, text[-1].isspace(), _SENTENCE, own, row))
    return made


def _find_opening(text: str, low: int, high: int) -> int:
    """Find where the opening signs directly before the second of two tokens begin."""
    while high > low and _opens(text, high - 1):
        high -= 1
    return high


def _opens(text: str, position: int) -> bool:
    char = text[position]
    if char in "\"'":
        return text.count(char, 0, position) % 2 == 0
    if char in "-–−+":
        return position == 0 or text[position - 1].isspace()
    return unicodedata.category(char) in ("Ps", "Pi") or char in "#@$￥£€¿¡"


def _find_kept(text: str, keep: Sequence[str]) -> set[int]:
    """Give the positions inside quantities and names, where nothing is broken."""
    spans = [match.span() for match in _QUANTITY.finditer(text)]
    for name in filter(None, keep):
        spans += [match.span() for match in re.finditer(re.escape(name), text, re.IGNORECASE)]
    return {position for start, end in spans for position in range(start + 1, end)}


def _can_break_at(text: str, edge: int, token: int) -> bool:
    """Whether a line may begin at `edge`, without a space before it; the next token begins at `token`."""
    return text[token] not in _NEVER_FIRST and (_allows_break(text[edge - 1]) or _allows_break(text[edge]))


@lru_cache(maxsize=16384)
def _allows_break(char: str) -> bool:
    """Whether a line may end or begin at this character without a space."""
    return not is_hangul(char) and (is_single(char) or unicodedata.east_asian_width(char) in "WF")


def _price_break(before: str, text: str, after: int, paused: bool) -> float:
    """Give the cost of a break between `before` and the row's text from `after` on."""
    end = before[-1:]
    if end in _CLOSERS:
        end = before.rstrip(_CLOSERS)[-1:]
    if end in _SENTENCE_ENDS:
        return _SENTENCE
    if end in _CLAUSE_ENDS:
        return _CLAUSE
    if paused:
        return _PAUSE
    return _LINK if text[after] in _LINKS_BEGIN and _LINKS.match(text, after) else ANYWHERE


def measure_char(char: str, narrow: float) -> float:
    """Give 1 for a character as wide as Han, `narrow` for others, 0 for combining marks."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else narrow


class _Widths(dict[str, float]):
    """Each character's width, measured when it is first asked for."""

    def __init__(self, narrow: float) -> None:
        super().__init__()
        self.narrow = narrow

    def __missing__(self, char: str) -> float:
        width = measure_char(char, self.narrow)
        if len(self) < _MOST_CHARACTERS:
            self[char] = width
        return width


_get_widths = lru_cache(maxsize=16)(_Widths)


def measure_width(text: str, narrow: float) -> float:
    return sum(map(_get_widths(narrow).__getitem__, text))


_measure_atom = lru_cache(maxsize=16384)(measure_width)  # the same characters and words recur all the time


class Passage:
    """Atoms that may share a caption, with running sums of their widths so that any run is measured at once."""

    def __init__(self, run: Sequence[Atom], *, line: float, narrow: float) -> None:
        self.atoms = run
        self.line = line
        self.spaces = [narrow * atom.spaced for atom in run]
        own = [_measure_atom(atom.text, narrow) + space for atom, space in zip(run, self.spaces, strict=True)]
        self.widest = max(own)  # of the atoms, with the space behind it
        self.sums = [0.0, *accumulate(own)]
        self.costs = [atom.cost for atom in run]
        self._lines: dict[tuple[int, int, int], tuple[float, list[int]] | None] = {}

    def measure(self, start: int, end: int) -> float:
        return self.sums[end] - self.sums[start] - self.spaces[end - 1]

    def join_text(self, start: int, end: int) -> str:
        return "".join(atom.text + " " * atom.spaced for atom in self.atoms[start:end]).rstrip()

    def break_lines(self, start: int, end: int, most: int) -> tuple[float, list[int]] | None:
        """Break a run into at most `most` lines: give the cost, and where each line after the first begins.

        None where the run does not fit. An atom wider than a line gets one to itself.
        """
        if end == start + 1 or self.measure(start, end) <= self.line:
            return 0.0, []
        if most != 2:
            return self._break_in_more(start, end, most)
        key = (start, end, 2)
        if key not in self._lines:  # Cuts are sought twice, and then written.
            self._lines[key] = self._break_in_two(start, end)
        return self._lines[key]

    def _break_in_two(self, start: int, end: int) -> tuple[float, list[int]] | None:
        """A faster `_break_in_more` for the usual case, called some hundred thousand times for an hour of speech.

        It goes from the middle to either side until no cut can be better, and takes the first of equal ones.
        """
        sums, spaces, costs, line = self.sums, self.spaces, self.costs, self.line
        origin, whole = sums[start], sums[end] - spaces[end - 1]
        # From the first cut whose rest fits the second line; a single atom always may.
        first = min(max(start + 1, bisect_left(sums, whole - line, start, end) - 1), end - 1)
        middle = bisect_left(sums, (origin + whole) / 2, first, end - 1)
        least = min(costs[first - 1 : end - 1])
        best, at = math.inf, 0
        for side, cuts in ((1, range(middle, end)), (-1, range(middle - 1, first - 1, -1))):
            for cut in cuts:
                size, rest = sums[cut] - origin - spaces[cut - 1], whole - sums[cut]
                if (size > line and cut > start + 1) or (rest > line and cut + 1 < end):
                    continue
                uneven = (size - rest) / line
                price = _UNEVEN * uneven * uneven
                cost = costs[cut - 1] + price
                if cost < best or (cost == best and cut < at):
                    best, at = cost, cut
                elif side * uneven > 0 and least + price > best + ROUNDING:
                    break
        return (best, [at]) if at else None

    def _break_in_more(self, start: int, end: int, most: int) -> tuple[float, list[int]] | None:
        best: tuple[float, list[int]] | None = None
        for cut in range(start + 1, end) if most > 1 else ():
            size = self.measure(start, cut)
            if size > self.line and cut > start + 1:
                break
            key = (cut, end, most - 1)
            if key not in self._lines:
                self._lines[key] = self.break_lines(*key)
            rest = self._lines[key]
            if rest is None:
                continue
            uneven = (size - self.measure(cut, end) / (len(rest[1]) + 1)) / self.line
            cost = self.costs[cut - 1] + _UNEVEN * uneven * uneven + rest[0]
            if best is None or cost < best[0]:
                best = cost, [cut, *rest[1]]
        return best
