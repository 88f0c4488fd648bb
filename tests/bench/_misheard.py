"""Meetings made by seed: what people said, and what an engine wrote, which mishears their names again and again.

Chinese is misheard as homophones (by pypinyin, without tones, and with the usual confusions), English as words that
sound alike. A third of all errors are in names and terms of the people, which recur by Zipf's law. The words stand in
tests/data/misheard.txt.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from tests.bench._transcripts import Line
from tests.processes import ROOT
from transcripts.text.joining import join
from transcripts.text.tokens import Word, fold, split_tokens, weigh

LANGUAGES = ("zh", "en")
TERM_SHARE = 1 / 3  # of all errors
TERMS = 30
HARD = (0.3, 0.9)  # of its mentions a term is misheard in so large a share, each term in its own
FORMS = (0.7, 0.2, 0.1)  # how often each of its mishearings is written
CHAR_MS, LETTER_MS, WORD_MS = 175, 55, 90  # some 250 characters and 150 words a minute, with the pauses
COMMA_MS, ROW_GAP_MS = (150, 500), (200, 900)
SPEAKERS = 3
WORDS_A_ROW = (5, 16)  # of a row: words and terms
SLIPS = ("heard as another word",) * 8 + ("dropped", "added")

PARTICLES = "Chinese particles and other words of one character"
KINDS = ("科技", "医院", "计划", "平台", "大学", "项目", "银行", "公园", "基金", "协议", "引擎", "大桥")
CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("ang", "an"), ("eng", "en"), ("ing", "in"))


class Spoken(NamedTuple):
    """Words that were `said`, as they were `heard` (if at all): of a `term`, of everyday words, or a sign."""

    said: str
    heard: str
    term: str = ""


@dataclass(frozen=True)
class Term:
    text: str
    forms: tuple[str, ...]  # the most frequent mishearing first
    hard: float


@dataclass(frozen=True)
class Meeting:
    """Rows as the engine wrote them, and as they were said."""

    lines: list[Line]
    true: list[str]
    spoken: list[list[Spoken]]


@lru_cache(maxsize=1)
def listed() -> dict[str, list[str]]:
    """The lines of each list, by its heading up to a comma or colon."""
    found: dict[str, list[str]] = {}
    for part in (ROOT / "tests/data/misheard.txt").read_text().split("# ")[1:]:
        heading, *lines = part.strip().splitlines()
        found[re.split("[,:]", heading)[0]] = lines
    return found


@lru_cache
def words_of(heading: str) -> list[str]:
    return list(dict.fromkeys(" ".join(listed()[heading]).split()))


# --- Sounds -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def syllables() -> tuple[dict[str, str], dict[str, list[str]]]:
    """The syllable of each common character (the first level of GB 2312), and the characters of each syllable."""
    from pypinyin import lazy_pinyin

    cells = [bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
    common = [char for char in (cell.decode("gb2312", "ignore") for cell in cells) if char]
    spelled = {char: lazy_pinyin(char)[0] for char in common}
    sounds = defaultdict(list)
    for char, syllable in spelled.items():
        sounds[syllable].append(char)
    return spelled, dict(sounds)


@lru_cache(maxsize=1)
def chinese_words() -> tuple[list[str], dict[str, list[str]]]:
    """Everyday words by frequency, and other words (of pypinyin's phrases) that sound like each."""
    from pypinyin.phrases_dict import phrases_dict

    spelled, _sounds = syllables()
    words = words_of("Chinese words")
    by_sound = defaultdict(list)
    for word in sorted({*words, *phrases_dict}):
        if len(word) == 2 and all(char in spelled for char in word):
            by_sound[spelled[word[0]], spelled[word[1]]].append(word)
    alike = {word: [other for other in group if other != word] for group in by_sound.values() for word in group}
    return words, alike


@lru_cache(maxsize=1)
def english_words() -> tuple[list[str], dict[str, list[str]]]:
    """Everyday words by frequency, and what each may be misheard as: what sounds alike, or else is spelled alike."""
    words = words_of("English words")
    groups = [line.split() for line in listed()["English words that sound alike"]]
    alike: dict[str, list[str]] = defaultdict(list)
    for group in groups:
        for word in group:
            alike[word] += (other for other in group if other != word)
    for word in words:
        if word not in alike:
            near = process.extract(word, words, scorer=fuzz.ratio, limit=4)
            alike[word] = [other for other, _score, _at in near if other != word][:3]
    return words, dict(alike)


def mishear_char(draw: random.Random, char: str) -> str:
    """Another character of the same syllable, or of one that is often confused with it."""
    spelled, sounds = syllables()
    syllable = spelled[char]
    if draw.random() < 0.2:
        swaps = [(a, b) for pair in CONFUSED for a, b in (pair, pair[::-1])]
        near = [syllable[: -len(a)] + b for a, b in swaps if len(a) > 1 and a[0] in "aei" and syllable.endswith(a)]
        near += [b + syllable[len(a) :] for a, b in swaps if a[0] not in "aei" and syllable.startswith(a)]
        near += [syllable + "g"] if syllable.endswith(("an", "en", "in")) else []
        syllable = draw.choice([other for other in near if other in sounds] or [syllable])
    others = [other for other in sounds[syllable] if other != char]
    return draw.choice(others) if others else char


def mishear_name(draw: random.Random, term: str) -> str:
    """One or two of its characters become others. A few syllables are of one character: then any may be heard."""
    for _attempt in range(20):
        chars = list(term)
        for at in draw.sample(range(len(chars)), min(len(chars), draw.choice((1, 1, 2)))):
            chars[at] = mishear_char(draw, chars[at])
        if (heard := "".join(chars)) != term:
            return heard
    return draw.choice([char for char in words_of(PARTICLES) if char != term[0]]) + term[1:]


def mishear_word(draw: random.Random, word: str, language: str) -> str:
    alike = (english_words() if language == "en" else chinese_words())[1].get(word, [])
    if alike:
        return draw.choice(alike)
    return mishear_name(draw, word)


# --- What was said ------------------------------------------------------------------------------------------------


def make_terms(language: str, seed: object) -> list[Term]:
    """The names and terms of some people, the most frequent first."""
    draw = random.Random(f"terms {language} {seed}")
    if language == "en":
        entries = [line.split(": ") for line in listed()["English names and terms"]]
        chosen = draw.sample(entries, TERMS)
        named = [(term, tuple(forms.split(", "))) for term, forms in chosen]
    else:
        named = []
        known = set[str]()
        while len(named) < TERMS:
            term = make_chinese_term(draw)
            if term not in known:
                known.add(term)
                forms = dict.fromkeys(mishear_name(draw, term) for _ in range(draw.randint(1, len(FORMS))))
                named.append((term, tuple(forms)))
    return [Term(term, forms, draw.uniform(*HARD)) for term, forms in named]


def make_chinese_term(draw: random.Random) -> str:
    """A person's name; one in three is that of a place or product."""
    spelled, _sounds = syllables()
    if draw.random() < 2 / 3:
        return draw.choice(words_of("Chinese surnames")) + "".join(
            draw.choice(list(spelled)[:2500]) for _ in range(draw.choice((1, 2, 2)))
        )
    return draw.choice(chinese_words()[0]) + draw.choice(KINDS)


class Talk:
    """Says one row after the other. Errors are owed by what was said, so that their shares hold for every seed."""

    def __init__(self, language: str, seed: object, terms: Sequence[Term], rate: float) -> None:
        self.language, self.terms, self.rate = language, terms, rate
        self.draw = random.Random(f"talk {language} {seed}")
        self.zipf = [1 / rank for rank in range(1, len(terms) + 1)]
        self.owed_term = self.owed_word = 0.0

    def row(self) -> list[Spoken]:
        spoken: list[Spoken] = []
        count = self.draw.randint(*WORDS_A_ROW)
        for number in range(count):
            each = self._say()
            said = split_tokens(each.said)
            errors = Levenshtein.distance(said, split_tokens(each.heard))
            self.owed_term += len(said) * self.rate * TERM_SHARE - (errors if each.term else 0)
            self.owed_word += len(said) * self.rate * (1 - TERM_SHARE) - (0 if each.term else errors)
            spoken.append(each)
            if number < count - 1 and self.draw.random() < 0.12:
                sign = "," if self.language == "en" else "，"
                spoken.append(Spoken(sign, sign))
        sign = "." if self.language == "en" else "。"
        return [*spoken, Spoken(sign, sign)]

    def _say(self) -> Spoken:
        draw = self.draw
        if draw.random() < self.owed_term / 12:
            term = draw.choices(self.terms, self.zipf)[0]
            forms = term.forms
            heard = draw.choices(forms, FORMS[: len(forms)])[0] if draw.random() < term.hard else term.text
            return Spoken(term.text, heard, term.text)
        word = self._choose_word()
        if draw.random() >= self.owed_word / 8:
            return Spoken(word, word)
        match draw.choice(SLIPS):
            case "dropped":
                return Spoken(word, "")
            case "added":
                return Spoken(word, join(word, self._choose_word()))
        return Spoken(word, mishear_word(draw, word, self.language))

    def _choose_word(self) -> str:
        if self.language == "en":
            return self._by_zipf(english_words()[0], 3)
        return (
            self._by_zipf(words_of(PARTICLES), 4) if self.draw.random() < 0.4 else self._by_zipf(chinese_words()[0], 8)
        )

    def _by_zipf(self, words: Sequence[str], shift: int) -> str:
        rank = (1 + shift) * ((len(words) + shift) / (1 + shift)) ** self.draw.random() - shift
        return words[min(int(rank), len(words)) - 1]


def make_talk(language: str, seed: object, terms: Sequence[Term], rate: float, minutes: float) -> list[list[Spoken]]:
    talk = Talk(language, seed, terms, rate)
    rows: list[list[Spoken]] = []
    now = 0
    while now < minutes * 60_000:
        rows.append(talk.row())
        now += sum(_length_ms(each.said) or sum(COMMA_MS) // 2 for each in rows[-1]) + sum(ROW_GAP_MS) // 2
    return rows


def honour(spoken: list[list[Spoken]], hot_words: Collection[str], chance: float, seed: object) -> list[list[Spoken]]:
    """What the engine would have written with these hot words: each mention of one is right by this chance."""
    draw = random.Random(f"hot words {seed}")
    hot = {fold(word) for word in hot_words}
    return [
        [
            each._replace(heard=each.said)
            if each.heard != each.said and fold(each.term) in hot and draw.random() < chance
            else each
            for each in row
        ]
        for row in spoken
    ]


def write(spoken: list[list[Spoken]], seed: object) -> Meeting:
    """The rows with their times."""
    draw = random.Random(f"times {seed}")
    lines: list[Line] = []
    true: list[str] = []
    kept: list[list[Spoken]] = []
    now = 0
    for row in spoken:
        words: list[Word] = []
        said, heard = "", ""
        for each in row:
            said, heard = _append(said, each.said), _append(heard, each.heard)
            if not (tokens := split_tokens(each.heard)):
                now += _length_ms(each.said) or draw.randint(*COMMA_MS)
                continue
            shares = _length_ms(each.said) / sum(map(weigh, tokens))
            for token in tokens:
                end = now + max(40, round(weigh(token) * shares))
                words.append(Word(token, now, end))
                now = end
        if words:
            lines.append(Line(_capital(heard), tuple(words), draw.randrange(SPEAKERS)))
            true.append(_capital(said))
            kept.append(row)
        now += draw.randint(*ROW_GAP_MS)
    return Meeting(lines, true, kept)


def measure_errors(texts: Sequence[str], true: Sequence[str]) -> float:
    """Wrong tokens in 100: substituted, missing or too many. Characters of Chinese, words of English."""
    wrong = total = 0
    for text, said in zip(texts, true, strict=True):
        tokens = list(map(fold, split_tokens(said)))
        wrong += Levenshtein.distance(list(map(fold, split_tokens(text))), tokens)
        total += len(tokens)
    return 100 * wrong / total


def _append(text: str, more: str) -> str:
    if not more:
        return text
    return join(text, more) if split_tokens(more) else text.rstrip() + more


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _length_ms(said: str) -> int:
    return sum(
        CHAR_MS if len(token) == 1 and token in syllables()[0] else WORD_MS + LETTER_MS * len(token)
        for token in split_tokens(said)
    )
