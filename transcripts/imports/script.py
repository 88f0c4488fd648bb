"""Text as people read it, with times in its lines: our own text and Word, Teams, Zoom, Otter, Whisper's text.

A line may begin with its time (`[00:00:01] Hello.`), be a time alone, or be a heading of a name and a time
(`Ann Lee  0:03`); what follows without a time of its own belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.imports.cues import estimate_end
from transcripts.imports.cutting import share_time
from transcripts.imports.names import looks_like_name
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, Why

CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?(?![\d:])"
_RANGE = rf"({CLOCK})(?:[ ]?(?:-{{1,3}}>?|~|to)[ ]?({CLOCK}))?"
_AT_START = re.compile(
    rf"\s{{0,20}}(?:\[\s?{_RANGE}\s?\]|\(\s?{_RANGE}\s?\)|{_RANGE}(?=[ \t:-]|$))[ \t]{{0,20}}[:-]?(?=[ \t]|\S|$)"
)
_AT_END = re.compile(rf"(\s*)(\[|\(|(?<=\s))\s?{_RANGE}\s?[\])]?\s?:?\s*$")
_LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class ScriptLine:
    place: FilePlace
    text: str
    heading: bool = False
    """Whether the file shows it as a heading: a name and a time there need no other sign."""
    blank_above: bool = False


@dataclass(frozen=True, slots=True)
class _TimedLine:
    """A line that tells a time. A heading has the name; the rest is text."""

    start_ms: int
    end_ms: int | None
    name: str
    rest: str
    heading: bool
    sure: bool
    """Whether its form can't be that of a sentence with a time of day in it."""


@dataclass(slots=True)
class _Passage:
    """What stands below one time."""

    start_ms: int
    end_ms: int | None
    speaker: str
    same_turn: bool
    line: ScriptLine
    lines: list[str] = field(default_factory=list)


def read_script(lines: Sequence[ScriptLine], extract: Extract) -> bool:
    """Whether the lines have times; then their rows are in `extract`, and what stands before the first time is left."""
    timed = [_read_time(line) for line in lines]
    if not _is_timed(lines, timed):
        return False
    passages: list[_Passage] = []
    blank_since_row = True
    above = ""  # who is named by a heading of the file's own, until the next one
    for line, time in zip(lines, timed, strict=True):
        blank_since_row = blank_since_row or line.blank_above
        if time is None:
            if passages and not line.heading:
                passages[-1].lines.append(line.text)
            else:
                above = "" if line.heading else above
                extract.leave(line.place, line.text, Why.TITLE if line.heading else Why.NO_TIME)
            continue
        if line.heading or time.heading:
            above = time.name if line.heading else ""
        passages.append(
            _Passage(time.start_ms, time.end_ms, time.name or above, not blank_since_row, line, [time.rest])
        )
        blank_since_row = False
    _add_passages(passages, extract)
    return True


def add_following(found: Iterable[ImportedRow], extract: Extract) -> None:
    """Rows of which some have no end (-1): they last until the next one begins; those of one start share the time."""
    rows = sorted(found, key=lambda row: row.start_ms)
    groups = [list(group) for _start, group in groupby(rows, key=lambda row: row.start_ms)]
    starts = [group[0].start_ms for group in groups[1:]]
    for group, following_ms in zip(groups, [*starts, None], strict=False):
        texts = [row.text for row in group]
        start_ms = group[0].start_ms
        end_ms = following_ms or estimate_end(start_ms, max(texts, key=len))
        for row, (start, end) in zip(group, share_time(start_ms, end_ms, texts), strict=True):
            if row.end_ms >= 0:
                extract.rows.append(row)
            else:
                extract.rows.append(ImportedRow(start, end, row.text, row.speaker))


def _add_passages(passages: Sequence[_Passage], extract: Extract) -> None:
    rows: list[ImportedRow] = []
    for passage in passages:
        text = "\n".join(passage.lines).strip()
        if text:
            if passage.same_turn and rows:
                extract.turns.add(len(rows))
            end_ms = -1 if passage.end_ms is None else passage.end_ms
            rows.append(ImportedRow(passage.start_ms, end_ms, text, passage.speaker))
        else:
            extract.leave(passage.line.place, passage.line.text, Why.UNEXPECTED)
    if any(before.start_ms > after.start_ms for before, after in pairwise(rows)):
        extract.turns.clear()  # sorted, they do not follow each other any more
    add_following(rows, extract)


def _read_time(line: ScriptLine) -> _TimedLine | None:
    plain = to_ascii(line.text)
    start = _AT_START.match(plain)
    if start:
        first, last = next((start[n], start[n + 1]) for n in (1, 3, 5) if start[n])
        start_ms = parse_clock(first)
        rest = line.text[start.end() :].strip()
        if start_ms is not None:
            sure = line.heading or start[5] is None or bool(last)
            name = rest if line.heading else ""
            return _TimedLine(start_ms, parse_clock(last or ""), name, "" if name else rest, line.heading, sure)
    if len(plain.strip()) > _LONGEST_HEADING and not line.heading:
        return None
    tail_start = max(0, len(plain.rstrip()) - 60)
    end = _AT_END.search(plain.rstrip()[tail_start:])
    start_ms = parse_clock(end[3]) if end else None
    if end is None or start_ms is None:
        return None
    name = " ".join(line.text[: tail_start + end.start()].strip().strip("[]()（）【】|-–—,，").split())
    if not line.heading and not looks_like_name(name):
        return None
    sure = line.heading or bool(end[2]) or len(end[1]) >= 2 or "\t" in end[1]
    return _TimedLine(start_ms, parse_clock(end[4] or ""), name, "", True, sure)


def _is_timed(lines: Sequence[ScriptLine], timed: list[_TimedLine | None]) -> bool:
    """A text may mention times of day, but its first line does not begin with one, nor every second line.

    Headings that could be sentences count where there are several, their times go up, and a text follows each; else
    they become text again.
    """
    doubtful = [number for number, time in enumerate(timed) if time and time.heading and not time.sure]
    times = [time.start_ms for number in doubtful if (time := timed[number])]
    followed = all(number + 1 < len(timed) and timed[number + 1] is None for number in doubtful)
    if len(times) < 2 or times != sorted(times) or not followed:
        for number in doubtful:
            timed[number] = None
    stamps = [time for time in timed if time]
    if not stamps:
        return False
    first = next(number for number, line in enumerate(lines) if line.text.strip())
    written = sum(bool(line.text.strip()) for line in lines)
    if timed[first] or any(time and line.heading for line, time in zip(lines, timed, strict=True)):
        return True
    return sum(time.sure or time.heading for time in stamps) >= 2 or 2 * len(stamps) >= written


def text_lines(lines: Iterable[str], place: Iterator[FilePlace]) -> list[ScriptLine]:
    """Lines of a text file; blank ones are told by the line after them."""
    made: list[ScriptLine] = []
    blank_above = True
    for line, where in zip(lines, place, strict=False):
        if line.strip():
            made.append(ScriptLine(where, line, blank_above=blank_above))
        blank_above = not line.strip()
    return made
