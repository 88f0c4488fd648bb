"""What SubRip and WebVTT have in common."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from transcripts.exports.document import Document


@dataclass(frozen=True, slots=True)
class Cue:
    start_ms: int
    end_ms: int
    speaker: str
    text: str


def row_cues(document: Document) -> Iterator[Cue]:
    """One cue for each row that has text; each lasts at least a millisecond, as players drop those that do not."""
    for line in document.utterances:
        if text := plain_lines(line.text):
            start_ms = max(0, line.start_ms)
            yield Cue(start_ms, max(line.end_ms, start_ms + 1), plain_line(line.speaker), text)


def plain_lines(text: str) -> str:
    """`text` without blank lines, which would end a cue, and without control characters."""
    lines = (_printable(line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def plain_line(text: str) -> str:
    return " ".join(plain_lines(text).split())


def clock(ms: int, mark: str) -> str:
    """`HH:MM:SS` and milliseconds behind `mark`; hours may pass 99."""
    seconds, thousandths = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{thousandths:03}"


def _printable(line: str) -> str:
    return "".join(char for char in line if char == "\t" or unicodedata.category(char) not in ("Cc", "Cs"))
