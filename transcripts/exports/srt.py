"""SubRip. The format has no standard; this is what every player reads."""

from __future__ import annotations

from transcripts.exports.cues import clock, row_cues
from transcripts.exports.document import Document


def export(document: Document, *, cues: str = "rows") -> bytes:
    blocks = []
    for number, cue in enumerate(row_cues(document), start=1):
        text = f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text
        times = f"{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}"
        blocks.append(f"{number}\n{times}\n{text.replace('-->', '→')}\n")
    return "\n".join(blocks).encode()
