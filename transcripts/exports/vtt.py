"""WebVTT (https://www.w3.org/TR/webvtt1/)."""

from __future__ import annotations

from transcripts.exports.cues import clock, row_cues
from transcripts.exports.document import Document

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def export(document: Document, *, cues: str = "rows") -> bytes:
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(row_cues(document), start=1):
        voice = f"<v {cue.speaker.translate(_ESCAPES)}>" if cue.speaker else ""
        times = f"{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}"
        blocks.append(f"{number}\n{times}\n{voice}{cue.text.translate(_ESCAPES)}\n")
    return "\n".join(blocks).encode()
