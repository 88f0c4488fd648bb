"""Laying the turns of voices on the words of rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

UNSURE = 50  # a confidence below it means that the voice is a guess
_SHORT_MS = 600  # an unsure part of a row that is no longer is taken for its neighbour's
Span = tuple[int, int]  # start and end, in ms


class TurnLike(Protocol):
    """A stretch of one voice; `Turn` of the diarization is one."""

    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...
    @property
    def voice(self) -> int: ...
    @property
    def confidence(self) -> int: ...


@dataclass(frozen=True, slots=True)
class VoicedWord:
    """The voice of a word, and how sure that is (0 to 100)."""

    voice: int
    confidence: int


@dataclass(frozen=True, slots=True)
class VoicedPart:
    """Consecutive words `first` to `last` (not included) of a row that one voice speaks."""

    first: int
    last: int
    voice: int
    confidence: int


@dataclass(frozen=True, slots=True)
class VoicedRow:
    """Whose a row is."""

    voice: int
    """Of most of its time."""
    confidence: int
    """Low where others speak in it, too."""
    parts: tuple[VoicedPart, ...]
    """One for a row of one voice; between two of them it would be split."""


def lay_turns(words: Sequence[Span], turns: Sequence[TurnLike]) -> list[VoicedWord]:
    """The voice of each word: that of the turn it shares most time with, else, unsure, that of the nearest one.

    Turns are in order of time, and there is at least one. Words may be in any order.
    """
    starts = [turn.start_ms for turn in turns]
    return [_find_voice(word, turns, starts) for word in words]


def describe_row(words: Sequence[Span], turns: Sequence[TurnLike]) -> VoicedRow | None:
    """Whose a row of `words` is, and where it would be split; None where no word or no turn is given.

    A short unsure part takes the voice of its longer neighbour in the row, and leaves it as sure as it was.
    """
    if not words or not turns:
        return None
    parts = _absorb(_make_parts(lay_turns(words, turns), words), words)
    shares: dict[int, int] = {}
    for part in parts:
        shares[part.voice] = shares.get(part.voice, 0) + _measure(part, words)
    main = max(shares, key=lambda voice: shares[voice])
    sure = sum(part.confidence * _measure(part, words) for part in parts if part.voice == main)
    return VoicedRow(main, round(sure / sum(shares.values())), tuple(parts))


def _find_voice(word: Span, turns: Sequence[TurnLike], starts: Sequence[int]) -> VoicedWord:
    start, end = word[0], max(word[1], word[0] + 1)
    at = max(0, bisect_right(starts, start) - 1)
    best, most = turns[at], 0
    for turn in turns[max(0, at - 1) :]:
        if turn.start_ms >= end:
            break
        shared = min(end, turn.end_ms) - max(start, turn.start_ms)
        if shared > most:
            best, most = turn, shared
    if most > 0:
        return VoicedWord(best.voice, best.confidence)
    near = min(turns[at : at + 2], key=lambda turn: max(turn.start_ms - end, start - turn.end_ms))
    return VoicedWord(near.voice, min(near.confidence, UNSURE - 1))


def _make_parts(voiced: Sequence[VoicedWord], words: Sequence[Span]) -> list[VoicedPart]:
    parts = []
    for voice, run in groupby(range(len(voiced)), key=lambda number: voiced[number].voice):
        numbers = list(run)
        lengths = [max(1, words[number][1] - words[number][0]) for number in numbers]
        sure = sum(voiced[number].confidence * length for number, length in zip(numbers, lengths, strict=True))
        parts.append(VoicedPart(numbers[0], numbers[-1] + 1, voice, round(sure / sum(lengths))))
    return parts


def _absorb(parts: list[VoicedPart], words: Sequence[Span]) -> list[VoicedPart]:
    while len(parts) > 1:
        short = [part for part in parts if part.confidence < UNSURE and _measure(part, words) <= _SHORT_MS]
        if not short:
            break
        at = parts.index(min(short, key=lambda part: _measure(part, words)))
        neighbours = [parts[number] for number in (at - 1, at + 1) if 0 <= number < len(parts)]
        taker = max(neighbours, key=lambda part: _measure(part, words))
        parts = _join(parts, at, taker)
    return parts


def _join(parts: Sequence[VoicedPart], at: int, taker: VoicedPart) -> list[VoicedPart]:
    """Give part `at` the voice of its neighbour `taker`, and make one part of what then has one voice."""
    moved = [*parts[:at], VoicedPart(parts[at].first, parts[at].last, taker.voice, taker.confidence), *parts[at + 1 :]]
    joined = []
    for voice, run in groupby(moved, key=lambda part: part.voice):
        same = list(run)
        joined.append(VoicedPart(same[0].first, same[-1].last, voice, min(part.confidence for part in same)))
    return joined


def _measure(part: VoicedPart, words: Sequence[Span]) -> int:
    """How long the words of a part last, in ms."""
    return sum(max(1, end - start) for start, end in words[part.first : part.last])
