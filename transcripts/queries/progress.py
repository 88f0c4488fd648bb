"""How far recognitions are, as earlier ones tell: a fixed time, and one for each minute of audio."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp
from statistics import median
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from transcripts.enums import TRANSCRIPTION_RUNNING, TranscriptionState
from transcripts.models import Recording, Transcription
from transcripts.models.transcriptions import name_service
from transcripts.queries.counts import set_missing_counts

LEARNT_FROM, LOOKED_AT = 50, 200
"""The latest of a service that count, among the latest of all."""
FEWEST = 3
"""With fewer, those of all services count."""
MOST_AHEAD = 1000
ON_TIME = 0.9
"""The share of the bar that is full when the expected time is over."""


@dataclass(frozen=True, slots=True)
class Estimate:
    fixed_ms: float
    ms_a_ms: float
    """Of work for audio."""

    def expect(self, duration_ms: int) -> float:
        return self.fixed_ms + self.ms_a_ms * duration_ms


def learn(runs: Sequence[tuple[int, int]]) -> Estimate | None:
    """From the lengths of recordings and how long they took, in ms. None without any.

    By repeated medians (Siegel), so that what was held up, or came from nowhere, changes nothing.
    """
    if not runs:
        return None
    slopes = [median(each) for run in runs if (each := _list_slopes(run, runs))]
    if len(runs) >= FEWEST and slopes:
        slope = max(0.0, median(slopes))
        fixed = median(took - slope * length for length, took in runs)
        if fixed >= 0:
            return Estimate(fixed, slope)
    return Estimate(0.0, median(took / length for length, took in runs))


def _list_slopes(run: tuple[int, int], others: Sequence[tuple[int, int]]) -> list[float]:
    """From this one to those that differ enough in length."""
    length, took = run
    return [
        (took - other_took) / (length - other_length)
        for other_length, other_took in others
        if abs(length - other_length) > max(length, other_length) / 10
    ]


def add_progress(recordings: Iterable[Recording]) -> None:
    """Tells running transcriptions how long they run (`elapsed_ms`), and what is known of the rest.

    `expected_ms` is None where nothing is known. Else `left_ms` is not above 0 once it takes longer, and `shown` is how
    full a bar is to be drawn, in thousandths: never all of it. Queued ones learn how many come before (`ahead`) and in
    how many ms they will begin (`wait_ms`; None where nobody knows). Of transcripts that are done, what is out of date
    is counted.
    """
    set_missing_counts(transcript for recording in recordings for transcript in recording.transcripts.all()[:1])
    latest = [(run, recording) for recording in recordings for run in recording.transcriptions.all()[:1]]
    running = [(run, recording) for run, recording in latest if run.state in TRANSCRIPTION_RUNNING and run.started_at]
    waiting = [run for run, _recording in latest if _is_in_turn(run)]
    if not running and not waiting:
        return
    estimates = _Estimates()
    now = timezone.now()
    for run, recording in running:
        run.elapsed_ms = _count_ms(run.started_at, now)
        run.expected_ms = estimates.expect(run.service, recording.duration_ms)
        if run.expected_ms is not None:
            run.left_ms = run.expected_ms - run.elapsed_ms
            run.shown = draw_progress(run.elapsed_ms, run.expected_ms)
    if waiting:
        _add_places(waiting, estimates, now)


def draw_progress(elapsed_ms: float, expected_ms: float) -> int:
    """Thousandths of a bar. When it takes longer it goes on, ever slower, and is never full."""
    part = elapsed_ms / max(1.0, expected_ms)
    drawn = ON_TIME * part if part <= 1 else 1 - (1 - ON_TIME) * exp(1 - part)
    return min(995, int(1000 * drawn))


class _Estimates:
    """What is learnt from the latest, by service; of all of them with one query."""

    def __init__(self) -> None:
        done = Transcription.objects.filter(
            state=TranscriptionState.DONE, finished_at__gt=F("started_at"), recording__duration_ms__gt=0
        ).order_by("-created_at")
        times = done.values_list("service", "recording__duration_ms", "started_at", "finished_at")[:LOOKED_AT]
        self._runs = [(service, length, _count_ms(start, end)) for service, length, start, end in times]
        self._learnt: dict[str, Estimate | None] = {}

    def expect(self, service: str, duration_ms: int | None) -> int | None:
        if service not in self._learnt:
            own = [(length, took) for name, length, took in self._runs if name == service]
            every = [(length, took) for _name, length, took in self._runs]
            self._learnt[service] = learn((own if len(own) >= FEWEST else every)[:LEARNT_FROM])
        estimate = self._learnt[service]
        return None if estimate is None or not duration_ms else int(estimate.expect(duration_ms))


class _Unfinished(NamedTuple):
    pk: object
    state: str
    by: int | None
    created_at: datetime
    started_at: datetime | None
    service: str
    duration_ms: int | None


def _add_places(waiting: list[Any], estimates: _Estimates, now: datetime) -> None:
    """In the order of `Transcription.objects.in_turn`: who has fewer running, then who came first."""
    due = Q(state=TranscriptionState.QUEUED) & (Q(not_before=None) | Q(not_before__lte=now))
    fields = ("pk", "state", "requested_by", "created_at", "started_at", "service", "recording__duration_ms")
    rows = Transcription.objects.filter(due | Q(state__in=TRANSCRIPTION_RUNNING)).order_by("created_at", "id")
    unfinished = [_Unfinished(*row) for row in rows.values_list(*fields)[:MOST_AHEAD]]
    running = [row for row in unfinished if row.state in TRANSCRIPTION_RUNNING]
    theirs = Counter(row.by for row in running)
    queued = [row for row in unfinished if row.state == TranscriptionState.QUEUED]
    queued.sort(key=lambda row: theirs[row.by])
    places = {row.pk: place for place, row in enumerate(queued)}
    service = name_service()
    left = [
        None if expected is None else max(0, expected - _count_ms(row.started_at or now, now))
        for row in running
        for expected in [estimates.expect(row.service, row.duration_ms)]
    ]
    lasts = [estimates.expect(service, row.duration_ms) for row in queued]
    for run in waiting:
        run.ahead = ahead = places.get(run.pk, len(queued))
        before = [*left, *lasts[:ahead]]
        if len(before) < settings.FLASH_CONCURRENCY:
            run.wait_ms = 0
        else:
            known = [ms for ms in before if ms is not None]
            run.wait_ms = sum(known) // settings.FLASH_CONCURRENCY if len(known) == len(before) else None


def _is_in_turn(run: Transcription) -> bool:
    return run.state == TranscriptionState.QUEUED and not run.waits_for_next_try and not run.waits_for_its_copy


def _count_ms(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() * 1000)
