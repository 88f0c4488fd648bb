"""Markdown (CommonMark): a heading, and paragraphs with the speakers' names in bold."""

from __future__ import annotations

import re

from transcripts.exports.characters import clean_line, encode_text
from transcripts.exports.direction import mark_paragraph
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.paragraphs import gather_paragraphs

# Characters with a meaning anywhere, and those with one at the start of a line.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>&|~#]")
_AT_START = re.compile(r"^(?:([-+=:>])|(\d{1,9})([.)])(?=\s|$))", re.MULTILINE)


def export(document: Document, options: ExportOptions) -> bytes:
    """A name appears only where the speaker changes. Line breaks in a row, if wanted, are Markdown's own."""
    blocks = [f"# {_escape(clean_line(document.title))}"] if document.title.strip() else []
    for paragraph in gather_paragraphs(document, options):
        time = f"`{paragraph.clock}` " if options.times else ""
        name = f"**{_escape(paragraph.speaker)}:** " if paragraph.turn and paragraph.speaker else ""
        text = _escape(paragraph.text).replace("\n", "\\\n")
        blocks.append(time + mark_paragraph(name + text, paragraph.text))
    return encode_text("".join(f"{block}\n\n" for block in blocks)[:-1], options)


def _escape(text: str) -> str:
    text = _ANYWHERE.sub(r"\\\g<0>", text)
    return _AT_START.sub(lambda mark: f"{mark[2] or ''}\\{mark[1] or mark[3]}", text)
