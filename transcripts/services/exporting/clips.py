"""The audio of single rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from transcripts.audio.clips import cut_clips
from transcripts.exports.characters import clean_line, format_clock
from transcripts.exports.document import Document
from transcripts.exports.speakers import make_namer

_BEFORE_MS = _AFTER_MS = 100
_SHOWN = 30  # characters of the text in a file's name


def make_named_clips(*, playback: Path, document: Document) -> Iterator[tuple[str, bytes]]:
    """The name and content of a file for each row; rows after the end of the audio have none.

    A name has the row's number, start and speaker, its channel where there are several, and the first words.

    Raises FileNotFoundError if there is no playback copy.
    """
    lines = document.utterances
    name_row = make_namer(document)
    spans = [(max(0, line.start_ms - _BEFORE_MS), line.end_ms + _AFTER_MS) for line in lines]
    for number, (line, content) in enumerate(zip(lines, cut_clips(playback, spans), strict=True), start=1):
        if content:
            time = format_clock(line.start_ms, ".")[:-4].replace(":", "-")
            name = name_row(line)
            yield clean_line(f"{number:04} {time} {name} {line.text}")[: 15 + _SHOWN + len(name)], content
