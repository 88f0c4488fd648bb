"""Grams: the characters of a text one by one, in pairs, and in threes where no script without spaces is in it.

An index of them finds texts that a query may be in: each gram of the query is one of the text. The converse is not
true, so what was found has to be looked through.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from itertools import pairwise

from transcripts.text.tokens import is_single

MOST_SOUGHT = 24


def list_grams(text: str) -> AbstractSet[str]:
    """All grams of a text."""
    pairs, threes = pairwise(text), zip(text, text[1:], text[2:], strict=False)
    found = set(text)
    spaced = {char for char in found if not is_single(char)}
    found.update(map("".join, set(pairs)))
    found.update("".join(three) for three in set(threes) if spaced.issuperset(three))
    return found


def list_sought_grams(query: str) -> list[str]:
    """The grams that a text with this query in it has, as few as tell as much; at most `MOST_SOUGHT`."""
    if len(query) < 2:
        return list(query)
    sought: dict[str, None] = {}
    end = 0  # up to where threes go
    for start in range(len(query) - 1):
        three = query[start : start + 3]
        if len(three) == 3 and not any(map(is_single, three)):
            sought[three] = None
            end = start + 3
        elif start + 2 > end:
            sought[query[start : start + 2]] = None
    return list(sought)[:MOST_SOUGHT]
