"""LRC, as music players show it: each line begins with the minute and second it is sung at.

An empty line ends one that nothing follows at once.
"""

from __future__ import annotations

from transcripts.exports.characters import encoded, plain_line
from transcripts.exports.cues import cues, one_line, prefixed
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions

_GAP_MS = 1000  # a shorter silence keeps the line before it
# Brackets at the start of a text would be read as times; words in angle brackets, too.
_ESCAPES = str.maketrans({"[": "［", "]": "］", "<": "＜", ">": "＞"})


def export(document: Document, options: ExportOptions) -> bytes:
    found = cues(document, options)
    lines = [f"[ti:{plain_line(document.title).translate(_ESCAPES)}]"]
    if document.duration_ms:
        lines.append(f"[length:{_clock(document.duration_ms)[:-3]}]")
    for number, (cue, shown) in enumerate(zip(found, prefixed(found, document, options), strict=True), start=1):
        lines.append(f"[{_clock(cue.start_ms)}]{one_line(shown).translate(_ESCAPES)}")
        if number == len(found) or found[number].start_ms - cue.end_ms >= _GAP_MS:
            lines.append(f"[{_clock(cue.end_ms)}]")
    return encoded("".join(f"{line}\n" for line in lines), options)


def _clock(ms: int) -> str:
    """Minutes may pass 99."""
    minutes, rest = divmod(round(ms / 10), 6000)
    return f"{minutes:02}:{rest // 100:02}.{rest % 100:02}"
