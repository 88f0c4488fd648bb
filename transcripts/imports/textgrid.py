"""Praat's TextGrid in its long and short forms (https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html).

Only strings and numbers count, in the order that the format fixes. The sizes that it tells are not believed: strings
show where a tier begins and which numbers are theirs, so that a damaged file is read around its damage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transcripts.imports.cues import estimate_end
from transcripts.imports.dependents import SaidAlready
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, NotReadable, PlaceKind, ReadOptions, Why

_TOKEN = re.compile(
    r'"((?:[^"]++|"")*+)"|\[\s{0,9}\d{0,9}\s{0,9}\]|<\w{1,20}>|([-+]?\d{1,12}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,2})?)(?![\w.])|([^\W\d]\w*)'
)
_SECOND = re.compile(r" \(\d{1,9}\)$")
_KINDS = ("IntervalTier", "TextTier")
_KEYWORDS = frozenset(
    {
        *("File", "type", "Object", "class", "xmin", "xmax", "tiers", "size", "item", "name", "intervals", "points"),
        *("text", "number", "mark", "time", "value"),
    }
)
_NOBODY = frozenset({"transcript", "text", "utterance", "utterances", "sentence", "sentences", "word", "words"})
_BELOW = frozenset({"phone", "phones", "phoneme", "phonemes", "segments", "syllable", "syllables"})


@dataclass(slots=True)
class TextGridLabel:
    text: str
    start_ms: int | None
    end_ms: int | None


@dataclass(slots=True)
class TextGridTier:
    name: str
    intervals: bool
    labels: list[TextGridLabel] = field(default_factory=list)


def read_textgrid(text: str, options: ReadOptions) -> Extract:
    del options
    extract = Extract()
    tiers = list(_read_tiers(text, extract))
    if not tiers and "TextGrid" not in text[:2000]:
        raise NotReadable(NotReadable.BROKEN)
    said = {_SECOND.sub("", tier.name): [label.text for label in tier.labels] for tier in tiers if tier.intervals}
    spoken = any(tier.intervals and any(label.text.strip() for label in tier.labels) for tier in tiers)
    for tier in tiers:
        name = _SECOND.sub("", tier.name)
        before = len(extract.rows)
        above = name.removesuffix(" words")
        if above != name and above in said:
            _leave_repeated(tier, said[above], extract)
        elif tier.intervals and not (name.lower() in _BELOW and len(tiers) > 1):
            _add_intervals(tier, "" if name.lower() in _NOBODY else name, extract)
        elif tier.intervals or spoken:
            _leave_labels(tier, Why.DEPENDENT if tier.intervals else Why.POINT, extract)
        else:
            _add_points(tier, "" if name.lower() in _NOBODY else name, extract)
        if len(extract.rows) == before and above == name:
            extract.leave(FilePlace(PlaceKind.TIER, 0, tier.name), tier.name, Why.SETTINGS)
    return extract


def _read_tiers(text: str, extract: Extract) -> Iterator[TextGridTier]:
    """Each string with the numbers before it: two of an interval, one of a point, none of a tier's kind or name."""
    tier: TextGridTier | None = None
    numbers: list[float] = []
    kind = ""
    for token in _TOKEN.finditer(text):
        string, number, word = token.groups()
        if number:
            numbers.append(float(number))
        elif word and word not in _KEYWORDS:
            extract.leave(FilePlace(PlaceKind.LINE, 1), word, Why.UNEXPECTED)
        elif string is not None:
            string = string.replace('""', '"')
            if kind:
                tier = TextGridTier(string, kind == _KINDS[0])
                yield tier
                kind, numbers = "", []
            elif string in _KINDS and (tier is None or not numbers):
                kind = string
            elif tier is not None:
                tier.labels.append(_make_label(string, numbers, tier))
                numbers = []
            elif string not in ("ooTextFile", "TextGrid"):
                extract.leave(FilePlace(PlaceKind.LINE, 1), string, Why.UNEXPECTED)


def _make_label(text: str, numbers: Sequence[float], tier: TextGridTier) -> TextGridLabel:
    """The first of a tier comes behind the tier's own start, end and size."""
    count = 2 if tier.intervals else 1
    if len(numbers) != (count if tier.labels else count + 3):
        return TextGridLabel(text, None, None)
    start, end = numbers[-count], numbers[-1]
    if not abs(start) < 1e9 or not abs(end) < 1e9:
        return TextGridLabel(text, None, None)
    return TextGridLabel(text, round(start * 1000), round(end * 1000))


def _add_intervals(tier: TextGridTier, speaker: str, extract: Extract) -> None:
    for number, label in enumerate(tier.labels, start=1):
        if label.start_ms is None or label.end_ms is None:
            extract.leave(FilePlace(PlaceKind.TIER, number, tier.name), label.text, Why.BAD_TIME)
        else:
            extract.rows.append(ImportedRow(label.start_ms, label.end_ms, label.text, speaker))


def _add_points(tier: TextGridTier, speaker: str, extract: Extract) -> None:
    """A grid of points alone: each lasts until the next one."""
    starts = [label.start_ms for label in tier.labels]
    for number, (label, following_ms) in enumerate(zip(tier.labels, [*starts[1:], None], strict=False), start=1):
        if label.start_ms is None:
            extract.leave(FilePlace(PlaceKind.TIER, number, tier.name), label.text, Why.BAD_TIME)
        elif label.text.strip():
            end_ms = estimate_end(label.start_ms, label.text, following_ms)
            extract.rows.append(ImportedRow(label.start_ms, end_ms, label.text, speaker))
            extract.estimated_times += 1


def _leave_repeated(tier: TextGridTier, said: Sequence[str], extract: Extract) -> None:
    """A tier of words below the one of rows, whose texts they are."""
    rows = SaidAlready(said)
    for number, label in enumerate(tier.labels, start=1):
        if not rows.holds(label.text):
            extract.leave(FilePlace(PlaceKind.TIER, number, tier.name), label.text, Why.DEPENDENT)


def _leave_labels(tier: TextGridTier, reason: Why, extract: Extract) -> None:
    for number, label in enumerate(tier.labels, start=1):
        extract.leave(FilePlace(PlaceKind.TIER, number, tier.name), label.text, reason)
