"""Warnings about rows: what a careful reader would stumble over, with a fix where it is certain.

Warnings block nothing. People dismiss one by its `key`, which stays the same while the passage does. docs/checks.md
describes the rules; those for punctuation and spaces are in `signs`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from transcripts.text.caption_rules import PRESETS
from transcripts.text.glossary import EMPTY, Glossary
from transcripts.text.signs import Spacing, Spot, find_spots, find_unpaired, make_pair
from transcripts.text.tokens import count_han, find_token_spans
from transcripts.text.widths import measure_width

_LONGEST = 120  # Han characters, or twice as many letters: about four lines of a book
_LONGEST_MS = 45_000
_MARGIN = 1.25  # times the reading speed of captions, which rows of lively talk may exceed a little
_KEPT = 40  # characters of the passage in a key
_QUOTED_ROWS = 8  # rows that a quotation may span


class CheckedRow(NamedTuple):
    """A row to check. `speaker` may be any name that tells voices apart."""

    text: str
    start_ms: int
    end_ms: int
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class CheckWarning:
    """`message` names the rule; `start` and `end` count code points of the row's text; `fix` is the text mended.

    `figure` is what the rule measured: characters a second, seconds, or how often something was misheard.
    """

    key: str
    message: str
    start: int
    end: int
    fix: str | None = None
    figure: float | None = None


def check_rows(
    rows: Sequence[CheckedRow], spacing: Spacing = Spacing.LATIN, glossary: Glossary = EMPTY
) -> list[list[CheckWarning]]:
    """Give the warnings of each row, in order of its text. The rows come in order of time."""
    halves = [find_unpaired(row.text) for row in rows]
    _pair_brackets(rows, halves)
    overlaps = _find_overlaps(rows)
    warnings = []
    for number, row in enumerate(rows):
        following = rows[number + 1].start_ms if number + 1 < len(rows) else None
        if not any(char.isalnum() for char in row.text) and not find_token_spans(row.text):
            warnings.append(_make_warnings(row.text, [Spot("no_words", 0, len(row.text))]))
            continue
        spotted = [*_check_whole_row(row, following), *find_spots(row.text, spacing), *glossary.find_spots(row.text)]
        spotted += [Spot("unpaired", index, index + 1) for index, _half in halves[number]]
        if number in overlaps:
            spotted.append(Spot("overlap", 0, len(row.text), figure=overlaps[number] / 1000))
        warnings.append(_make_warnings(row.text, spotted))
    return warnings


def check_text(text: str, spacing: Spacing = Spacing.LATIN, glossary: Glossary = EMPTY) -> list[CheckWarning]:
    """Give the warnings that need only the text."""
    unpaired = (Spot("unpaired", at, at + 1) for at, _half in find_unpaired(text))
    return _make_warnings(text, [*find_spots(text, spacing), *unpaired, *glossary.find_spots(text)])


def _check_whole_row(row: CheckedRow, following: int | None) -> Iterator[Spot]:
    """Check the row as a whole: too long, or too fast to be read as a caption.

    No character is wider than one, so that few rows have to be measured.
    """
    text, whole = row.text, (0, len(row.text))
    lasts = row.end_ms - row.start_ms
    rules = PRESETS["zh" if count_han(text) * 2 >= len(text.split()) else "en"]
    latest = row.end_ms + rules.linger_ms
    shown = (latest if following is None else max(row.end_ms, min(latest, following))) - row.start_ms
    read_ms, fastest = max(shown, rules.shortest_ms), rules.per_second * _MARGIN
    if len(text) * 1000 / read_ms > fastest:
        speed = measure_width(text, rules.narrow) * 1000 / read_ms
        if speed > fastest:
            yield Spot("fast", *whole, figure=round(speed, 1))
    if lasts > _LONGEST_MS or (len(text) > _LONGEST and measure_width(text, PRESETS["zh"].narrow) > _LONGEST):
        yield Spot("long", *whole, figure=round(lasts / 1000, 1))


def _pair_brackets(rows: Sequence[CheckedRow], halves: list[list[tuple[int, str]]]) -> None:
    """Take out halves that pair up across rows: a quotation may span several rows of one speaker."""
    waiting: dict[str, list[tuple[int, tuple[int, str]]]] = defaultdict(list)
    for number, own in enumerate(halves):
        opened = waiting[rows[number].speaker]
        for half in list(own):
            while opened and opened[0][0] < number - _QUOTED_ROWS:
                opened.pop(0)
            if opened and opened[-1][0] < number and make_pair(opened[-1][1][1], half[1]):
                begin, other = opened.pop()
                halves[begin].remove(other)
                own.remove(half)
            else:
                opened.append((number, half))


def _find_overlaps(rows: Sequence[CheckedRow]) -> dict[int, int]:
    """Give by row number how many milliseconds it overlaps the same speaker's next row."""
    last: dict[str, int] = {}
    overlaps = {}
    for number, row in enumerate(rows):
        before = last.get(row.speaker)
        if before is not None and rows[before].end_ms > row.start_ms:
            overlaps[before] = rows[before].end_ms - row.start_ms
        if before is None or row.end_ms >= rows[before].end_ms:
            last[row.speaker] = number
    return overlaps


def _make_warnings(text: str, spotted: Sequence[Spot]) -> list[CheckWarning]:
    made = []
    seen: dict[str, int] = defaultdict(int)
    for spot in sorted(spotted, key=lambda spot: spot[:3]):
        key = _make_key(text, spot)
        seen[key] += 1
        key = key if seen[key] == 1 else f"{key}#{seen[key]}"
        fix = None if spot.mended is None else f"{text[: spot.start]}{spot.mended}{text[spot.end :]}".strip()
        made.append(CheckWarning(key, spot.message, spot.start, spot.end, fix or None, spot.figure))
    return sorted(made, key=lambda warning: (warning.start, warning.end))


def _make_key(text: str, spot: Spot) -> str:
    """Join the rule and the passage with a character either side; rules for the whole row need no passage."""
    if spot.start == 0 and spot.end == len(text):
        return spot.message
    return f"{spot.message}:{text[max(0, spot.start - 1) : spot.end + 1][:_KEPT]}"
