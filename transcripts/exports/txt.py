"""Plain text: paragraphs, and an empty line with the next name where the speaker changes."""

from __future__ import annotations

from transcripts.exports.characters import encoded
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.paragraphs import paragraphs


def export(document: Document, options: ExportOptions) -> bytes:
    """A paragraph with its time begins with `[HH:MM:SS]`; paragraphs of several rows stand apart by an empty line."""
    lines: list[str] = []
    for paragraph in paragraphs(document, options):
        if lines and (options.paragraphs != "rows" or paragraph.turn):
            lines.append("")
        name = f"{paragraph.speaker}: " if paragraph.turn and paragraph.speaker else ""
        time = f"[{paragraph.clock}] " if options.times else ""
        lines.append(f"{time}{name}{paragraph.text}")
    return encoded("".join(f"{line}\n" for line in lines), options)
