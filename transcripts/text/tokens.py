"""Words with times, and the tokens that a text is made of.

A token is what can be spoken: a Han, kana or Hangul character, a word of a script that separates words, a number, an
emoji. Punctuation and spaces belong to no token and carry no time, as in the flash API's `words[]` for Chinese.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal, Protocol

Source = Literal["engine", "estimated"]


@dataclass(frozen=True, slots=True)
class Word:
    """A timed token; times are integer milliseconds from the start of the recording.

    The engine writes -1 for what it does not time (spaces, punctuation).
    """

    text: str
    start_ms: int
    end_ms: int
    source: Source = "engine"


_get_values = attrgetter("text", "start_ms", "end_ms", "source")


class WordColumns(Sequence[Word]):
    """Words as columns: an object for each word of a long transcript would take longer than most that is done with it.

    Words are made as they are asked for.
    """

    __slots__ = ("_sources", "end_ms", "start_ms", "texts")

    def __init__(self, values: Iterable[Sequence[Any]] = ()) -> None:
        """From the four values of each word."""
        self.texts: tuple[str, ...]
        self.start_ms: tuple[int, ...]
        self.end_ms: tuple[int, ...]
        self._sources: tuple[Source, ...]
        self.texts, self.start_ms, self.end_ms, self._sources = tuple(zip(*values, strict=True)) or ((), (), (), ())

    @classmethod
    def of(cls, words: Iterable[Word]) -> WordColumns:
        return words if isinstance(words, WordColumns) else cls(map(_get_values, words))

    @property
    def _columns(self) -> tuple[Any, ...]:
        return self.texts, self.start_ms, self.end_ms, self._sources

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Word]:
        return map(Word, *self._columns)

    def __getitem__(self, index: Any) -> Any:
        return tuple(self)[index] if isinstance(index, slice) else Word(*(column[index] for column in self._columns))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == (tuple(other) if isinstance(other, WordColumns) else other)

    def __hash__(self) -> int:
        return hash(self._columns)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a text; `start` and `end` count code points, so `text == whole[start:end]`."""

    text: str
    start: int
    end: int


# One token per character in scripts without spaces between words (and Hangul, which the engine groups in various
# ways): any grouping can then be shared out by weight.
_SINGLE_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1100, 0x11FF),  # Hangul jamo
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),  # 々〆〇
    (0x3021, 0x3029),
    (0x3031, 0x303C),
    (0x3041, 0x312F),  # kana, bopomofo
    (0x3131, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),  # Hangul syllables
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9D),  # half-width kana
    (0xFFA0, 0xFFDC),
    (0x1AFF0, 0x1B16F),
    (0x20000, 0x3FFFF),
)
_HAN_RANGES = (
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3021, 0x3029),
    (0x3038, 0x303B),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_JOINERS = frozenset("\u00ad\u200c\u200d\u2060\uff9e\uff9f") | {chr(c) for c in range(0xE0020, 0xE0080)}
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL = range(0x1F1E6, 0x1F200)
_INNER = frozenset("'’‘＇׳״-‐‑－.．&＆")
_PERCENT = frozenset("%％‰﹪٪")


@lru_cache(maxsize=8192)
def _classify_char(char: str) -> str:
    """Give `single`, `letter`, `emoji`, `mark` (belongs to the character before it) or `none`."""
    code = ord(char)
    category = unicodedata.category(char)
    if char in _JOINERS or category[0] == "M" or code in _SKIN_TONES:
        return "mark"
    if category[0] in "LN":
        return "single" if any(low <= code <= high for low, high in _SINGLE_RANGES) else "letter"
    return "emoji" if category == "So" else "none"


@lru_cache(maxsize=8192)
def is_han(char: str) -> bool:
    """Whether the character is an ideograph, 々 and 〇 included."""
    code = ord(char)
    return any(low <= code <= high for low, high in _HAN_RANGES)


