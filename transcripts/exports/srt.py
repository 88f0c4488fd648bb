"""SubRip. The format has no standard; this is what every player reads.

Written here and not by pysubs2, which drops what is in braces, as if it were a command, and ends at 99 hours.
"""

from __future__ import annotations

from transcripts.exports.characters import encode_text, format_clock
from transcripts.exports.cues import make_cues, prefix_speakers
from transcripts.exports.direction import embed_lines
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions


def export(document: Document, options: ExportOptions) -> bytes:
    blocks = []
    cues = make_cues(document, options)
    for number, (cue, lines) in enumerate(zip(cues, prefix_speakers(cues, document, options), strict=True), start=1):
        times = f"{format_clock(cue.start_ms, ',')} --> {format_clock(cue.end_ms, ',')}"
        text = "\n".join(embed_lines(lines, cue.text)).replace("-->", "→")
        blocks.append(f"{number}\n{times}\n{text}\n")
    return encode_text("\n".join(blocks), options)
