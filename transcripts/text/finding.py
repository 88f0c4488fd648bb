"""Finding and replacing text in rows.

Case and width do not count. Both sides are folded, each character to exactly one (together with the marks and
invisible characters after it), so every hit maps back to whole characters of the row. Traditional and simplified
characters stay distinct. Hits never cut what people see as one character: an emoji of several code points, or a letter
with its marks.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

from transcripts.text.tokens import is_single

MAX_QUERY = 500
SECONDS = 2.0  # default CPU time of a regular expression for all rows together
MOST_REPEATS = 10_000  # that braces may multiply to: what must be repeated is written out, which takes memory
MOST_REPLACED = 4_000_000  # characters that all replacements of a search take together


class Mode(StrEnum):
    PLAIN = "plain"
    WORD = "word"
    REGEX = "regex"
    SOUND = "sound"


class BadPattern(ValueError):
    """Not a regular expression; `position` counts characters from 1, 0 where it is unknown."""

    def __init__(self, position: int = 0) -> None:
        super().__init__(f"at character {position}")
        self.position = position


class TooComplex(BadPattern):
    """A regular expression that calls itself or multiplies its repeats, which could take any amount of memory."""


class BadReplacement(ValueError):
    """The replacement names a group that does not exist, or has a stray backslash."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class TooSlow(TimeoutError):
    """The regular expression exceeded its time."""


class TooLarge(TooSlow):
    """The replacements take more room than a search may."""


@dataclass(frozen=True, slots=True)
class Hit:
    """From `start` to `end`, in code points of the row's text; `after` is its replacement."""

    start: int
    end: int
    after: str = ""


# --- Folding -----------------------------------------------------------------------------------------------------

_SIGNS = {"’": "'", "‘": "'", "‐": "-", "‑": "-"}
# What belongs to the character before it: marks, vowels and finals of Hangul jamo, half-width voicing, and
# invisible characters.
_FOLLOWS = regex.compile(r"[\p{M}\p{Cf}\u1160-\u11FF\uFF9E\uFF9F]")
_INVISIBLE = regex.compile(r"[\p{Cf}\uFE00-\uFE0F\U000E0100-\U000E01EF]")


def _narrow_char(char: str) -> str:
    compatible = unicodedata.normalize("NFKC", char)
    if len(compatible) != 1:
        return char
    return _SIGNS.get(compatible, compatible)


def _lower_char(char: str) -> str:
    narrow = _narrow_char(char)
    return next((lower for lower in (narrow.casefold(), narrow.lower()) if len(lower) == 1), narrow)


class _Narrow(dict[int, str]):
    """A table for `str.translate` that fills itself."""

    def __missing__(self, code: int) -> str:
        self[code] = _narrow_char(chr(code))
        return self[code]


class _Lower(dict[int, str]):
    def __missing__(self, code: int) -> str:
        self[code] = _lower_char(chr(code))
        return self[code]


_NARROW, _LOWER = _Narrow(), _Lower()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; `starts` holds where each of its characters begins in the original, then the original's length."""

    text: str
    starts: Sequence[int]


def _fold_with_positions(text: str, table: dict[int, str]) -> Folded:
    if not _FOLLOWS.search(text):
        return Folded(text.translate(table), range(len(text) + 1))
    folded: list[str] = []
    starts: list[int] = []
    for start, unit in _group_marks(text):
        seen = [(start + index, char) for index, char in enumerate(unit) if not _INVISIBLE.match(char)]
        whole = unicodedata.normalize("NFKC", "".join(char for _, char in seen))
        for position, char in [(start, whole)] if len(whole) == 1 else seen:
            folded.append(char.translate(table))
            starts.append(position)
    return Folded("".join(folded), [*starts, len(text)])


