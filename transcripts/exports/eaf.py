"""ELAN's annotation format, version 3.0 (https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf).

Written line by line: as a tree, the words of two hours would take a hundred megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from xml.sax.saxutils import escape, quoteattr

from transcripts.exports.characters import encode_text
from transcripts.exports.document import Document
from transcripts.exports.options import ExportOptions
from transcripts.exports.tiers import Interval, Tier, make_tiers

_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_INCLUDED = "Time alignable annotations within the parent annotation's time interval, gaps are allowed"
_TYPE = '  <LINGUISTIC_TYPE{0} GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="{1}" TIME_ALIGNABLE="true"/>\n'
_TYPES = (
    _TYPE.format("", "utterance"),
    _TYPE.format(' CONSTRAINTS="Included_In"', "word"),
    f'  <CONSTRAINT DESCRIPTION="{_INCLUDED}" STEREOTYPE="Included_In"/>\n',
)


def export(document: Document, options: ExportOptions) -> bytes:
    """A tier of rows for each speaker, and below it one of words, which lie inside their rows."""
    made = document.made.isoformat(timespec="seconds") if document.made else "1970-01-01T00:00:00+00:00"
    tiers = make_tiers(document)
    file = StringIO()
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    file.write(f'<ANNOTATION_DOCUMENT AUTHOR="" DATE="{made}" FORMAT="3.0" VERSION="3.0"')
    file.write(' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"')
    file.write(f' xsi:noNamespaceSchemaLocation="{_SCHEMA}">\n')
    file.write('  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n')
    count = sum(1 for _ in _list_intervals(tiers))
    file.write(f'    <PROPERTY NAME="lastUsedAnnotationId">{count}</PROPERTY>\n  </HEADER>\n')
    file.writelines(_format_times(tiers))
    first = 1
    for tier in tiers:
        words = [word for row in tier.rows for word in row.words]
        who = f"PARTICIPANT={quoteattr(tier.speaker)}"
        file.write(f'  <TIER LINGUISTIC_TYPE_REF="utterance" {who} TIER_ID={quoteattr(tier.name)}>\n')
        file.writelines(_format_annotations(tier.rows, first))
        file.write(f'  </TIER>\n  <TIER LINGUISTIC_TYPE_REF="word" PARENT_REF={quoteattr(tier.name)} {who}')
        file.write(f" TIER_ID={quoteattr(tier.words_name)}>\n")
        file.writelines(_format_annotations(words, first + len(tier.rows)))
        file.write("  </TIER>\n")
        first += len(tier.rows) + len(words)
    file.writelines(_TYPES)
    file.write("</ANNOTATION_DOCUMENT>\n")
    return encode_text(file.getvalue(), options)


def _list_intervals(tiers: list[Tier]) -> Iterator[Interval]:
    """The annotations by their numbers."""
    for tier in tiers:
        yield from tier.rows
        for row in tier.rows:
            yield from row.words


def _format_times(tiers: list[Tier]) -> Iterator[str]:
    """Two slots for each annotation, so that it can be moved on its own; in the order of time, as in ELAN's files."""
    slots = []
    for number, interval in enumerate(_list_intervals(tiers), start=1):
        slots += [(interval.start_ms, 2 * number - 1), (interval.end_ms, 2 * number)]
    yield "  <TIME_ORDER>\n"
    for ms, number in sorted(slots):
        yield f'    <TIME_SLOT TIME_SLOT_ID="ts{number}" TIME_VALUE="{ms}"/>\n'
    yield "  </TIME_ORDER>\n"


def _format_annotations(intervals: list[Interval], first: int) -> Iterator[str]:
    for number, interval in enumerate(intervals, start=first):
        yield (
            f'    <ANNOTATION>\n      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}"'
            f' TIME_SLOT_REF1="ts{2 * number - 1}" TIME_SLOT_REF2="ts{2 * number}">\n'
            f"        <ANNOTATION_VALUE>{escape(interval.text)}</ANNOTATION_VALUE>\n"
            "      </ALIGNABLE_ANNOTATION>\n    </ANNOTATION>\n"
        )
