"""Advanced SubStation Alpha. Times are hundredths of a second, and end before ten hours.

pysubs2 writes the head; for the events of a long transcript it takes longer than all the rest.
"""

from __future__ import annotations

import pysubs2

from transcripts.exports.characters import clean_line, encode_text, replace_signs
from transcripts.exports.cues import SubtitleCue, choose_preset, make_cues
from transcripts.exports.direction import embed_lines
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions

_FONTS = {"zh": "Microsoft YaHei", "ja": "Yu Gothic", "ko": "Malgun Gothic"}
_LAST = 10 * 60 * 60 * 100 - 1  # the last hundredth of a second that players know
_SHORTEST_MS = 10  # a shorter cue would have no length
# Braces hold commands, and a backslash begins one, for some players even an escaped one.
_ESCAPES = {"{": "｛", "}": "｝", "\\": "\\\u2060"}


def export(document: Document, options: ExportOptions) -> bytes:
    """The speaker's name goes into the format's own field for it, which players do not show."""
    file = pysubs2.SSAFile()
    file.info.clear()
    file.info |= {
        "Title": clean_line(document.title),
        "PlayResX": "1920",
        "PlayResY": "1080",
        "WrapStyle": "0",
        "ScaledBorderAndShadow": "yes",
    }
    file.styles["Default"] = pysubs2.SSAStyle(
        fontname=_FONTS.get(choose_preset(document, options), "Arial"),
        fontsize=60,
        outline=3,
        shadow=0,
        marginl=100,
        marginr=100,
        marginv=60,
    )
    head = file.to_string("ass", header_notice="")
    return encode_text("".join([head, *(_write_event(cue, options) for cue in make_cues(document, options))]), options)


def _write_event(cue: SubtitleCue, options: ExportOptions) -> str:
    start, end = _format_clock(cue.start_ms), _format_clock(max(cue.end_ms, cue.start_ms + _SHORTEST_MS))
    name = cue.speaker.replace(",", "，") if options.names else ""
    text = r"\N".join(replace_signs(line, _ESCAPES) for line in embed_lines(cue.lines, cue.text))
    return f"Dialogue: 0,{start},{end},Default,{name},0,0,0,,{text}\n"


def _format_clock(ms: int) -> str:
    hundredths = min(max(0, ms + 5) // 10, _LAST)
    seconds = hundredths // 100
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{hundredths % 100:02}"
