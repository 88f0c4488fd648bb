"""Which words an edit corrected that may have been heard wrong elsewhere, too.

Of Chinese, an edit shows which characters were replaced, not the word that they are in: 林 became 灵. The word is
looked for in the other rows: 图林 is there again, and 林机 is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from transcripts.text.corrections import is_everyday
from transcripts.text.readings import share_reading
from transcripts.text.recurrences import SoundSearch, begins_sentence, is_exact, keys_of
from transcripts.text.replaced import Replaced, find_replaced
from transcripts.text.tokens import fold, is_han, split_tokens

_MOST = 3  # offers of one edit
_AROUND = 2  # characters on either side that may belong to the word
_LONGEST = 4  # characters of a word that was found so
_TERM = 3  # characters that a name or term has at least, to tell it from an everyday word
_PLACES = 3  # of a word that tell what else belongs to it
# No name or term begins or ends with one of these.
_APART = frozenset(
    "的地得了着过吗呢吧啊呀嘛哦嗯呃是在有和跟与或及而但就都也还又很太更最不没别把被给让对向从到于由以为因所如则个们这那哪什么怎几每各"
    "我你您他她它咱谁说叫想会能要可请来去做用看找使像"
)
# Function words and the commonest short words, besides those that `is_everyday` knows.
_SHORT_WORDS = """
a an the and or but nor yet so if as though although unless until till whereas whether of to in on at by for without
within onto upon under above below up down out off per via across against along among around behind beside beyond
during except inside near outside past round since throughout toward towards between it it'll it'd itself he him his
himself he's he'll he'd she her herself she's she'll she'd we us our ours ourselves we're we've we'll we'd you yours
yourself yourselves you've you'll you'd theirs themselves they've they'll they'd me my mine myself i'm i've i'll i'd
who whom whose who's what's where's why how how's there's here's that's that'll let's one ones none either neither
both all any few least own am is are was be do did doing has had can may might shall ought isn't aren't wasn't weren't
don't doesn't didn't hasn't haven't hadn't can't cannot couldn't mustn't needn't shan't shouldn't won't wouldn't ain't
no not never yes oh ah uh um hmm okay ok too even still again twice now soon ago often always maybe perhaps quite
rather almost enough really else away back two three four five six seven eight nine ten first next last go got get
gets let lets say says see saw seen use used put set ask run try way day days new old man men big bad far lot low top
took give gave make made knew find look feel felt keep kept tell told mean help talk call work week good high
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


def find_offers(
    old: str,
    new: str,
    texts: Sequence[str],
    verified: Collection[int] = (),
    is_known: Callable[[str], bool] = lambda term: False,
) -> list[Offer]:
    """Give what the edit from `old` to `new` corrected and the rows still have, with most places first.

    `texts` are those of all rows, after the edit. `verified` are the numbers of those in which everything is right: a
    form that stands there is a word of its own in all rows. Where nothing but sound agrees, only names and terms are
    offered; `is_known` tells whether a term is known already.
    """
    words: dict[WordPair, Replaced] = {}
    for run in _join_near(find_replaced(old, new), old, new):
        if word := _widen(run, new, texts):
            words.setdefault(word, run)
    offers = []
    for word, run in words.items():
        found = SoundSearch(word.original, replace=word.right).find_in_rows(texts)
        places = [(row, hit) for row, hits in enumerate(found) for _, hit in hits]
        own = {keys_of(hit) for row, hit in places if row in verified}
        if any(is_exact(hit) and row in verified for row, hit in places):
            continue
        hits = [hit for _, hit in places if keys_of(hit) not in own]
        exact = sum(map(is_exact, hits))
        if exact or (hits and (_is_term(word, run, new, texts) or is_known(word.right))):
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


def _is_term(word: WordPair, run: Replaced, new: str, texts: Sequence[str]) -> bool:
    """Whether it looks like a name or term: by its capitals, or by its characters, which other rows have, too.

    Most everyday words of Chinese have two characters.
    """
    if any(is_han(char) for char in word.right):
        return len(word.right) >= _TERM and sum(word.right in text for text in texts) > 1
    capitals = [at for at, char in enumerate(word.right) if char.isupper()]
    return capitals > [0] or (capitals == [0] and not begins_sentence(new, run.right_start))


def _take_word(chars: Iterable[str]) -> Iterator[str]:
    """Give the Chinese characters that may belong to the word next to them."""
    for number, char in enumerate(chars):
        if number == _AROUND or not is_han(char) or char in _APART:
            return
        yield char
