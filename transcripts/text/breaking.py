"""Where a caption may be broken, and where it reads best."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from transcripts.text.tokens import Token, Word, is_hangul, is_single, tokenize

# Costs of breaking after an atom; one more caption costs `_CAPTION` of captions.py.
_SENTENCE, _CLAUSE, _PAUSE, _LINK, _ANYWHERE = 0.0, 3.0, 4.0, 5.0, 10.0
_UNEVEN = 4.0  # times the squared difference of two lines, as a share of a line
_SENTENCE_ENDS = frozenset("。！？.!?…；;")
_CLAUSE_ENDS = frozenset("，,、：:—")
_NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮーｰ々ゝゞヽヾ")  # after Japanese typesetting rules
_LINKS = re.compile(
    r"(?:and|or|but|because|so|that|which|who|when|where|while|if|although|to|of|in|on|at|for|with|from|as|than)\b"
    r"|和|与|但|而|或|因为|所以|如果|虽然|然后|并且|不过|以及",
    re.IGNORECASE,
)
# A number in digits or Han characters, and the unit or measure word after it.
_QUANTITY = re.compile(
    r"[第约]?(?:\d[\d.,]*[万亿千百]*|[零〇一二两三四五六七八九十百千万亿半几]+)\s?"
    r"(?:[年月日号时点分秒岁个位名元块角米里斤克吨升倍次件条张台辆家层楼页章节届季度周天℃％%‰]"
    r"|(?:[kmcµ]?m|k?g|[kKMGT]?B|[kMG]?Hz|ms|km/h|[kKMG]?W|[mM]?L|ml|[hsVA]|min|percent|dollars|years|people)(?![A-Za-z]))?"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """A stretch of text that is never broken, with its times; `cost` is that of a break after it."""

    text: str
    start_ms: int
    end_ms: int
    spaced: bool  # a space follows where the line goes on
    cost: float
    words: Sequence[Word] = ()
    row: int = 0  # the number of the row it comes from


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A token with its adjacent punctuation, not yet bound to its neighbours."""

    token: Token
    start: int
    end: int
    spaced: bool


def build_atoms(
    text: str, words: Sequence[Word], *, pause_ms: int, keep: Sequence[str] = (), row: int = 0
) -> list[Atom]:
    """Split a row's text into unbreakable atoms, timed by its words, one word a token (`ValueError` otherwise).

    Names in `keep` stay whole. A text without tokens has no atoms.
    """
    fragments = list(_split_fragments(text))
    if len(fragments) != len(words):
        raise ValueError(f"{len(fragments)} tokens, {len(words)} words")
    bound = _find_bindings(text, fragments, keep)
    made: list[Atom] = []
    first = 0
    for number, fragment in enumerate(fragments):
        if number + 1 < len(fragments) and bound[number]:
            continue
        body = " ".join(text[fragments[first].start : fragment.end].split())
        cost = _SENTENCE
        if number + 1 < len(fragments):
            rest = words[number + 1].start_ms - words[number].end_ms
            cost = _price_break(body, text, fragments[number + 1].start, rest >= pause_ms)
        own = words[first : number + 1]
        made.append(Atom(body, own[0].start_ms, own[-1].end_ms, fragment.spaced, cost, own, row))
        first = number + 1
    return made


def _split_fragments(text: str) -> Iterator[_Fragment]:
    """Give each token with the opening signs before it and the closing ones after it."""
    tokens = tokenize(text)
    if not tokens:
        return
    starts = [
        token.start if token.start == before.end else _find_opening(text, before.end, token.start)
        for before, token in pairwise(tokens)
    ]
    edges = [0, *starts, len(text)]
    for token, (start, end) in zip(tokens, pairwise(edges), strict=True):
        if spaced := text[end - 1].isspace():
            end = start + len(text[start:end].rstrip())
        yield _Fragment(token, start, end, spaced)


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


def _find_bindings(text: str, fragments: Sequence[_Fragment], keep: Sequence[str]) -> list[bool]:
    """Tell for each fragment whether it must stay with the next."""
    spans = [match.span() for match in _QUANTITY.finditer(text)]
    for name in filter(None, keep):
        spans += [match.span() for match in re.finditer(re.escape(name), text, re.IGNORECASE)]
    inside = {position for start, end in spans for position in range(start + 1, end)}
    return [
        second.token.start in inside or not _can_break_between(text, first, second)
        for first, second in pairwise(fragments)
    ] + [False]


def _can_break_between(text: str, first: _Fragment, second: _Fragment) -> bool:
    if first.spaced:
        return True
    if second.token.text[0] in _NEVER_FIRST and first.end == second.start:
        return False
    return _allows_break(text[first.end - 1]) or _allows_break(text[second.start])


@lru_cache(maxsize=16384)
def _allows_break(char: str) -> bool:
    """Whether a line may end or begin at this character without a space."""
    return not is_hangul(char) and (is_single(char) or unicodedata.east_asian_width(char) in "WF")


def _price_break(before: str, text: str, after: int, paused: bool) -> float:
    """Give the cost of a break between `before` and the row's text from `after` on."""
    end = before.rstrip("\"'”’」』）)")[-1:]
    if end in _SENTENCE_ENDS:
        return _SENTENCE
    if end in _CLAUSE_ENDS:
        return _CLAUSE
    if paused:
        return _PAUSE
    return _LINK if _LINKS.match(text, after) else _ANYWHERE


@lru_cache(maxsize=4096)
def measure_char(char: str, narrow: float) -> float:
    """Give 1 for a character as wide as Han, `narrow` for others, 0 for combining marks."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else narrow


def measure_width(text: str, narrow: float) -> float:
    return sum([measure_char(char, narrow) for char in text])


_measure_atom = lru_cache(maxsize=16384)(measure_width)  # the same characters and words recur all the time


class Passage:
    """Atoms that may share a caption, with running sums of their widths so that any run is measured at once."""

    def __init__(self, run: Sequence[Atom], *, line: float, narrow: float) -> None:
        self.atoms = run
        self.line = line
        self.spaces = [narrow * atom.spaced for atom in run]
        own = (_measure_atom(atom.text, narrow) + space for atom, space in zip(run, self.spaces, strict=True))
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
        return self._break_in_two(start, end) if most == 2 else self._break_in_more(start, end, most)

    def _break_in_two(self, start: int, end: int) -> tuple[float, list[int]] | None:
        """A faster `_break_in_more` for the usual case, called some hundred thousand times for an hour of speech."""
        sums, spaces, line = self.sums, self.spaces, self.line
        origin, whole = sums[start], sums[end] - spaces[end - 1]
        # From the first cut whose rest fits the second line; a single atom always may.
        first = min(max(start + 1, bisect_left(sums, whole - line, start, end) - 1), end - 1)
        best, at = math.inf, 0
        for cut in range(first, end):
            size, rest = sums[cut] - origin - spaces[cut - 1], whole - sums[cut]
            if size > line and cut > start + 1:
                break
            if rest > line and cut + 1 < end:
                continue
            uneven = (size - rest) / line
            cost = self.costs[cut - 1] + _UNEVEN * uneven * uneven
            if cost < best:
                best, at = cost, cut
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
