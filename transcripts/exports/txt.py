"""Plain text: a line for each row, and an empty line with the next name where the speaker changes."""

from __future__ import annotations

from transcripts.exports.cues import clock, row_cues
from transcripts.exports.document import Document
from transcripts.text.joining import join


def export(document: Document, *, times: str = "0") -> bytes:
    """`times` "1" begins each line with its start as `[HH:MM:SS]`."""
    lines: list[str] = []
    speaker = ""
    for cue in row_cues(document):
        text = ""
        for part in cue.text.split("\n"):
            text = join(text, part)
        if cue.speaker != speaker:
            speaker = cue.speaker
            if lines:
                lines.append("")
            text = f"{speaker}: {text}" if speaker else text
        lines.append(f"[{clock(cue.start_ms, '.')[:-4]}] {text}" if times == "1" else text)
    return "".join(f"{line}\n" for line in lines).encode()
