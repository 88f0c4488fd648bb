"""Laying the turns of voices on the words of rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

UNSURE = 50  # a confidence below it means that the voice is a guess
_LEAST_SPLIT_WORDS = 1


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