def _group_marks(text: str) -> Iterator[tuple[int, str]]:
    """Give each character with its marks, and where it begins."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not _FOLLOWS.match(text[end]):
            yield start, text[start:end]
            start = end


def fold_for_search(text: str) -> str:
    """Fold the text as the index holds it and as queries are."""
    return _fold_with_positions(text, _LOWER).text


# --- What people see as one character ----------------------------------------------------------------------------

_CLUSTER = regex.compile(r"\X")
_JOINED = regex.compile(
    r"[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}\p{GCB=Prepend}\p{GCB=RI}\p{GCB=L}\p{GCB=V}\p{GCB=T}]|\r\n"
)
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{RI}]")

Inner = dict[int, int | None]


def _inner_positions(text: str) -> Inner:
    """Give the positions inside grapheme clusters: of an emoji with its end, of a letter with None."""
    inner: Inner = {}
    if _JOINED.search(text):
        for cluster in _CLUSTER.finditer(text):
            start, end = cluster.span()
            inner.update(dict.fromkeys(range(start + 1, end), end if _EMOJI.match(cluster[0]) else None))
    return inner


# --- Finding -----------------------------------------------------------------------------------------------------


class Search:
    """One search over any number of rows; a regular expression has `seconds` of CPU time for all of them together.

    Raises `BadPattern` and `BadReplacement`; its methods raise `TooSlow`.
    """

    def __init__(self, query: str, mode: Mode = Mode.PLAIN, *, replace: str = "", seconds: float = SECONDS) -> None:
        self.query, self.mode, self.replace = query, mode, replace
        self.sought = fold_for_search(query)
        self._parts: list[str | int] = [replace]
        if mode == Mode.REGEX:
            self._pattern = _compile_pattern(query)
            self._parts = _parse_replacement(replace, self._pattern)
        self._until = time.thread_time() + seconds
        self._room = MOST_REPLACED

    def find_hits(self, text: str) -> list[Hit]:
        """Find all hits in order, without overlaps. Those of a regular expression may be empty."""
        return list(self._find_regex_hits(text) if self.mode == Mode.REGEX else self._find_plain_hits(text))

    def find_in_rows(self, texts: Sequence[str]) -> Iterator[list[tuple[int, Hit]]]:
        """Give the hits of each row, with their numbers in it."""
        for text in texts:
            yield list(enumerate(self.find_hits(text)))

    def has_hit(self, text: str) -> bool:
        """Whether there is a hit that is not empty."""
        if self.mode == Mode.REGEX:
            return any(hit.end > hit.start for hit in self._find_regex_hits(text))
        return next(self._find_plain_hits(text), None) is not None

    def may_hit(self, folded: str) -> bool:
        """Whether there can be a hit in a text that is folded already; not for regular expressions."""
        place = folded.find(self.sought)
        while place >= 0 and self.mode == Mode.WORD and not self._has_borders(folded, place):
            place = folded.find(self.sought, place + 1)
        return place >= 0

    def check_time(self) -> None:
        """Raises TooSlow when the time is over."""
        if time.thread_time() > self._until:
            raise TooSlow

    @property
    def is_indexed(self) -> bool:
        """Whether the folded text of a row tells if it has a hit: of an emoji it does not tell what it is part of."""
        return self.mode == Mode.PLAIN and not _EMOJI.search(self.sought)

    def _find_plain_hits(self, text: str) -> Iterator[Hit]:
        row = _fold_with_positions(text, _LOWER)
        length = len(self.sought)
        inner: Inner | None = None
        place = row.text.find(self.sought) if length else -1
        while place >= 0:
            inner = _inner_positions(text) if inner is None else inner
            start, end = row.starts[place], row.starts[place + length]
            fits = self.mode == Mode.PLAIN or self._has_borders(row.text, place)
            fits = fits and not _cuts(start, (end,), inner)
            if fits:
                yield Hit(start, _whole(end, inner), self._take_room(self.replace))
            place = row.text.find(self.sought, place + (length if fits else 1))

    def _has_borders(self, folded: str, place: int) -> bool:
        return _is_border(folded, place) and _is_border(folded, place + len(self.sought))

    def _find_matches(self, text: str) -> Iterator[regex.Match[str]]:
        try:
            yield from self._pattern.finditer(text, timeout=max(0.001, self._until - time.thread_time()))
        except TimeoutError as error:
            raise TooSlow from error

    def _find_regex_hits(self, text: str) -> Iterator[Hit]:
        """Give the matches in whole characters."""
        row = _fold_with_positions(text, _NARROW)
        groups = [part for part in self._parts if isinstance(part, int)]
        inner: Inner | None = None
        for match in self._find_matches(row.text):
            inner = _inner_positions(text) if inner is None else inner
            start, end = row.starts[match.start()], row.starts[match.end()]
            edges = [row.starts[edge] for group in groups for edge in match.span(group) if edge >= 0]
            if _cuts(start, (end, *edges), inner):
                continue
            yield Hit(start, _whole(end, inner), self._expand_replacement(match, text, row.starts, inner))

    def _expand_replacement(self, match: regex.Match[str], text: str, starts: Sequence[int], inner: Inner) -> str:
        """Fill in the groups as they stand in the row, not folded."""
        parts = []
        for part in self._parts:
            if isinstance(part, int):
                start, end = match.span(part)
                part = text[_whole(starts[start], inner) : _whole(starts[end], inner)] if start >= 0 else ""
            self._take_room(part)  # part by part: together they may be larger than memory
            parts.append(part)
        return "".join(parts)

    def _take_room(self, part: str) -> str:
        self._room -= len(part)
        if self._room < 0:
            raise TooLarge
        return part


def _cuts(start: int, edges: Iterable[int], inner: Inner) -> bool:
    """Whether a match that begins at `start` is none.

    An emoji belongs to whatever has its first code point. A letter is not taken without its marks, which replacing it
    would lose.
    """
    return start in inner or any(inner.get(edge, edge) is None for edge in edges)


def _whole(position: int, inner: Inner) -> int:
    """The position, or the end of the emoji that it is inside of."""
    return inner.get(position) or position


def split_at_hits(text: str, hits: Sequence[Hit]) -> list[tuple[str, bool]]:
    """Split the text into the parts that were hit and those that were not, in order."""
    parts, end = [], 0
    for hit in hits:
        parts += [(text[end : hit.start], False), (text[hit.start : hit.end], True)]
        end = hit.end
    return [(part, is_hit) for part, is_hit in [*parts, (text[end:], False)] if part]


def replace_hits(text: str, hits: Sequence[Hit]) -> str:
    """Replace these hits in the text."""
    parts: list[str] = []
    end = 0
    for hit in hits:
        parts += (text[end : hit.start], hit.after)
        end = hit.end
    return "".join([*parts, text[end:]])


def _is_border(text: str, position: int) -> bool:
    """Whether no word of letters and digits continues across `position`; between Han there is always a border."""
    if not 0 < position < len(text):
        return True
    return not (_is_letter(text[position - 1]) and _is_letter(text[position]))


def _is_letter(char: str) -> bool:
    return char == "_" or (unicodedata.category(char)[0] in "LMN" and not is_single(char))


# --- Regular expressions -----------------------------------------------------------------------------------------


# Escapes are read over, so that what follows one is no call: (?R), (?1), (?-1), (?&name), (?P>name).
_CALL = re.compile(r"\\.|(\(\?(?:R|[+-]?[0-9]|&|P>))", re.DOTALL)
_BRACES = re.compile(r"\{([^{}]*)\}")


def _check_pattern(pattern: str) -> None:
    """Raises TooComplex. Braces count wherever they stand, by their first number, so that no odd syntax hides any."""
    for call in _CALL.finditer(pattern):
        if call[1]:
            raise TooComplex(call.start() + 1)
    repeats = 1
    for braces in _BRACES.finditer(pattern):
        least = re.sub("[^0-9]", "", braces[1].split(",")[0])
        repeats *= max(1, int(least[:9] or 0))
        if repeats > MOST_REPEATS:
            raise TooComplex(braces.start() + 1)


def _compile_pattern(pattern: str) -> regex.Pattern[str]:
    _check_pattern(pattern.translate(_NARROW))
    try:
        regex.compile(pattern, regex.IGNORECASE)  # As written, for the position of an error.
        return regex.compile(_narrow_pattern(pattern), regex.IGNORECASE)
    except regex.error as error:
        raise BadPattern(0 if error.pos is None else min(error.pos + 1, len(pattern))) from error
    except (OverflowError, RecursionError, ValueError, IndexError) as error:
        raise BadPattern from error


def _narrow_pattern(pattern: str) -> str:
    """Narrow the pattern as texts are narrowed; `（` becomes `\\(`, which still matches only the character."""
    parts = []
    for escaped, char in re.findall(r"(\\?)(.)", pattern, re.DOTALL):
        narrow = char.translate(_NARROW)
        if narrow == char:
            parts.append(escaped + char)
        elif narrow.isascii() and not narrow.isalnum():
            parts.append("\\" + narrow)
        else:
            parts.append(narrow)
    return "".join(parts)


_ESCAPE = re.compile(r"\\(?:g<([^>]*)>|([1-9][0-9]?)|(.?))", re.DOTALL)


def _parse_replacement(text: str, pattern: regex.Pattern[str]) -> list[str | int]:
    r"""Give texts and group numbers: `\1`, `\g<name>`; a backslash before punctuation stands for the punctuation."""
    parts: list[str | int] = []
    end = 0
    for escape in _ESCAPE.finditer(text):
        parts.append(text[end : escape.start()])
        name, number, sign = escape.groups()
        if sign:
            if sign.isalnum():
                raise BadReplacement(escape[0])
            parts.append(sign)
        else:
            group = pattern.groupindex.get(name) if name and not name.isdecimal() else int(name or number or -1)
            if group is None or not 0 <= group <= pattern.groups:
                raise BadReplacement(escape[0])
            parts.append(group)
        end = escape.end()
    return [*parts, text[end:]]
