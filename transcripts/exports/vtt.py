"""WebVTT (https://www.w3.org/TR/webvtt1/), written here since pysubs2 knows neither voices nor times of words."""

from __future__ import annotations

from transcripts.exports.characters import clock, encoded
from transcripts.exports.cues import Cue, cues
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def export(document: Document, options: ExportOptions) -> bytes:
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(cues(document, options), start=1):
        voice = f"<v {cue.speaker.translate(_ESCAPES)}>" if cue.speaker and options.names else ""
        times = f"{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}"
        text = _timed(cue) if options.word_times else cue.text.translate(_ESCAPES)
        blocks.append(f"{number}\n{times}\n{voice}{text}\n")
    return encoded("\n".join(blocks), options)


def _timed(cue: Cue) -> str:
    """The text with the start of each word before it, where it lies inside the cue and after the one before."""
    text, found, end, last_ms = cue.text, [], 0, cue.start_ms
    for word in cue.words:
        at = text.find(word.text, end)
        if at < 0:
            continue
        found.append(text[end:at].translate(_ESCAPES))
        if last_ms < word.start_ms < cue.end_ms:
            found.append(f"<{clock(word.start_ms, '.')}>")
            last_ms = word.start_ms
        end = at + len(word.text)
        found.append(word.text.translate(_ESCAPES))
    return "".join(found) + text[end:].translate(_ESCAPES)
