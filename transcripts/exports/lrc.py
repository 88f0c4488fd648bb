"""LRC, as music players show it: each line begins with its minute and second.

An empty line ends a line that is not followed at once.
"""

from __future__ import annotations

from transcripts.exports.characters import clean_line, encode_text, replace_signs
from transcripts.exports.cues import join_lines, make_cues, prefix_speakers
from transcripts.exports.direction import embed_lines
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions

_GAP_MS = 1000  # a shorter silence keeps the line before it
# Brackets at the start of a text would be read as times; words in angle brackets, too.
_ESCAPES = {"[": "［", "]": "］", "<": "＜", ">": "＞"}


def export(document: Document, options: ExportOptions) -> bytes:
    cues = make_cues(document, options)
    lines = [f"[ti:{replace_signs(clean_line(document.title), _ESCAPES)}]"]
    if document.duration_ms:
        lines.append(f"[length:{_format_clock(document.duration_ms)[:-3]}]")
    for number, (cue, shown) in enumerate(zip(cues, prefix_speakers(cues, document, options), strict=True), start=1):
        (line,) = embed_lines([join_lines(shown)], cue.text)
        lines.append(f"[{_format_clock(cue.start_ms)}]{replace_signs(line, _ESCAPES)}")
        if number == len(cues) or cues[number].start_ms - cue.end_ms >= _GAP_MS:
            lines.append(f"[{_format_clock(cue.end_ms)}]")
    return encode_text("".join(f"{line}\n" for line in lines), options)


def _format_clock(ms: int) -> str:
    """Minutes may pass 99."""
    minutes, rest = divmod(round(ms / 10), 6000)
    return f"{minutes:02}:{rest // 100:02}.{rest % 100:02}"
