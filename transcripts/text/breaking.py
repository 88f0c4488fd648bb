"""Where a caption may be broken, and where it reads best.

A day of speech has some hundred thousand such places, so the rows are looked at together, in columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from transcripts.text.caption_rules import CaptionRow, Rules
from transcripts.text.tokens import is_hangul, is_single
from transcripts.text.widths import measure_width

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Marks = NDArray[np.uint8]

# Costs of breaking after an atom; one more caption costs `_CAPTION` of cutting.py.
_SENTENCE, _CLAUSE, _PAUSE, _LINK, _ANYWHERE = 0.0, 3.0, 4.0, 5.0, 10.0
_SENTENCE_ENDS = frozenset("。！？.!?…；;")
_CLAUSE_ENDS = frozenset("，,、：:—")
_CLOSERS = "\"'”’」』）)"
_OPENERS = frozenset("#@$￥£€¿¡")  # beside the brackets
_QUOTES = "\"'"  # which open where an even number of them stands before
_SIGNS = frozenset("-–−+")  # which belong to what follows where a space is before them
_NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮーｰ々ゝゞヽヾ")  # after Japanese typesetting rules
_LINKS = re.compile(
    r"(?:and|or|but|because|so|that|which|who|when|where|while|if|although|to|of|in|on|at|for|with|from|as|than)\b"
    r"|和|与|但|而|或|因为|所以|如果|虽然|然后|并且|不过|以及",
    re.IGNORECASE,
)
_LINKS_BEGIN = frozenset("abostwifABOSTWIFſıİ和与但而或因所如虽然并不以")  # which spares most looks
# A number in digits or Han characters, and the unit or measure word after it.
_QUANTITY = re.compile(
    r"[第约]?(?:\d[\d.,]*[万亿千百]*|[零〇一二两三四五六七八九十百千万亿半几]+)\s?"
    r"(?:[年月日号时点分秒岁个位名元块角米里斤克吨升倍次件条张台辆家层楼页章节届季度周天℃％%‰]"
    r"|(?:[kmcµ]?m|k?g|[kKMGT]?B|[kMG]?Hz|ms|km/h|[kKMG]?W|[mM]?L|ml|[hsVA]|min|percent|dollars|years|people)(?![A-Za-z]))?"
)
_BETWEEN = "\0"  # stands before, between and after the texts, and matches nothing
_IS_SPACE, _MAY_BREAK, _OPENS, _IS_SIGN, _IS_NEVER_FIRST, _BEGINS_LINK = (1 << bit for bit in range(6))


@dataclass(frozen=True, slots=True, eq=False)
class Atoms:
    """Stretches of text that are never broken, row after row; each column has a value for each."""

    texts: list[str]
    widths: Floats
    rows: Ints  # the index of the row
    words: Ints  # how many words stand before
    start_ms: Ints
    end_ms: Ints
    spaced: Flags  # a space follows where the line goes on
    costs: Floats  # of a break after it


@dataclass(frozen=True, slots=True, eq=False)
class _Tokens:
    """The tokens of all rows, as columns. `starts` and `ends` count characters of the joined text."""

    starts: Ints
    ends: Ints
    rows: Ints
    words: Ints
    start_ms: Ints
    end_ms: Ints
    row_ends: Ints  # of each row


def build_atoms(rows: Sequence[CaptionRow], rules: Rules) -> Atoms:
    """Split rows that are not blank into atoms, timed by their words, one word a token (`ValueError` otherwise).

    A row without tokens is one atom. Names that the rules keep stay whole.
    """
    text = _BETWEEN.join(["", *(row.text for row in rows), ""])
    tokens = _find_tokens(rows)
    marks = _mark_characters(text)
    ends_row = np.append(tokens.rows[1:] != tokens.rows[:-1], True)
    edges = _find_edges(text, tokens, marks, ends_row)
    following = np.append(tokens.starts[1:], 0)
    spaced = marks[edges - 1] & _IS_SPACE != 0
    breakable = ((marks[edges - 1] | marks[edges]) & _MAY_BREAK != 0) & (marks[following] & _IS_NEVER_FIRST == 0)
    last = np.flatnonzero(ends_row | ((spaced | breakable) & ~_find_kept(text, rules.keep)[following]))

    first = np.append(0, last[:-1] + 1)
    after = edges[last]
    begins = np.append(len(_BETWEEN), after[:-1] + len(_BETWEEN) * ends_row[last[:-1]])
    found = [text[begin:end] for begin, end in zip(begins.tolist(), after.tolist(), strict=True)]
    # The same characters and words recur all the time, so each is looked at once.
    numbers = {each: number for number, each in enumerate(set(found))}
    kinds = np.fromiter(map(numbers.__getitem__, found), np.int64, len(found))
    texts = [" ".join(each.split()) for each in numbers]
    signs = np.array([_price_sign(each) for each in texts])[kinds]
    pauses = np.append(tokens.start_ms[1:], 0) - tokens.end_ms
    costs = _price_breaks(text, after, marks, signs, pauses[last] >= rules.pause_ms)
    return Atoms(
        texts=[texts[kind] for kind in kinds.tolist()],
        widths=np.array([measure_width(each, rules.narrow) for each in texts])[kinds],
        rows=tokens.rows[first],
        words=tokens.words[first],
        start_ms=tokens.start_ms[first],
        end_ms=tokens.end_ms[last],
        spaced=spaced[last],
        costs=np.where(ends_row[last], _SENTENCE, costs),
    )


def _find_tokens(rows: Sequence[CaptionRow]) -> _Tokens:
    """Find the tokens of rows; one that has none is taken for one token, without a word."""
    for row in rows:
        if len(row.parts) // 2 != len(row.words.texts):
            raise ValueError(f"{len(row.parts) // 2} tokens, {len(row.words)} words")
    parts = [row.parts if row.words.texts else ("", row.text, "") for row in rows]
    counts = np.array(list(map(len, parts)))
    row_ends = np.cumsum(counts) - 1
    lengths = _fill(map(len, chain.from_iterable(parts)))
    lengths[row_ends] += len(_BETWEEN)
    part_rows = np.repeat(np.arange(len(rows)), counts)
    is_token = (np.arange(len(lengths)) - (row_ends + 1 - counts)[part_rows]) % 2 == 1
    ends = len(_BETWEEN) + np.cumsum(lengths)
    token_rows = part_rows[is_token]
    has_word = np.array([len(row.words.texts) > 0 for row in rows])[token_rows]
    return _Tokens(
        starts=(ends - lengths)[is_token],
        ends=ends[is_token],
        rows=token_rows,
        words=np.cumsum(has_word) - has_word,
        start_ms=_fill(chain.from_iterable(row.words.start_ms or (row.start_ms,) for row in rows)),
        end_ms=_fill(chain.from_iterable(row.words.end_ms or (row.end_ms,) for row in rows)),
        row_ends=ends[row_ends] - len(_BETWEEN),
    )


def _fill(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _find_edges(text: str, tokens: _Tokens, marks: Marks, ends_row: Flags) -> Ints:
    """Find where each token ends with the signs that close behind it; those that open go with the next one."""
    following = np.where(ends_row, tokens.ends, np.append(tokens.starts[1:], 0))
    last_not_opening = np.maximum.accumulate(np.where(marks & _OPENS, 0, np.arange(len(text))))
    edges: Ints = np.maximum(tokens.ends, last_not_opening[following - 1] + 1)
    edges[ends_row] = tokens.row_ends
    return edges


def _mark_characters(text: str) -> Marks:
    """Say of each character of the joined text what is to be known of it, in bits."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    table = np.zeros(int(codes.max()) + 1, np.uint8)
    for char in set(text):
        table[ord(char)] = _mark_character(char)
    marks = table[codes]
    between = np.flatnonzero(codes == ord(_BETWEEN))
    for quote in _QUOTES:
        found = np.flatnonzero(codes == ord(quote))
        before = np.searchsorted(found, between[np.searchsorted(between, found) - 1])  # in earlier rows
        marks[found[(np.arange(len(found)) - before) % 2 == 0]] |= _OPENS
    for sign in _SIGNS:
        found = np.flatnonzero(codes == ord(sign))
        marks[found[marks[found - 1] & _IS_SPACE != 0]] |= _OPENS
    return marks


