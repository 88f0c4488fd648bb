"""What EAF and TextGrid have in common: a tier of rows for each speaker, and one of words below it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from transcripts.exports.characters import plain_line, plain_lines
from transcripts.exports.cues import one_line, times_of, words_of
from transcripts.exports.document import Document, Line

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


def tiers(document: Document) -> list[Tier]:
    """Rows of one tier never overlap, as both formats ask: what does goes to a second tier of the same speaker."""
    found: dict[str, list[Tier]] = {}
    taken: set[str] = set()
    for line in sorted(document.utterances, key=lambda line: line.start_ms):
        text = one_line(tuple(plain_lines(line.text).split("\n")))
        if not text:
            continue
        speaker = plain_line(line.speaker)
        own = found.setdefault(speaker, [])
        start_ms, end_ms = times_of(line)
        tier = next((tier for tier in own if tier.rows[-1].end_ms <= start_ms), None)
        if tier is None:
            name = _free(speaker or _NOBODY, taken)
            tier = Tier(name, _free(f"{name} words", taken), speaker)
            own.append(tier)
        tier.rows.append(Interval(start_ms, end_ms, text, tuple(_words(line, text, start_ms, end_ms))))
    return [tier for own in found.values() for tier in own]


def _words(line: Line, text: str, start_ms: int, end_ms: int) -> Iterator[Interval]:
    """Inside the row, in order, none empty: where a row has fewer milliseconds than words, some are left out."""
    last_ms = start_ms
    for word in words_of(line, text):
        begin, end = max(word.start_ms, last_ms), min(word.end_ms, end_ms)
        if begin < end:
            yield Interval(begin, end, word.text)
            last_ms = end


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free
