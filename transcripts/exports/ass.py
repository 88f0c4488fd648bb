"""Advanced SubStation Alpha, by pysubs2. Times are hundredths of a second, and end before ten hours."""

from __future__ import annotations

import pysubs2

from transcripts.exports.characters import clean_line, encode_text
from transcripts.exports.cues import SubtitleCue, choose_preset, make_cues
from transcripts.exports.direction import embed_lines
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions

_FONTS = {"zh": "Microsoft YaHei", "ja": "Yu Gothic", "ko": "Malgun Gothic"}
_SHORTEST_MS = 10  # a shorter cue would have no length
# Braces hold commands, and a backslash begins one, for some players even an escaped one.
_ESCAPES = str.maketrans({"{": "｛", "}": "｝", "\\": "\\\u2060"})


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
    file.events = [_make_event(cue, options) for cue in make_cues(document, options)]
    return encode_text(file.to_string("ass", header_notice=""), options)


def _make_event(cue: SubtitleCue, options: ExportOptions) -> pysubs2.SSAEvent:
    return pysubs2.SSAEvent(
        start=cue.start_ms,
        end=max(cue.end_ms, cue.start_ms + _SHORTEST_MS),
        name=cue.speaker.replace(",", "，") if options.names else "",
        text=r"\N".join(line.translate(_ESCAPES) for line in embed_lines(cue.lines, cue.text)),
    )
