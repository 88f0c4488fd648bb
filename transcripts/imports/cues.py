"""SRT and WebVTT, line by line: lines that tell times, and what stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transcripts.imports.clocks import CueTimes, parse_time_line
from transcripts.imports.cutting import share_time
from transcripts.imports.markup import unescape
from transcripts.imports.rolling import ShownCaption, count_new_lines
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, PlaceKind, ReadOptions, Why

_LINE_END = re.compile(r"\r*\n|\r")
_NUMBER = re.compile(r"\s*(\d{1,9})\s*")
_MACHINE_NAME = re.compile(r"[0-9a-fA-F{}-]{8,60}(?:/\d{1,9}-\d{1,9})?")  # of a cue, as Teams gives them
_STYLE_TAG = re.compile(r"</?(?:b|i|u|s|font|c|ruby|rt|lang)(?:[.\s=][^<>\n]*+)?>|<\d[\d:.,]{2,20}>", re.IGNORECASE)
_OVERRIDE = re.compile(
    r"\{(?:\\(?:fn[^\\{}\n]{0,60}+|[A-Za-z0-9.+-]{1,24}+(?:\([^(){}\n]{0,100}+\)|&H[0-9A-Fa-f]{1,8}+&)?+))++\}"
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*+)?[ \t]++([^<>\n]*+)>|</v\s*+>")
_BLOCK = re.compile(r"(NOTE|STYLE|REGION)(?:[ \t].*)?")
LAST_MS, SLOW_MS = 3000, 300
"""How long a line lasts whose end nobody told: this at least, and this for each character."""


@dataclass(slots=True)
class TimedCue:
    """The lines between one line of times and the next."""

    number: int
    """Of its line of times, from 1."""
    time_line: str
    times: CueTimes
    lines: list[str] = field(default_factory=list)


def read_subrip(text: str, options: ReadOptions) -> Extract:
    """Not by pysubs2, which drops lines that it does not know."""
    return _read_cues(text, options, webvtt=False)


def read_webvtt(text: str, options: ReadOptions) -> Extract:
    """With voices as speakers; a file without any may have names before its texts, as Zoom writes them."""
    return _read_cues(text, options, webvtt=True)


def split_lines(text: str) -> list[str]:
    """Lines by the ends that files have, not by all that Unicode knows."""
    return _LINE_END.split(text)


def estimate_end(start_ms: int, text: str, following_ms: int | None = None) -> int:
    """The end of a row by the length of its text, but not beyond the start of the next one."""
    end_ms = start_ms + max(LAST_MS, SLOW_MS * min(len(text), 200))
    return min(end_ms, following_ms) if following_ms is not None and following_ms > start_ms else end_ms


def remove_overrides(text: str) -> str:
    return _OVERRIDE.sub("", text)


def _read_cues(text: str, options: ReadOptions, *, webvtt: bool) -> Extract:
    extract = Extract(names_in_text=not webvtt or _VOICE.search(text) is None)
    cues = list(_split_cues(split_lines(text), extract, webvtt=webvtt))
    for cue in cues:
        cue.lines = [line for line in (_strip_styles(line) for line in cue.lines) if line.strip()]
    if options.merge_captions:
        _merge_rolling(cues, extract)
    starts = _find_following_starts(cues)
    for cue, following_ms in zip(cues, starts, strict=True):
        if cue.times.start_ms is None:
            extract.leave(FilePlace(PlaceKind.LINE, cue.number), cue.time_line, Why.DAMAGED)
            words = "\n".join(
                f"{voice}: {said}" if voice else said for voice, said in _split_voices(cue, webvtt=webvtt)
            )
            extract.leave(FilePlace(PlaceKind.LINE, cue.number + 1), words, Why.BAD_TIME)
        else:
            _add_rows(cue, cue.times.start_ms, following_ms, extract, webvtt=webvtt)
    return extract


def _split_cues(lines: Sequence[str], extract: Extract, *, webvtt: bool) -> Iterator[TimedCue]:
    """Each line of times with the lines up to the next one's number or name."""
    stamps = [(index, times) for index, line in enumerate(lines) if (times := parse_time_line(line)) is not None]
    first = 0
    last_number = 0
    cue: TimedCue | None = None
    for index, times in stamps:
        body_end = index
        if index > first and (named := _read_cue_name(lines, first, index, last_number, extract, webvtt=webvtt)):
            body_end, last_number = index - 1, named if named > 0 else last_number
        _add_lines(cue, lines, first, body_end, extract, webvtt=webvtt)
        if cue:
            yield cue
        cue = TimedCue(index + 1, lines[index], times)
        if times.rest:
            cue.lines.append(times.rest)
        first = index + 1
    _add_lines(cue, lines, first, len(lines), extract, webvtt=webvtt)
    if cue:
        yield cue


