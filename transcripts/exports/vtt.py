"""WebVTT (https://www.w3.org/TR/webvtt1/), written here since pysubs2 knows neither voices nor times of words."""

from __future__ import annotations

from transcripts.exports.characters import ESCAPES, encode_text, format_clock, replace_signs
from transcripts.exports.cues import SubtitleCue, make_cues
from transcripts.exports.direction import embed_lines
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions


def export(document: Document, options: ExportOptions) -> bytes:
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(make_cues(document, options), start=1):
        voice = f"<v {replace_signs(cue.speaker, ESCAPES)}>" if cue.speaker and options.names else ""
        times = f"{format_clock(cue.start_ms, '.')} --> {format_clock(cue.end_ms, '.')}"
        text = _format_timed_words(cue) if options.word_times else replace_signs(cue.text, ESCAPES)
        text = "\n".join(embed_lines(text.split("\n"), cue.text))
        blocks.append(f"{number}\n{times}\n{voice}{text}\n")
    return encode_text("\n".join(blocks), options)


def _format_timed_words(cue: SubtitleCue) -> str:
    """The text with the start of each word before it, if it is inside the cue and after the previous one."""
    text, written, end, last_ms = cue.text, [], 0, cue.start_ms
    for word in cue.words:
        at = text.find(word.text, end)
        if at < 0:
            continue
        written.append(replace_signs(text[end:at], ESCAPES))
        if last_ms < word.start_ms < cue.end_ms:
            written.append(f"<{format_clock(word.start_ms, '.')}>")
            last_ms = word.start_ms
        end = at + len(word.text)
        written.append(replace_signs(word.text, ESCAPES))
    return "".join(written) + replace_signs(text[end:], ESCAPES)