@lru_cache(maxsize=16384)
def _mark_character(char: str) -> int:
    """Say all but whether it is a quote or sign that opens, which depends on what is before it."""
    may_break = not is_hangul(char) and (is_single(char) or unicodedata.east_asian_width(char) in "WF")
    opens = unicodedata.category(char) in ("Ps", "Pi") or char in _OPENERS
    return (
        _IS_SPACE * (char.isspace() or char == _BETWEEN)
        | _MAY_BREAK * may_break
        | _OPENS * opens
        | _IS_NEVER_FIRST * (char in _NEVER_FIRST)
        | _BEGINS_LINK * (char in _LINKS_BEGIN)
    )


def _find_kept(text: str, keep: Iterable[str]) -> Flags:
    """Say of each character whether it is inside a quantity or name, where nothing is broken."""
    inside = np.zeros(len(text), dtype=np.bool_)
    names = (re.compile(re.escape(name), re.IGNORECASE) for name in keep if name)
    for match in chain.from_iterable(pattern.finditer(text) for pattern in (_QUANTITY, *names)):
        inside[match.start() + 1 : match.end()] = True
    return inside


def _price_breaks(text: str, after: Ints, marks: Marks, signs: Floats, paused: Flags) -> Floats:
    """Give the costs of breaks, which by the signs before them are so high; the rest begins at `after`."""
    costs = np.where((signs == _ANYWHERE) & paused, _PAUSE, signs)
    places = np.flatnonzero((costs == _ANYWHERE) & (marks[after] & _BEGINS_LINK != 0))
    is_link = [_LINKS.match(text, at) is not None for at in after[places].tolist()]
    costs[places[np.array(is_link, dtype=np.bool_)]] = _LINK
    return costs


def _price_sign(atom: str) -> float:
    """Give the cost of a break after an atom by the sign that it ends with."""
    end = atom.rstrip(_CLOSERS)[-1:]
    if end in _SENTENCE_ENDS:
        return _SENTENCE
    return _CLAUSE if end in _CLAUSE_ENDS else _ANYWHERE
