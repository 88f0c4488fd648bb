"""What captions are made of, and by which rules.

The rules are the broadcasters' guidelines (docs/text-and-time.md) as data; every number can be changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from transcripts.text.tokens import WordColumns


@dataclass(frozen=True, slots=True)
class Rules:
    """Widths count a Han character as one and any other as `narrow`."""

    line: float = 42
    lines: int = 2
    per_second: float = 20
    narrow: float = 1.0
    shortest_ms: int = 833  # 5/6 s
    longest_ms: int = 7000
    frames_per_second: float = 24.0
    gap_frames: int = 2
    closed_ms: int = 500  # shorter gaps are closed to `gap_frames`
    linger_ms: int = 500  # how long a caption may stay after its last word
    pause_ms: int = 300  # a pause worth breaking at
    drop_marks: bool = False  # leave out 。 and ， as Chinese captions do
    keep: tuple[str, ...] = ()  # names that are never broken

    @property
    def gap_ms(self) -> int:
        return math.ceil(1000 * self.gap_frames / self.frames_per_second)


PRESETS = {
    "zh": Rules(line=16, per_second=9, narrow=0.5),
    "en": Rules(),
    "ja": Rules(line=13, per_second=4, narrow=0.5),
    "ko": Rules(line=16, per_second=12, narrow=0.5),
}


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """A row to be shown: its text, split at its tokens, and one word for each of these, as `align` gives them."""

    parts: Sequence[str]
    start_ms: int
    end_ms: int
    words: WordColumns
    speaker: str = ""

    @property
    def text(self) -> str:
        return "".join(self.parts)
