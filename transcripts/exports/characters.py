"""Which characters a file may hold, and how a file is encoded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from transcripts.exports.options import ExportOptions

# Controls (tabs apart), lone surrogates, and what XML does not know as a character.
_UNPRINTABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}  # in the text of XML and WebVTT


def clean_lines(text: str) -> str:
    """`text` without blank lines, which would end a cue, and without control characters."""
    if text.isprintable():  # which line ends are not
        return text.strip()
    lines = ((line if line.isprintable() else _UNPRINTABLE.sub("", line)).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def clean_line(text: str) -> str:
    return " ".join(clean_lines(text).split())


def replace_signs(text: str, others: Mapping[str, str]) -> str:
    """`text` with others for some signs, in their order: `translate` would look each character up."""
    for sign, other in others.items():
        text = text.replace(sign, other)
    return text


def format_clock(ms: int, mark: str) -> str:
    """`HH:MM:SS` and milliseconds behind `mark`; hours may pass 99."""
    return f"{_format_seconds(ms // 1000)}{mark}{ms % 1000:03}"


@lru_cache(maxsize=1024)
def _format_seconds(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def encode_text(text: str, options: ExportOptions) -> bytes:
    """UTF-8, with the byte order mark and the line ends that were asked for."""
    if options.crlf:
        text = text.replace("\n", "\r\n")
    return text.encode("utf-8-sig" if options.bom else "utf-8", "replace")
