"""Where else a term was heard wrong: the same words again, and words that sound like it.

Texts are spelled by sound, row by row. A Han character stands for itself there, and a query has all characters with one
of its readings, so that of a character with several readings each counts. A word of letters is spelled by metaphone
(jellyfish's), without voice and without its first vowel.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jellyfish import metaphone
from rapidfuzz import fuzz

from transcripts.text.finding import Hit, Mode, Search
from transcripts.text.readings import blur_reading, list_plain_readings
from transcripts.text.tokens import find_token_spans, fold, is_han

_UNVOICED = str.maketrans("BDGVZJAEIOU", "PTKFSXAAAAA")
_INNER = re.compile(r"[^\W_]+")
# What `_split_spoken` gives, but quicker: characters of scripts without spaces one by one, and words.
_SINGLE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORDS = re.compile(rf"[{_SINGLE}]|[^\W_{_SINGLE}]+")
_MOST_SOUNDS = 200_000
_ALIKE = 65  # of 100: how much of the letters two spellings of one sound share at least
_SHORT_ALIKE = 75  # the same for sounds of up to three consonants, which many words share
_SHORT = 3
_LEAST = 2  # letters, or syllables: one alone sounds like too much
_SENTENCE_START = re.compile(r"(?:^|[.?!。？！…][\"'”’)）」』]*)\s*[\"'“‘(（「『]*$")


Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SoundHit(Hit):
    """A hit as it was heard (`exact`), or else by sound; `keys` are its folded words."""

    exact: bool = True
    keys: Keys = ()


def is_exact(hit: Hit) -> bool:
    return not isinstance(hit, SoundHit) or hit.exact


def keys_of(hit: Hit) -> Keys:
    return hit.keys if isinstance(hit, SoundHit) else ()


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What is spelled by itself: a Han character, or letters and digits between signs."""

    key: str
    sound: str
    start: int
    end: int


def spell_sounds(texts: Iterable[str]) -> str:
    """Spell the rows by sound: one line a row, with a space after each word. This may be stored, and is in order."""
    if len(_SOUNDS) > _MOST_SOUNDS:
        _SOUNDS.clear()
    return "\n".join("".join(map(_SOUNDS.__getitem__, _WORDS.findall(text))) for text in texts)


class _Sounds(dict[str, str]):
    """The sounds of words, each with a space after it: a lookup in C, as a hundred hours have a million words."""

    def __missing__(self, word: str) -> str:
        self[word] = sound = f"{_spell(fold(word))} "
        return sound


_SOUNDS = _Sounds()


def _split_spoken(text: str) -> list[_Spoken]:
    spoken = []
    for start, end in find_token_spans(text):
        if end - start == 1 and text[start].isalnum():
            key = fold(text[start])
            spoken.append(_Spoken(key, _spell(key), start, end))
            continue
        for match in _INNER.finditer(text, start, end):
            key = fold(match[0])
            spoken.append(_Spoken(key, _spell(key), *match.span()))
    return spoken


@lru_cache(maxsize=65536)
def _spell(key: str) -> str:
    """Spell a folded word; what no English rule knows stands for itself."""
    if _is_syllable(key):
        return key
    plain = "".join(char for char in unicodedata.normalize("NFKD", key) if not unicodedata.combining(char))
    if not plain.isascii() or not plain.isalpha():
        return "".join(key.split()) or "_"
    return metaphone(plain).translate(_UNVOICED) or plain


