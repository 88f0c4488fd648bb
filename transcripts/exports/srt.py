"""SubRip. The format has no standard; this is what every player reads.

Written here and not by pysubs2, which takes what stands in braces for commands and drops it, and ends at 99 hours.
"""

from __future__ import annotations

from transcripts.exports.characters import clock, encoded
from transcripts.exports.cues import cues, prefixed
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions


def export(document: Document, options: ExportOptions) -> bytes:
    blocks = []
    found = cues(document, options)
    for number, (cue, lines) in enumerate(zip(found, prefixed(found, document, options), strict=True), start=1):
        times = f"{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}"
        text = "\n".join(lines).replace("-->", "→")
        blocks.append(f"{number}\n{times}\n{text}\n")
    return encoded("\n".join(blocks), options)
