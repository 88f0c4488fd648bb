"""Which words an edit corrected that may have been heard wrong elsewhere, too.

Of Chinese, an edit shows which characters were replaced, not the word that they are in: 林 became 灵. The word is
looked for in the other rows: 图林 is there again, and 林机 is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from transcripts.text.corrections import is_everyday
from transcripts.text.readings import share_reading
from transcripts.text.recurrences import SoundSearch, is_exact
from transcripts.text.replaced import Replaced, find_replaced
from transcripts.text.tokens import fold, is_han, split_tokens

_MOST = 3  # offers of one edit
_AROUND = 2  # characters on either side that may belong to the word
_LONGEST = 4  # characters of a word that was found so
_PLACES = 3  # of a word that tell what else belongs to it
# No name or term begins or ends with one of these.
_APART = frozenset(
    "的地得了着过吗呢吧啊呀嘛哦嗯呃是在有和跟与或及而但就都也还又很太更最不没别把被给让对向从到于由以为因所如则个们这那哪什么怎几每各"
    "我你您他她它咱谁说叫想会能要可请来去做用看找使像"
)
_SHORT_WORDS = """
a i an the and or but if of to in on at by for as is are was be am do did has had he she we you me my us our his him its
who how why not no so too two one yes oh up out off all any can may get got go let say see use way day new now old own
put set
"""
_SHORT = frozenset(_SHORT_WORDS.split())


class WordPair(NamedTuple):
    """What was recognised, and what is right."""

    original: str
    right: str


@dataclass(frozen=True, slots=True)
class Offer:
    """So many places have what was heard as it was (`exact`), or what sounds like either side of the word (`alike`)."""

    word: WordPair
    exact: int
    alike: int


def find_offers(old: str, new: str, texts: Sequence[str]) -> list[Offer]:
    """Give what the edit from `old` to `new` corrected and the rows still have, with most places first.

    `texts` are those of all rows, after the edit.
    """
    words = (_widen(run, new, texts) for run in _join_near(find_replaced(old, new), old, new))
    offers = []
    for word in dict.fromkeys(filter(None, words)):
        hits = [hit for row in SoundSearch(word.original, replace=word.right).find_in_rows(texts) for _, hit in row]
        exact = sum(map(is_exact, hits))
        if hits:
            offers.append(Offer(word, exact, len(hits) - exact))
    return sorted(offers, key=lambda offer: -offer.exact - offer.alike)[:_MOST]


def _join_near(runs: Iterable[Replaced], old: str, new: str) -> Iterator[Replaced]:
    """Join runs with one Chinese character between them, which are most likely of one word."""
    joined: Replaced | None = None
    for run in runs:
        if joined:
            between = old[joined.start + len(joined.heard) : run.start]
            same = between == new[joined.right_start + len(joined.right) : run.right_start]
            if same and len(between) == 1 and is_han(between):
                heard, right = (
                    f"{one}{between}{other}" for one, other in ((joined.heard, run.heard), (joined.right, run.right))
                )
                joined = Replaced(heard, right, joined.start, joined.right_start)
                continue
            yield joined
        joined = run
    if joined:
        yield joined


def _widen(run: Replaced, new: str, texts: Sequence[str]) -> WordPair | None:
    """Give the word that was corrected; None for an everyday one, which is right in most places, and for numbers."""
    is_chinese = any(is_han(char) for side in (run.heard, run.right) for char in (side[0], side[-1]))
    everyday = [all(map(_is_everyday, split_tokens(side))) for side in (run.heard, run.right)]
    if all(everyday) or (any(everyday) and not is_chinese):
        return None
    if not is_chinese:
        return WordPair(run.heard, run.right)
    before = "".join(_take_word(reversed(new[: run.right_start])))[::-1]
    after = "".join(_take_word(new[run.right_start + len(run.right) :]))
    whole = "\n".join(texts)
    left = right = ""
    if min(len(run.heard), len(run.right)) == 1:
        sides = [
            (before[at:], after[:end])
            for at in range(len(before) + 1)
            for end in range(len(after) + 1)
            if 1 <= len(before) - at + end <= _LONGEST - max(len(run.heard), len(run.right))
        ]
        if not sides:
            return None
        left, right = max(sides, key=lambda side: _measure_side(run, side, whole))
    while len(left) < len(before) and _stays(run, left, right, before[-len(left) - 1], whole, first=True):
        left = before[-len(left) - 1 :]
    while len(right) < len(after) and _stays(run, left, right, after[len(right)], whole, first=False):
        right = after[: len(right) + 1]
    return WordPair(f"{left}{run.heard}{right}", f"{left}{run.right}{right}")


def _measure_side(run: Replaced, side: tuple[str, str], whole: str) -> tuple[float, int]:
    """How often they stand together, for how often the most frequent one stands anywhere; then how many they are."""
    together = sum(whole.count(f"{side[0]}{each}{side[1]}") for each in (run.heard, run.right))
    apart = max(whole.count(char) for char in "".join(side))
    return together**2 / max(apart, 1), len("".join(side))


def _stays(run: Replaced, left: str, right: str, char: str, whole: str, *, first: bool) -> bool:
    """Whether every place of the word has this character before it (`first`) or after it, or what sounds like it."""
    words = "|".join(re.escape(f"{left}{each}{right}") for each in (run.heard, run.right))
    neighbours = re.findall(f"(.?)(?:{words})" if first else f"(?:{words})(.?)", whole)
    return len(neighbours) >= _PLACES and all(each and share_reading(each, char) for each in neighbours)


def _is_everyday(token: str) -> bool:
    folded = fold(token)
    short = folded in _SHORT and not (len(token) > 1 and token.isupper())
    return short or is_everyday(folded) or not any(char.isalpha() for char in token)


def _take_word(chars: Iterable[str]) -> Iterator[str]:
    """Give the Chinese characters that may belong to the word next to them."""
    for number, char in enumerate(chars):
        if number == _AROUND or not is_han(char) or char in _APART:
            return
        yield char