def _read_cue_name(
    lines: Sequence[str], first: int, index: int, last_number: int, extract: Extract, *, webvtt: bool
) -> int:
    """The number that stands above a line of times, -1 for a name there, 0 where that line is none of both."""
    above = lines[index - 1]
    apart = index - 1 == first or not lines[index - 2].strip()
    number = _NUMBER.fullmatch(above)
    if number:
        if not apart and int(number[1]) != last_number + 1:
            if last_number == 0:
                return 0
            extract.leave(FilePlace(PlaceKind.LINE, index), above, Why.SETTINGS)
        return int(number[1]) or -1
    if not webvtt or not above.strip() or index - 1 == first or not apart:
        return 0
    if not _MACHINE_NAME.fullmatch(above.strip()):
        extract.leave(FilePlace(PlaceKind.LINE, index), above, Why.TITLE)
    return -1


def _add_lines(
    cue: TimedCue | None, lines: Sequence[str], first: int, end: int, extract: Extract, *, webvtt: bool
) -> None:
    """Lines to the cue before them; blocks of notes and styles, and what stands before all cues, are left."""
    block: Why | None = None
    for index in range(first, end):
        line = lines[index]
        blank_above = index == 0 or not lines[index - 1].strip()
        if not line.strip():
            block = None
        elif webvtt and index == 0 and line.startswith("WEBVTT"):
            block, line = Why.SETTINGS, line.removeprefix("WEBVTT")
        elif webvtt and blank_above and (begin := _BLOCK.fullmatch(line)):
            block = Why.NOTE if begin[1] == "NOTE" else Why.SETTINGS
        if block is not None:
            extract.leave(FilePlace(PlaceKind.LINE, index + 1), line, block)
        elif cue is not None:
            cue.lines.append(line)
        else:
            extract.leave(FilePlace(PlaceKind.LINE, index + 1), line, Why.NO_TIME)


def _merge_rolling(cues: Sequence[TimedCue], extract: Extract) -> None:
    shown = [
        ShownCaption(cue.times.start_ms or 0, cue.times.end_ms, [" ".join(line.split()) for line in cue.lines])
        for cue in cues
    ]
    new = count_new_lines(shown)
    for cue, count in zip(cues, new or (), strict=False):
        if count < len(cue.lines):
            extract.merged_captions += 1
            cue.lines = cue.lines[len(cue.lines) - count :]


def _find_following_starts(cues: Sequence[TimedCue]) -> list[int | None]:
    """For each cue the start of the next one that has one."""
    starts: list[int | None] = []
    following: int | None = None
    for cue in reversed(cues):
        starts.append(following)
        following = cue.times.start_ms if cue.times.start_ms is not None else following
    return starts[::-1]


def _add_rows(cue: TimedCue, start_ms: int, following_ms: int | None, extract: Extract, *, webvtt: bool) -> None:
    said = [(voice, text.strip()) for voice, text in _split_voices(cue, webvtt=webvtt) if text.strip()]
    end_ms = cue.times.end_ms
    if end_ms is None and said:
        end_ms = estimate_end(start_ms, "\n".join(cue.lines), following_ms)
        extract.estimated_times += 1
    if len(said) == 1 and end_ms is not None:
        extract.rows.append(ImportedRow(start_ms, end_ms, said[0][1], said[0][0]))
    elif end_ms is not None:
        times = share_time(start_ms, end_ms, [text for _voice, text in said])
        for (voice, text), (start, end) in zip(said, times, strict=True):
            extract.rows.append(ImportedRow(start, end, text, voice))


def _split_voices(cue: TimedCue, *, webvtt: bool) -> Iterator[tuple[str, str]]:
    """Who says what in a cue; nobody where no voice is told."""
    body = "\n".join(cue.lines)
    if not webvtt:
        yield "", unescape(body)
        return
    voice, start = "", 0
    for tag in _VOICE.finditer(body):
        yield voice, unescape(body[start : tag.start()])
        voice, start = unescape(tag[1] or "").strip(), tag.end()
    yield voice, unescape(body[start:])


def _strip_styles(line: str) -> str:
    return _STYLE_TAG.sub("", _OVERRIDE.sub("", line))
