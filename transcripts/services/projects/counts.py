"""Counts what stands in the rows of a project's transcripts, for its overview.

A count names the version of the transcript of which it was made. What has changed since is counted again when somebody
looks, and only that: no save costs more, and nothing that is killed, undone, moved or deleted leaves a wrong number.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from transcripts import queue
from transcripts.enums import ChangeKind
from transcripts.models import Change, Project, Revision, TranscriptCount, Utterance
from transcripts.queries.overview import QUARTER_S, list_uncounted

AT_ONCE = 25  # transcripts
SECONDS = 0.15
"""How long the reader of a page waits for it; a worker counts the rest."""
NOT_BY_HAND = (ChangeKind.RECOGNISED, ChangeKind.IMPORTED)
CORRECTIONS = (ChangeKind.EDITED, ChangeKind.REPLACED, ChangeKind.REDONE)
_OF_CHANGE = ("transcript", "version", "by", "at", "kind", "undone_by")
_FIELDS = ("version", "row_count", "row_ms", "flagged", "second_reader", "work")


def count_rows(project: Project, seconds: float | None = SECONDS) -> int:
    """Counts what has changed, all of it or for so many seconds. Returns how many transcripts are left to a worker."""
    if left := count_transcripts(list_uncounted(project), seconds):
        queue.enqueue("count_project", project.pk)
    return left


def count_transcripts(uncounted: Sequence[tuple[UUID, int]], seconds: float | None = SECONDS) -> int:
    """Counts these transcripts, given with their versions, all or for so many seconds. Returns how many are left."""
    end = None if seconds is None else time.monotonic() + seconds
    while uncounted and (end is None or time.monotonic() < end):
        _store_counts(dict(uncounted[:AT_ONCE]))
        uncounted = uncounted[AT_ONCE:]
    return len(uncounted)


def count_project(pk: int) -> None:
    if project := Project.objects.filter(pk=pk).first():
        count_rows(project, seconds=None)


def _store_counts(versions: Mapping[UUID, int]) -> None:
    """Counts these transcripts. Their versions were read before their rows: a save in between is counted next time."""
    lasts = F("end_ms") - F("start_ms")
    rows = Utterance.objects.visible().filter(transcript__in=versions).order_by()
    counts = {
        pk: TranscriptCount(transcript_id=pk, version=version, row_count=0, row_ms=0, flagged=0, second_reader=0)
        for pk, version in versions.items()
    }
    totals = rows.values_list("transcript").annotate(
        rows=Count("pk"), ms=Sum(lasts), flags=Count("pk", filter=Q(flagged=True))
    )
    for pk, row_count, row_ms, flagged in totals:
        count = counts[pk]
        count.row_count, count.row_ms, count.flagged = row_count, row_ms, flagged
    work: dict[UUID, dict[tuple[int, int | None], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    verified = rows.exclude(verified_at=None).values_list("transcript", "verified_by", "verified_at", lasts)
    for pk, person, at, ms in verified:
        done = work[pk][_find_quarter(at), person]
        done[0] += 1
        done[1] += ms
    for pk, person, at in _list_corrections(counts):
        work[pk][_find_quarter(at), person][2] += 1
    for pk, entries in work.items():
        counts[pk].work = [[*key, *done] for key, done in entries.items()]
    TranscriptCount.objects.bulk_create(
        counts.values(), update_conflicts=True, unique_fields=["transcript"], update_fields=_FIELDS
    )


def _list_corrections(counts: Mapping[UUID, TranscriptCount]) -> Iterable[tuple[UUID, int | None, datetime]]:
    """Each row that a person corrected, once a person, when they last did. Sets `second_reader` of the counts."""
    steps = Change.objects.filter(transcript__in=counts, kind=ChangeKind.UNDONE, details__has_key="along").order_by()
    along = steps.values_list("transcript", "details__along")
    undone = {(pk, version) for pk, versions in along for version in versions}
    written = (
        Revision.objects.filter(change__transcript__in=counts, after__has_key="text")
        .exclude(change__kind__in=NOT_BY_HAND)
        .order_by()
        .annotate(waits=Q(utterance__removed=False, utterance__verified_at=None))
        .values_list("utterance", "waits", *(f"change__{name}" for name in _OF_CHANGE))
    )
    waiting: dict[UUID, set[int]] = defaultdict(set)
    corrected: dict[tuple[UUID, int, int | None], datetime] = {}
    for row, waits, pk, version, person, at, kind, undone_by in written:
        if waits:
            waiting[pk].add(row)
        if kind in CORRECTIONS and undone_by is None and (pk, version) not in undone:
            key = pk, row, person
            corrected[key] = max(at, corrected.get(key, at))
    for pk, found in waiting.items():
        counts[pk].second_reader = len(found)
    return [(pk, person, at) for (pk, _row, person), at in corrected.items()]


def _find_quarter(at: datetime) -> int:
    return int(at.timestamp()) // QUARTER_S
