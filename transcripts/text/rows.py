"""Cutting, joining and moving rows so that every engine word stays reachable.

The functions return new rows and change nothing in place: undoing means putting the old rows back. A deleted row takes
its words into the history; an inserted one (`TimedRow(text, start_ms, end_ms)`) has none. `align` times both within
the row's bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from transcripts.text.alignment import Alignment, align_row
from transcripts.text.joining import join
from transcripts.text.timing import Unit, share_span
from transcripts.text.tokens import Word, tokenize, weigh

_MARGIN_MS = 200  # each half keeps so much of the pause at a cut, which may hold a word that the engine missed


@dataclass(frozen=True, slots=True)
class TimedRow:
    """A text from `start_ms` to `end_ms`, with the engine's words (untimed ones too) and text for the same stretch."""

    text: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...] = ()
    engine_text: str = ""

    def align(self) -> Alignment:
        return align_row(self.words, self.text, bounds=(self.start_ms, self.end_ms))


def move_bounds(row: TimedRow, *, start_ms: int, end_ms: int) -> TimedRow:
    """Move the row to `start_ms` and `end_ms`. It keeps all its engine words; those outside are drawn in.

    Raises `ValueError` for a row without length.
    """
    if not 0 <= start_ms < end_ms:
        raise ValueError(f"a row cannot last from {start_ms} to {end_ms} ms")
    return replace(row, start_ms=start_ms, end_ms=end_ms)


def merge_rows(left: TimedRow, right: TimedRow) -> TimedRow:
    """Join two rows, the left one's text and words first."""
    start, end = min(left.start_ms, right.start_ms), max(left.end_ms, right.end_ms)
    heard = join(left.engine_text, right.engine_text)
    return TimedRow(join(left.text, right.text), start, end, left.words + right.words, heard)


def split_row(row: TimedRow, offset: int) -> tuple[TimedRow, TimedRow]:
    """Cut the row before a code point of its text. A token cut through is shared by weight, with its engine word.

    Raises `ValueError` where a half would have no token.
    """
    tokens = tokenize(row.text)
    first = sum(token.end <= offset for token in tokens)
    inside = offset - tokens[first].start if first < len(tokens) else 0
    if first == len(tokens) or (first == 0 and inside <= 0):
        raise ValueError("both halves of a row need a word")
    alignment = row.align()
    word = alignment.words[first]
    if inside > 0:
        weights = [weigh(word.text[:inside]), weigh(word.text[inside:])]
        end = start = share_span(weights, word.start_ms, word.end_ms)[0][1]
    else:
        end, start = alignment.words[first - 1].end_ms, word.start_ms
        margin = min((start - end) // 2, _MARGIN_MS)
        end, start = end + margin, start - margin
    unit = alignment.unit_numbers[first] if inside > 0 else None
    if unit is None or word.source != "engine":
        unit, inside = _find_first_unit(alignment, first, inside > 0, (start + end) / 2), 0
    left, right = _cut_words(row.words, alignment.units, unit, inside, start)
    heard = _cut_engine_text(row, unit, inside)
    return (
        TimedRow(row.text[:offset].rstrip(), row.start_ms, max(end, row.start_ms + 1), left, heard[0]),
        TimedRow(row.text[offset:].lstrip(), min(start, row.end_ms - 1), row.end_ms, right, heard[1]),
    )


def _cut_engine_text(row: TimedRow, number: int, inside: int) -> tuple[str, str]:
    """Cut the engine's text before the token of unit `number`, or `inside` characters into it."""
    text = row.engine_text
    heard = align_row(row.words, text, bounds=(row.start_ms, row.end_ms)).unit_numbers
    cut = len(text)
    for token, unit in zip(tokenize(text), heard, strict=True):
        if unit is not None and unit >= number:
            cut = token.start + (min(inside, len(token.text) - 1) if unit == number else 0)
            break
    return text[:cut].rstrip(), text[cut:].lstrip()


def _find_first_unit(alignment: Alignment, first: int, hit: bool, time_ms: float) -> int:
    """Find the right half's first unit: after the left tokens' units, before the right ones', otherwise by time."""
    least = max((unit + 1 for unit in alignment.unit_numbers[:first] if unit is not None), default=0)
    most = min(
        (unit for unit in alignment.unit_numbers[first + hit :] if unit is not None), default=len(alignment.units)
    )
    while least < most and (alignment.units[least].start_ms + alignment.units[least].end_ms) / 2 < time_ms:
        least += 1
    return least


def _cut_words(
    words: tuple[Word, ...], units: Sequence[Unit], number: int, inside: int, time_ms: int
) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Cut the engine's words before unit `number`, or `inside` characters into it, spoken at `time_ms`."""
    if number == len(units):
        return words, ()
    unit = units[number]
    token = tokenize(words[unit.word].text)[sum(other.word == unit.word for other in units[:number])]
    cut = token.start + min(inside, len(token.text) - 1)
    word = words[unit.word]
    if not word.text[:cut].strip():
        return words[: unit.word], words[unit.word :]
    time_ms = time_ms if inside else unit.start_ms
    return (
        (*words[: unit.word], Word(word.text[:cut], word.start_ms, time_ms, word.source)),
        (Word(word.text[cut:], time_ms, word.end_ms, word.source), *words[unit.word + 1 :]),
    )
