"""What EAF and TextGrid have in common: a tier of rows for each speaker, and one of words below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from transcripts.exports.characters import clean_lines
from transcripts.exports.cues import bound_times, join_lines, match_words
from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.speakers import make_namer
from transcripts.text.tokens import split_at_tokens

_NOBODY = "transcript"


@dataclass(frozen=True, slots=True)
class Interval:
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    name: str
    words_name: str
    speaker: str
    rows: list[Interval] = field(default_factory=list)


def make_tiers(document: Document) -> list[Tier]:
    """Rows of a tier never overlap, as both formats require: overlapping ones go to a second tier of the speaker."""
    tiers: dict[str, list[Tier]] = {}
    taken: set[str] = set()
    name_row = make_namer(document)
    for row in sorted(document.utterances, key=lambda row: row.start_ms):
        text = join_lines(tuple(clean_lines(row.text).split("\n")))
        if not text:
            continue
        speaker = name_row(row)
        own = tiers.setdefault(speaker, [])
        start_ms, end_ms = bound_times(row)
        tier = next((tier for tier in own if tier.rows[-1].end_ms <= start_ms), None)
        if tier is None:
            name = _find_free_name(speaker or _NOBODY, taken)
            tier = Tier(name, _find_free_name(f"{name} words", taken), speaker)
            own.append(tier)
        tier.rows.append(Interval(start_ms, end_ms, text, tuple(_make_word_intervals(row, text, start_ms, end_ms))))
    return [tier for own in tiers.values() for tier in own]


def _make_word_intervals(row: DocumentRow, text: str, start_ms: int, end_ms: int) -> Iterator[Interval]:
    """Inside the row, in order, none empty: a row with fewer milliseconds than words loses some."""
    last_ms = start_ms
    for word in match_words(row, split_at_tokens(text)):
        begin, end = max(word.start_ms, last_ms), min(word.end_ms, end_ms)
        if begin < end:
            yield Interval(begin, end, word.text)
            last_ms = end


def _find_free_name(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
