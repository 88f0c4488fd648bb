"""What a recognizer is to the server: sound of one channel in, utterances out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy
from numpy.typing import NDArray

RATE_HZ = 16000
GRID_MS = 40  # word times of real answers are multiples of this

Samples = NDArray[numpy.float32]


@dataclass(frozen=True)
class TimedWord:
    """A token of the answer. Around a Latin word stands one without a time: `TimedWord(" ", -1, -1)`."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class TimedUtterance:
    """A sentence; its times are those of its first and last timed word."""

    text: str
    words: tuple[TimedWord, ...]

    @property
    def start_ms(self) -> int:
        return next(word.start_ms for word in self.words if word.start_ms >= 0)

    @property
    def end_ms(self) -> int:
        return next(word.end_ms for word in reversed(self.words) if word.start_ms >= 0)


@dataclass(frozen=True, kw_only=True)
class RecognizerOptions:
    """What a request may ask of a recognizer.

    `language` is the tag as sent ("en-US"); empty means Chinese or English, or with `any_language` whatever is spoken.
    `pause_ms` splits utterances at pauses of that length instead of at the ends of sentences.
    """

    language: str = ""
    any_language: bool = False
    punctuation: bool = True
    hot_words: tuple[str, ...] = ()
    pause_ms: int | None = None


class Recognizer(Protocol):
    def recognise(self, samples: Samples, options: RecognizerOptions, gone: Callable[[], bool]) -> list[TimedUtterance]:
        """Utterances in order of time, none for silence. `samples` are mono at `RATE_HZ`, within -1 to 1.

        May be called from several threads at once. Once `gone()` is true nobody waits for the answer, and the
        recognizer may return what it has.
        """
        ...
