"""Grams: the characters of a text one by one, in pairs, and in threes where no script without spaces is in it.

Words that are often together are told from words that are often near each other by longer grams: in threes otherwise,
and in sixes of scripts with spaces. As there are very many of these, some share a number (`_shorten`).

An index of them finds texts that a query may be in: each gram of the query is one of the text. The converse is not
true, so what was found has to be looked through.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import pairwise
from zlib import crc32

from transcripts.text.tokens import is_single

MOST_SOUGHT = 24
LONG = 6
NUMBERS = 0x20000


def list_grams(text: str) -> AbstractSet[str]:
    """All grams of a text."""
    found = set(text)
    spaced = {char for char in found if not is_single(char)}
    found.update(map("".join, set(pairwise(text))))
    for three in set(zip(text, text[1:], text[2:], strict=False)):
        gram = "".join(three)
        found.add(gram if spaced.issuperset(three) else _shorten(gram))
    found.update(_shorten(gram) for gram in set(_list_windows(text, LONG)) if spaced.issuperset(gram))
    return found


def list_sought_grams(query: str) -> list[str]:
    """The grams that a text with this query in it has, as few as tell as much; at most `MOST_SOUGHT`."""
    if len(query) < 2:
        return list(query)
    short: dict[str, None] = {}
    end = 0  # up to where threes go
    for start in range(len(query) - 1):
        three = query[start : start + 3]
        if len(three) == 3 and _is_spaced(three):
            short[three] = None
            end = start + 3
        elif start + 2 > end:
            short[query[start : start + 2]] = None
    long = [gram for gram in _list_windows(query, 3) if not _is_spaced(gram)]
    long += [gram for gram in _list_windows(query, LONG) if _is_spaced(gram)]
    sought = dict.fromkeys([*map(_shorten, long), *list(short)[:: 1 if len(long) < 2 else 2]])
    return list(sought)[:MOST_SOUGHT]


def _list_windows(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def _is_spaced(text: str) -> bool:
    return not any(map(is_single, text))


def _shorten(gram: str) -> str:
    """One of `NUMBERS` characters that no text is written in."""
    return chr(0xF0000 + crc32(gram.encode()) % NUMBERS)