class Term:
    """What was heard, and what is right instead; finds where else it was heard so, or like it."""

    def __init__(self, heard: str, right: str) -> None:
        self.heard, self.right = heard, right
        self._heard_keys = _list_keys(heard)
        self._right_keys = _list_keys(right)
        self._chars: set[str] = set()
        self._alike: dict[str, set[str]] = {}  # characters by reading
        self._pattern: re.Pattern[str] | None = None
        self._forms = [form for form in (_split_spoken(right), _split_spoken(heard)) if form]

    def find_rows(self, sounds: str) -> list[int]:
        """Find the rows that may have a place, by their number in `sounds`."""
        rows: list[int] = []
        row = end = 0
        for match in self._compile(sounds).finditer(sounds):
            row += sounds.count("\n", end, match.start())
            end = match.start()
            if not rows or rows[-1] != row:
                rows.append(row)
        return rows

    def find_spots(self, text: str) -> list[SoundHit]:
        """Find what may be a place in this text, and where the right words are, in order; other rows do not count."""
        spots: list[SoundHit] = []
        spoken = _split_spoken(text)
        line = "".join(f"{each.sound} " for each in spoken)
        starts = _list_starts(spoken)
        pattern = self._compile(line)
        taken = -1
        position = 0
        while match := pattern.search(line, position):
            first, last = starts[match.start()], starts[match.end()]
            keys = tuple(each.key for each in spoken[first:last])
            position = match.end()
            if keys == self._right_keys:
                taken = last
                start, end = spoken[first].start, spoken[last - 1].end
                spots.append(SoundHit(start, end, text[start:end], exact=False, keys=keys))
                continue
            exact = self._find_exact(spoken, first, last)
            if exact:
                first, last = exact
                keys = self._heard_keys
            if first < taken or self._covers_right(spoken, first, last):
                continue
            if not exact and not self._sounds_alike(keys):
                position = match.start() + len(spoken[first].sound) + 1
                continue
            taken = last
            start, end = spoken[first].start, spoken[last - 1].end
            spots.append(SoundHit(start, end, fit_case(self.right, text, start, end), bool(exact), keys))
        return spots

    def choose_forms(self, spots: Iterable[SoundHit]) -> Collection[Keys]:
        """Choose from the forms of all rows those that were heard for the term.

        A form found by sound that is more frequent than the term itself is a word of its own, and none of its places
        is given; nor are those with other readings, where these are more frequent than all others, as chance is. Where
        nobody knows what was heard instead of the term, all are given.
        """
        forms = Counter(spot.keys for spot in spots)
        right = 1 + forms.pop(self._right_keys, 0)
        if self._right_keys in ((), self._heard_keys):
            return forms
        usual = right + forms[self._heard_keys]
        near = {keys for keys, count in forms.items() if keys == self._heard_keys or count <= usual}
        far = {keys for keys in near if keys != self._heard_keys and not self._has_readings(keys)}
        common = right + sum(forms[keys] for keys in near - far)
        return near if sum(forms[keys] for keys in far) <= common else near - far

    def is_right(self, spot: SoundHit) -> bool:
        return spot.keys == self._right_keys

    def _has_readings(self, keys: Sequence[str]) -> bool:
        """Whether they have the usual readings of what is right or was heard; words of letters have none."""
        forms = [[each.key for each in form] for form in self._forms]
        return not any(map(is_han, "".join(keys))) or any(_fits_readings(keys, form, most=0) for form in forms)

    def _find_exact(self, spoken: Sequence[_Spoken], first: int, last: int) -> tuple[int, int] | None:
        """Find where, within one word of these, it stands as it was heard."""
        count = len(self._heard_keys)
        for at in range(first, last):
            if tuple(each.key for each in spoken[at : at + count]) == self._heard_keys:
                return at, at + count
        return None

    def _covers_right(self, spoken: Sequence[_Spoken], first: int, last: int) -> bool:
        """Whether the place lies in, or reaches into, one that is right already."""
        count = len(self._right_keys)
        return count > 0 and any(
            tuple(each.key for each in spoken[at : at + count]) == self._right_keys
            for at in range(max(0, first - count + 1), last)
        )

    def _sounds_alike(self, keys: Sequence[str]) -> bool:
        joined = "".join(keys)
        if len(joined) < _LEAST:
            return False
        if any(is_han(char) for char in joined):
            return any(_fits_readings(keys, [each.key for each in form]) for form in self._forms)
        least = _ALIKE if len(_spell(joined)) > _SHORT else _SHORT_ALIKE
        return any(fuzz.ratio(joined, "".join(each.key for each in form)) >= least for form in self._forms)

    def _compile(self, sounds: str) -> re.Pattern[str]:
        """Compile what sounds like either side; readings only of characters that were there so far."""
        chars = set(sounds) - self._chars
        if self._pattern and not chars:
            return self._pattern
        self._chars |= chars
        for char in filter(is_han, chars):
            for reading in _blur(char):
                self._alike.setdefault(reading, set()).add(char)
        alternatives = [self._compile_form(form) for form in self._forms]
        alternatives.append("".join(re.escape(f"{each.sound} ") for each in _split_spoken(self.heard)))
        every = "|".join(dict.fromkeys(filter(None, alternatives))) or "(?!)"
        self._pattern = re.compile(rf"(?<![^ \n])(?:{every})")
        return self._pattern

    def _compile_form(self, form: Sequence[_Spoken]) -> str:
        if sum(len(each.sound) for each in form) < _LEAST and _is_syllable(form[0].key):
            return ""
        parts: list[str] = []
        for each in form:
            if _is_syllable(each.sound):
                alike = {each.sound}.union(*(self._alike.get(reading, ()) for reading in _blur(each.sound)))
                parts.append(f"[{''.join(sorted(alike))}] ")
            else:
                parts.append(" ?".join(map(re.escape, each.sound)) + " ")
        whole = "".join(parts)
        if any(_is_syllable(each.sound) for each in form):
            return whole
        letters = "".join(each.sound for each in form)
        return " ?".join(map(re.escape, letters)) + " "