@lru_cache(maxsize=16384)
def is_single(text: str) -> bool:
    """Whether a token of this text is one character of a script that is written without spaces, or Hangul."""
    return bool(text) and _classify_char(text[0]) == "single"


_HAN = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _HAN_RANGES) + "]")


def count_han(text: str) -> int:
    return len(_HAN.findall(text))


def is_hangul(char: str) -> bool:
    """Whether the character is Hangul, which has spaces between words but is read by syllables."""
    code = ord(char)
    return 0x1100 <= code <= 0x11FF or 0x3131 <= code <= 0x318E or 0xA960 <= code <= 0xA97F or 0xAC00 <= code <= 0xD7FF


# Han, ASCII and the usual punctuation are most of all text, and one expression finds their tokens as quickly as can be.
_PLAIN_TEXT = re.compile("[\t\n\r -~一-鿿，。、；：？！“”‘’（）《》〈〉「」『』【】…—·\u3000]*")
_PLAIN_TOKEN = re.compile(
    "([一-鿿]"
    r"|(?:\$(?=[0-9]))?[A-Za-z0-9]+(?:['’‘.&-][A-Za-z0-9]+|(?<=[0-9]),[0-9]{3}(?![0-9])[A-Za-z0-9]*)*(?:(?<=[0-9])%)?)"
)


def tokenize(text: str) -> list[Token]:
    """Give the tokens of a text in order; between them is punctuation, space or nothing."""
    return [Token(text[start:end], start, end) for start, end in find_token_spans(text)]


def find_token_spans(text: str) -> list[tuple[int, int]]:
    """Give start and end of each token, in code points."""
    if _PLAIN_TEXT.fullmatch(text):
        return [match.span() for match in _PLAIN_TOKEN.finditer(text)]
    spans = []
    position = 0
    while position < len(text):
        end = position + 1
        if not "一" <= text[position] <= "鿿" or not "一" <= text[end : end + 1] <= "鿿":
            end = _find_token_end(text, position)  # Han before Han is always a token by itself
        if end > position:
            spans.append((position, end))
            position = end
        else:
            position += 1
    return spans


def split_tokens(text: str) -> list[str]:
    """Give the texts of the tokens."""
    if _PLAIN_TEXT.fullmatch(text):
        return _PLAIN_TOKEN.findall(text)
    return [text[start:end] for start, end in find_token_spans(text)]


def split_at_tokens(text: str) -> list[str]:
    """Give in turn what stands between the tokens and the tokens, beginning and ending with what is no token."""
    if _PLAIN_TEXT.fullmatch(text):
        return _PLAIN_TOKEN.split(text)
    parts: list[str] = []
    begin = 0
    for start, end in find_token_spans(text):
        parts += (text[begin:start], text[start:end])
        begin = end
    return [*parts, text[begin:]]


def _find_token_end(text: str, start: int) -> int:
    """Find the end of the token that begins at `start`; `start` itself where none begins."""
    kind = _classify_char(text[start])
    if kind == "single":
        return _find_hangul_end(text, start) if 0x1100 <= ord(text[start]) <= 0x115F else _skip_marks(text, start + 1)
    if kind == "emoji":
        return _find_emoji_end(text, start)
    if kind == "letter":
        return _find_word_end(text, start)
    if unicodedata.category(text[start]) == "Sc" and text[start + 1 : start + 2].isdecimal():
        return _find_word_end(text, start + 1)
    return start


def _skip_marks(text: str, position: int) -> int:
    while position < len(text) and _classify_char(text[position]) == "mark":
        position += 1
    return position


def _find_hangul_end(text: str, start: int) -> int:
    """Find the end of a syllable of conjoining letters (U+1100 to U+11FF), which is one token."""
    end = start + 1
    while end < len(text) and 0x1160 <= ord(text[end]) <= 0x11FF:
        end += 1
    return _skip_marks(text, end)


