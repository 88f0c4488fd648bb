"""What telling speakers apart is asked and answers. Light to import: it loads no arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from transcripts.text.voices import UNSURE as UNSURE
from transcripts.text.voices import Span as Span

MAX_VOICES = 10
LIKELY_SAME = 0.8  # see `get_likely_same`
_ANOTHER_LIKELY_SAME = 0.55


class NotWindows(Exception):
    """The file holds no embeddings that can be used (lost, damaged, of another version): make it again."""


class EncoderMissing(Exception):
    """The speaker encoder's weights are not there, or not the ones expected; the message says it in a sentence."""


@dataclass(frozen=True, slots=True)
class Hint:
    """How many voices there are, at least and at most. Raises `ValueError` where that is not within 1 to 10."""

    min_voices: int = 1
    max_voices: int = MAX_VOICES

    def __post_init__(self) -> None:
        if not 1 <= self.min_voices <= self.max_voices <= MAX_VOICES:
            raise ValueError(f"{self.min_voices} to {self.max_voices} voices")

    def to_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, int]) -> Hint:
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Voice:
    """What is taken for one person."""

    number: int
    """From 1, in the order in which the voices are first heard."""
    ms: int
    """How long the words last that it speaks."""
    samples: tuple[Span, ...]
    """At most three stretches to listen to, the surest first."""
    centroid: str
    """The mean of its embeddings, of length 1: base64 of a signed byte for each dimension."""
    key: str = ""
    """The example that it was sorted by, where examples were given."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Consecutive words of one voice, from the start of the first to the end of the last."""

    start_ms: int
    end_ms: int
    voice: int
    confidence: int
    """0 to 100; see `UNSURE`."""


@dataclass(frozen=True, slots=True)
class Diarized:
    """All words are covered by turns, in their order; none where no word was given."""

    voices: tuple[Voice, ...]
    turns: tuple[Turn, ...]
    encoder: str
    """Centroids can be compared where this is the same."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Diarized:
        """From what `to_json` gave, also when it has been JSON."""
        voices = tuple(
            Voice(**{**voice, "samples": tuple((start, end) for start, end in voice["samples"])})
            for voice in fields["voices"]
        )
        return cls(voices, tuple(Turn(**turn) for turn in fields["turns"]), fields["encoder"])


def get_likely_same(encoder: str) -> float:
    """The likeness from which voices of two recordings may be one person's, of an encoder by its name."""
    return LIKELY_SAME if encoder.startswith("resemblyzer") else _ANOTHER_LIKELY_SAME
