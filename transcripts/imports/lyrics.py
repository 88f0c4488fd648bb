"""LRC: lines of songs with the times they are sung at, with its dialects: times of words, hours, an offset."""

from __future__ import annotations

import re

from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.imports.cues import LAST_MS, split_lines
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, PlaceKind, ReadOptions, Why

_STAMP = re.compile(r"\s{0,9}\[\s{0,3}(-?\d{1,4}(?::\d{1,2}){1,2}(?:[.:,]\d{1,3})?)\s{0,3}\]")
_WORD_STAMP = re.compile(r"[<\[]\d{1,4}(?::\d{1,2}){1,2}(?:[.:,]\d{1,3})?[>\]]")
_TAG = re.compile(r"\s*\[\s{0,3}([A-Za-z#]{1,20})\s{0,3}:([^\[\]]*)\]\s*")
_NEAR_STAMP = re.compile(r"\s*\[[\d:.,xX? -]{1,20}\]")
_OFFSET = re.compile(r"[+-]?\d{1,9}")
_LENGTH = re.compile(r"[\d:. ]{1,20}")
_MOST_REPEATS = 4  # of the characters of a file by lines that are sung again
# What our own export writes for brackets, which would be read as times.
_UNESCAPES = str.maketrans("［］＜＞", "[]<>")


def read_lyrics(text: str, options: ReadOptions) -> Extract:
    """A line lasts until the next one begins, which may be an empty one."""
    del options
    extract = Extract(names_in_text=True)
    sung: list[tuple[int, str]] = []
    offset_ms = 0
    repeats_left = _MOST_REPEATS * len(text) + 10_000
    for number, line in enumerate(split_lines(text), start=1):
        place = FilePlace(PlaceKind.LINE, number)
        times, rest = _split_stamps(line)
        if not times:
            offset_ms = _read_tag_line(line, place, extract, offset_ms)
            continue
        said = _WORD_STAMP.sub("", rest).strip().translate(_UNESCAPES)
        most = 1 + repeats_left // max(1, len(said))
        repeats_left = max(0, repeats_left - len(said) * (min(len(times), most) - 1))
        if len(times) > most:
            extract.leave(place, said, Why.SURPLUS)
        sung += ((ms, said) for ms in times[:most])
    _add_rows(sorted(sung, key=lambda one: one[0]), offset_ms, extract)
    return extract


def _split_stamps(line: str) -> tuple[list[int], str]:
    """The times that a line begins with, and what follows them."""
    plain = to_ascii(line)
    start = 0
    times = []
    while stamp := _STAMP.match(plain, start):
        ms = parse_clock(_with_fraction(stamp[1]))
        if ms is None:
            break
        times.append(ms)
        start = stamp.end()
    return times, line[start:]


def _with_fraction(stamp: str) -> str:
    """`01:02:50` is a minute, two seconds and a half; hours are told by a fraction behind them."""
    if stamp.count(":") == 2 and "." not in stamp and "," not in stamp:
        minutes, seconds, part = stamp.split(":")
        return f"{minutes}:{seconds}.{part}"
    return stamp


def _read_tag_line(line: str, place: FilePlace, extract: Extract, offset_ms: int) -> int:
    """The offset from here on: milliseconds by which lines are sung earlier than their times say."""
    tag = _TAG.fullmatch(line)
    if tag is None:
        extract.leave(place, line, Why.BAD_TIME if _NEAR_STAMP.match(line) else Why.NO_TIME)
        return offset_ms
    name, value = tag[1].lower(), to_ascii(tag[2]).strip()
    if name == "offset" and _OFFSET.fullmatch(value):
        return int(value)
    if name != "length" or not _LENGTH.fullmatch(value):
        extract.leave(place, tag[2], Why.SETTINGS)
    return offset_ms


def _add_rows(sung: list[tuple[int, str]], offset_ms: int, extract: Extract) -> None:
    ends = [ms for ms, _said in sung[1:]]
    for number, (start_ms, said) in enumerate(sung):
        if said:
            end_ms = ends[number] if number < len(ends) else start_ms + LAST_MS
            extract.rows.append(ImportedRow(max(0, start_ms - offset_ms), max(0, end_ms - offset_ms), said))
