"""Praat's TextGrid in its long form, in UTF-8 (https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO

from transcripts.exports.characters import encode_text
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.tiers import Interval, make_tiers


def export(document: Document, options: ExportOptions) -> bytes:
    """Two tiers for each speaker, one of rows and one of words; silence is an interval without text."""
    named: list[tuple[str, list[Interval]]] = []
    for tier in make_tiers(document):
        named += [(tier.name, tier.rows), (tier.words_name, [word for row in tier.rows for word in row.words])]
    last_ms = max([1, document.duration_ms, *(rows[-1].end_ms for _, rows in named if rows)])
    span = f"xmin = 0\n{{0}}xmax = {_format_seconds(last_ms)}\n"
    file = StringIO()
    file.write('File type = "ooTextFile"\nObject class = "TextGrid"\n\n' + span.format(""))
    file.write(f"tiers? <exists>\nsize = {len(named)}\nitem []:\n")
    for number, (name, intervals) in enumerate(named, start=1):
        whole = list(_fill_holes(intervals, last_ms))
        file.write(f'    item [{number}]:\n        class = "IntervalTier"\n        name = {_quote(name)}\n')
        file.write(f"        {span.format(' ' * 8)}        intervals: size = {len(whole)}\n")
        for count, interval in enumerate(whole, start=1):
            file.write(
                f"        intervals [{count}]:\n"
                f"            xmin = {_format_seconds(interval.start_ms)}\n"
                f"            xmax = {_format_seconds(interval.end_ms)}\n"
                f"            text = {_quote(interval.text)}\n"
            )
    return encode_text(file.getvalue(), options)


def _fill_holes(intervals: Sequence[Interval], last_ms: int) -> Iterator[Interval]:
    now_ms = 0
    for interval in intervals:
        if interval.start_ms > now_ms:
            yield Interval(now_ms, interval.start_ms, "")
        yield interval
        now_ms = interval.end_ms
    if now_ms < last_ms:
        yield Interval(now_ms, last_ms, "")


def _format_seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03}" if ms % 1000 else str(ms // 1000)


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