class SoundSearch(Search):
    """A search for `query`, and for what sounds like it or like `replace`; what is `replace` already is no hit.

    Which hits a row has, and their numbers in it, depend on its text alone.
    """

    def __init__(self, query: str, *, replace: str = "") -> None:
        super().__init__(query, Mode.SOUND, replace=replace)
        self._term = Term(query, replace)

    def find_hits(self, text: str) -> list[Hit]:
        return [spot for spot in self._term.find_spots(text) if not self._term.is_right(spot)]

    def find_candidates(self, texts: Sequence[str]) -> list[int]:
        """Find the rows that may have a hit, by their number; the texts may be folded."""
        return self._term.find_rows(spell_sounds(texts))

    def find_in_rows(self, texts: Sequence[str]) -> Iterator[list[tuple[int, Hit]]]:
        """Give the hits that are worth showing: those of frequent other words are left out."""
        spots = {row: self._term.find_spots(texts[row]) for row in self.find_candidates(texts)}
        chosen = self._term.choose_forms(spot for row in spots.values() for spot in row)
        for row in range(len(texts)):
            hits = [spot for spot in spots.get(row, ()) if not self._term.is_right(spot)]
            yield [(number, hit) for number, hit in enumerate(hits) if hit.keys in chosen]


def _fits_readings(keys: Sequence[str], form: Sequence[str], most: float = 0.5) -> bool:
    """Whether they have the form's readings, of which at most such a share is confused, and words of its letters."""
    if len(keys) != len(form):
        return False
    confused = 0
    for key, other in zip(keys, form, strict=True):
        if not _is_syllable(key) or not _is_syllable(other):
            if fuzz.ratio(key, other) < _ALIKE:
                return False
            continue
        step = _compare_readings(key, other)
        if step is None:
            return False
        confused += step
    return confused <= most * len(form)


def _is_syllable(key: str) -> bool:
    return len(key) == 1 and is_han(key)


@lru_cache(maxsize=16384)
def _blur(char: str) -> frozenset[str]:
    """The readings without what is usually confused: zh and z, ng and n, n and l, r and l, f and h."""
    return frozenset(map(_blur_plain, list_plain_readings(char)))


def _blur_plain(reading: str) -> str:
    reading = blur_reading(reading)
    if reading[:1] in ("n", "r"):
        return "l" + reading[1:]
    if reading[:1] == "f":
        reading = "h" + reading[1:]
    return reading.replace("hua", "ha").replace("hue", "he")


@lru_cache(maxsize=65536)
def _compare_readings(one: str, other: str) -> int | None:
    """0 where the usual readings are equal, 1 where one is or may be confused with any of the other's, else None."""
    ones, others = list_plain_readings(one), list_plain_readings(other)
    if one == other or not ones or not others:
        return 0 if one == other else None
    if ones[0] == others[0]:
        return 0
    return 1 if _blur_plain(ones[0]) in _blur(other) or _blur_plain(others[0]) in _blur(one) else None


def _list_keys(text: str) -> tuple[str, ...]:
    return tuple(each.key for each in _split_spoken(text))


def _list_starts(spoken: Sequence[_Spoken]) -> dict[int, int]:
    """Give the number of each word by where it begins in the line of sounds, and of the end."""
    starts, at = {}, 0
    for number, each in enumerate(spoken):
        starts[at] = number
        at += len(each.sound) + 1
    starts[at] = len(spoken)
    return starts


def begins_sentence(text: str, at: int) -> bool:
    return bool(_SENTENCE_START.search(text[:at]))


def fit_case(right: str, text: str, start: int, end: int) -> str:
    """Give `right` as it is written in place of `text[start:end]`: with a capital where a sentence begins with one."""
    if right[:1].islower() and text[start:end][:1].isupper() and begins_sentence(text, start):
        return right[0].upper() + right[1:]
    return right