def _find_emoji_end(text: str, start: int) -> int:
    """Find the end of an emoji with its modifiers: joined by U+200D, or two regional letters that make a flag."""
    if ord(text[start]) in _REGIONAL and start + 1 < len(text) and ord(text[start + 1]) in _REGIONAL:
        return start + 2
    end = _skip_marks(text, start + 1)
    while end < len(text) and text[end - 1] == "\u200d" and _classify_char(text[end]) == "emoji":
        end = _skip_marks(text, end + 1)
    return end


_PLAIN = re.compile("[A-Za-z0-9]*")


def _find_word_end(text: str, start: int) -> int:
    plain = _PLAIN.match(text, start)
    position = plain.end() if plain else start
    while position < len(text):
        char = text[position]
        if _classify_char(char) not in ("letter", "mark") and not (position > start and _joins(text, position)):
            break
        position += 1
    if position < len(text) and text[position] in _PERCENT and text[position - 1].isdecimal():
        position += 1
    return position


def _joins(text: str, position: int) -> bool:
    """Whether the punctuation at `position` is inside a word or number: don't, well-known, 3.14, 1,000."""
    after = text[position + 1 : position + 2]
    if not after or _classify_char(after) != "letter":
        return False
    if text[position] in _INNER:
        return True
    thousands = text[position + 1 : position + 5]
    return (
        text[position] == ","
        and text[position - 1].isdecimal()
        and thousands[:3].isdecimal()
        and len(thousands[:3]) == 3
        and not thousands[3:].isdecimal()
    )


_SIGNS = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", ",": None})


@lru_cache(maxsize=16384)
def fold(text: str, *, simplify: bool = False) -> str:
    """Give the key for comparing tokens, without case, width, composition and invisible characters.

    With `simplify`, traditional characters count as their simplified forms (by OpenCC).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not folded.isascii():
        folded = "".join(c for c in folded if unicodedata.category(c) != "Cf" and not 0xFE00 <= ord(c) <= 0xFE0F)
    folded = folded.translate(_SIGNS)
    return _load_simplifier().convert(folded) if simplify and not folded.isascii() else folded


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@lru_cache(maxsize=1)
def _load_simplifier() -> _Converter:
    from opencc import OpenCC

    converter: _Converter = OpenCC("t2s")
    return converter


_HASTE = 0.8  # 0.7 in 129 words of a telephone call


@lru_cache(maxsize=16384)
def weigh(text: str) -> float:
    """Estimate how long a token takes to say, in syllables, to share out a span of time.

    1 for a Han, kana or Hangul character or a digit, 1/3 for a letter, 2 for a percent sign, 0.1 for an emoji.
    """
    if is_single(text):
        return 1.0
    total = 0.0
    for char in text:
        if char.isdecimal():
            total += 1.0
        elif char in _PERCENT:
            total += 2.0
        elif _classify_char(char) == "letter":
            total += 1 / 3
    return max(total, 0.1)


@lru_cache(maxsize=16384)
def estimate_length(text: str) -> float:
    """Estimate how long a token lasts, in syllables: its weight, but the longer a word, the quicker its letters."""
    weight = weigh(text)
    return weight**_HASTE if any(map(str.isalpha, text)) and not any(map(str.isdecimal, text)) else weight


def utf16_length(text: str) -> int:
    """Count the text's length as JavaScript does."""
    return len(text) + len(_ASTRAL.findall(text))


_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def find_utf16_spans(text: str) -> Iterable[tuple[int, int]]:
    """Give start and end of each token in UTF-16 units."""
    return utf16_spans(text, tokenize(text)) if _ASTRAL.search(text) else find_token_spans(text)


def utf16_spans(text: str, tokens: Iterable[Token]) -> Iterator[tuple[int, int]]:
    """Give start and end of each token in UTF-16 units; the tokens come in order."""
    point = unit = 0
    for token in tokens:
        start = unit + utf16_length(text[point : token.start])
        unit = start + utf16_length(token.text)
        point = token.end
        yield start, unit
