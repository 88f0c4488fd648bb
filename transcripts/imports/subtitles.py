"""Subtitle formats, by pysubs2 where it reads all that is in them."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pysubs2

from transcripts.imports.rows import NotReadable, Row

_CUE = re.compile(
    r"^[ \t]*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})[ \t]*-->[ \t]*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})[^\n]*$", re.MULTILINE
)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>|<[\d:.]+>")
_FORMATTING = re.compile(r"</?(?:b|i|u|s|font|ruby|rt)(?:\s[^<>\n]*)?>|\{\\[^}\n]*\}", re.IGNORECASE)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_LYRIC = re.compile(r"\[(\d{1,4}):(\d{2})(?:[.:](\d{1,3}))?\]")
_TIMED = re.compile(r"^\[?((?:\d+:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)\]?[ \t]+(?=\S)", re.MULTILINE)
# How long a last line lasts, whose end nobody told: this at least, and this for each character.
LAST_MS, _SLOW_MS = 3000, 300


def subrip(text: str) -> Iterator[Row]:
    """Not by pysubs2, which takes what stands in braces or angle brackets for formatting."""
    for start, end, body in _cues(text):
        yield Row(start, end, _FORMATTING.sub("", body))


def webvtt(text: str) -> Iterator[Row]:
    """With the voices as speakers, which pysubs2 drops."""
    for start, end, body in _cues(text):
        voice = _VOICE.search(body)
        yield Row(start, end, html.unescape(_TAG.sub("", body)), html.unescape(voice[1]) if voice else "")


def ass(text: str) -> Iterator[Row]:
    for event in pysubs2.SSAFile.from_string(text, format_="ass"):
        if not event.is_comment and not event.is_drawing:
            plain = event.plaintext.replace("\\\u2060", "\\").translate(str.maketrans("｛｝", "{}"))
            yield Row(event.start, event.end, plain, event.name)


def lyrics(text: str) -> Iterator[Row]:
    """LRC: a line lasts until the next one begins, which may be an empty one."""
    found: list[tuple[int, str]] = []
    for line in text.splitlines():
        start = 0
        times = []
        while stamp := _LYRIC.match(line, start):
            times.append((int(stamp[1]) * 60 + int(stamp[2])) * 1000 + int((stamp[3] or "0").ljust(3, "0")))
            start = stamp.end()
        found += ((ms, line[start:].strip()) for ms in times)
    found.sort()
    ends = [ms for ms, _ in found[1:]] + [found[-1][0] + LAST_MS if found else 0]
    for (ms, line), end in zip(found, ends, strict=True):
        if line:
            yield Row(ms, end, line.translate(str.maketrans("［］＜＞", "[]<>")))


def timed_text(text: str) -> Iterator[Row]:
    """Text whose lines begin with a time in brackets, as our own export writes it."""
    stamps = list(_TIMED.finditer(text))
    lines_of_text = [line for line in text.splitlines() if line.strip()]
    # A line may begin with a time of day; but not the first, nor every second one.
    if not stamps or (text[: stamps[0].start()].strip() and 2 * len(stamps) < len(lines_of_text)):
        raise NotReadable(NotReadable.UNTIMED)
    ends = [stamp.start() for stamp in stamps[1:]] + [len(text)]
    lines = zip(stamps, ends, strict=True)
    yield from following([(clock_ms(stamp[1]), text[stamp.end() : end], "") for stamp, end in lines])


def following(found: list[tuple[int, str, str]]) -> Iterator[Row]:
    """Rows of a start, a text and a speaker, each of which ends where the next one begins."""
    found = sorted(found, key=lambda one: one[0])
    ends = [start for start, *_ in found[1:]] + [0]
    for (start, text, speaker), end in zip(found, ends, strict=True):
        yield Row(start, end or start + max(LAST_MS, _SLOW_MS * len(text)), text, speaker)


def tree(text: str) -> ET.Element:
    """XML without a document type, which is all that could make it larger than it is."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise NotReadable(NotReadable.BROKEN)
    try:
        return ET.fromstring(text.encode())  # noqa: S314 -- no entities, see above
    except ET.ParseError:
        raise NotReadable(NotReadable.BROKEN) from None


def _cues(text: str) -> Iterator[tuple[int, int, str]]:
    """The times and lines of each cue. A line of digits alone before the next time is that cue's number or name."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = list(_CUE.finditer(text))
    for number, cue in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        body = text[cue.end() : end].lstrip("\n").split("\n\n")[0]
        yield clock_ms(cue[1]), clock_ms(cue[2]), body


def clock_ms(time: str) -> int:
    whole, _, part = time.replace(",", ".").partition(".")
    seconds = 0
    for figure in whole.split(":"):
        seconds = seconds * 60 + int(figure)
    return seconds * 1000 + int((part or "0").ljust(3, "0"))
