"""Plain text: paragraphs, and an empty line with the next name where the speaker changes."""

from __future__ import annotations

from transcripts.exports.characters import encode_text
from transcripts.exports.direction import mark_paragraph
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.paragraphs import gather_paragraphs


def export(document: Document, options: ExportOptions) -> bytes:
    """A paragraph with its time begins with `[HH:MM:SS]`; an empty line separates paragraphs of several rows.

    Where these are divided by pauses, too, each has its name: nothing else shows whose it is.
    """
    lines: list[str] = []
    by_pause = options.paragraphs == "pause"
    for paragraph in gather_paragraphs(document, options):
        if lines and (options.paragraphs != "rows" or paragraph.turn):
            lines.append("")
        name = f"{paragraph.speaker}: " if paragraph.speaker and (paragraph.turn or by_pause) else ""
        time = f"[{paragraph.clock}] " if options.times else ""
        lines.append(time + mark_paragraph(name + paragraph.text, paragraph.text))
    return encode_text("".join(f"{line}\n" for line in lines), options)
