"""How many rows a transcript has, how many of them are verified, and how long they are.

Transcripts keep these counts (`services/editing/changes.py`), as of their `counted_version`. At another version they
are out of date: a process of the version before has changed rows, or nobody has counted yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from transcripts.models import Transcript, Utterance

COUNTS = ("row_count", "verified_count", "row_ms", "verified_ms")

Counts = tuple[int, ...]
"""The values of `COUNTS`."""

_VERIFIED = Q(verified_at__isnull=False)
_LASTS = F("end_ms") - F("start_ms")


def count_row(row: Utterance) -> Counts:
    """What a row adds to the counts of its transcript."""
    if row.removed:
        return (0, 0, 0, 0)
    ms = row.end_ms - row.start_ms
    return (1, 1, ms, ms) if row.verified_at else (1, 0, ms, 0)


def count_rows(transcripts: Collection[Any]) -> dict[Any, dict[str, int]]:
    """The counts of transcripts by their ids, from their rows."""
    found = (
        Utterance.objects.visible()
        .filter(transcript__in=transcripts)
        .order_by()
        .values("transcript")
        .annotate(
            row_count=Count("pk"),
            verified_count=Count("pk", filter=_VERIFIED),
            row_ms=Sum(_LASTS),
            verified_ms=Coalesce(Sum(_LASTS, filter=_VERIFIED), 0),
        )
    )
    counts: dict[Any, dict[str, int]] = dict.fromkeys(transcripts, dict.fromkeys(COUNTS, 0))
    for transcript, *values in found.values_list("transcript", *COUNTS):
        counts[transcript] = dict(zip(COUNTS, values, strict=True))
    return counts


def set_missing_counts(transcripts: Iterable[Transcript]) -> None:
    """Counts on these objects what is out of date. That it becomes so in the database too is for workers."""
    stale = {transcript.pk: transcript for transcript in transcripts if not transcript.is_counted}
    for pk, counts in count_rows(list(stale)).items() if stale else ():
        for name, value in counts.items():
            setattr(stale[pk], name, value)
