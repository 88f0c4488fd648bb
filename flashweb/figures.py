"""What /metrics tells besides the process's own counts: the same from every process, asked anew each time."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from transcripts import queue
from transcripts.enums import DiarizationState, TranscriptionState
from transcripts.logs import DATABASE
from transcripts.queries import status
from transcripts.queries.status import DiarizationCount, RecognitionCount


class Figures(Collector):
    """A constant number of queries, each by an index."""

    def collect(self) -> Iterator[Metric]:
        with suppress(OSError):  # /readyz says what is wrong with it.
            room = shutil.disk_usage(settings.DATA_DIR)
            yield _gauge("data_free_bytes", "Free room on the disk of the data folder", room.free)
            yield _gauge("data_size_bytes", "Size of the disk of the data folder", room.total)
        info = GaugeMetricFamily("flashweb_info", "The version that this process runs", labels=["version"])
        info.add_metric([settings.VERSION], 1)
        yield info
        try:
            waiting = queue.count_waiting()
        except Exception:  # whatever its store raises
            yield _gauge("queue_up", "Whether the queue responds", 0)
        else:
            yield _gauge("queue_up", "Whether the queue responds", 1)
            yield _gauge("queued_tasks", "Tasks that no worker has taken yet", waiting)
        try:
            figures = [*self._ask_database()]
        except DatabaseError as error:
            DATABASE.failed(error)
            connection.close()
            figures = []
        yield _gauge("database_up", "Whether the database responds", bool(figures))
        yield from figures

    def _ask_database(self) -> Iterator[Metric]:
        counts = status.count_recognitions()
        yield from _by_state("recognitions", TranscriptionState, counts)
        age = _age(status.find_oldest_waiting())
        yield _gauge("oldest_waiting_seconds", "For how long the oldest recognition has been waiting", age)
        waiting = sum(row.count for row in counts if row.state == TranscriptionState.QUEUED)
        yield _gauge("waiting_recognitions", "Recognitions that wait for their turn", waiting)
        yield from self._count_diarizations()
        yield _gauge("slots", "How many requests all workers may have with the service", settings.FLASH_CONCURRENCY)
        yield _gauge("slots_in_use", "How many they have", status.count_slots_in_use())
        beats = GaugeMetricFamily(
            "flashweb_worker_heartbeat_seconds", "Since a worker showed itself", labels=["worker"]
        )
        for worker in status.list_workers():
            beats.add_metric([str(worker)], worker.silent_seconds)
        yield beats
        minutes = GaugeMetricFamily("flashweb_sent_minutes", "Minutes sent this month", labels=["project"])
        for project, sent in status.sum_sent_minutes().items():
            minutes.add_metric([project], sent)
        yield minutes

    def _count_diarizations(self) -> Iterator[Metric]:
        counts = status.count_diarizations()
        yield from _by_state("diarizations", DiarizationState, counts)
        oldest = min((row.oldest for row in counts if row.state == DiarizationState.QUEUED), default=None)
        yield _gauge(
            "oldest_waiting_diarization_seconds", "For how long the oldest diarization has been waiting", _age(oldest)
        )


def _by_state(
    what: str, states: Iterable[str], counts: Sequence[RecognitionCount | DiarizationCount]
) -> Iterator[Metric]:
    """How many are in each state, and how many failed for each reason: both have a state of that name."""
    by_state = GaugeMetricFamily(f"flashweb_{what}", f"{what.capitalize()} by their state", labels=["state"])
    for state in states:
        by_state.add_metric([state], sum(row.count for row in counts if row.state == state))
    yield by_state
    failures = GaugeMetricFamily(f"flashweb_failed_{what}", f"Failed {what} by kind", labels=["kind"])
    for row in counts:
        if row.state == "failed":
            failures.add_metric([row.error or "unknown"], row.count)
    yield failures


def _age(moment: datetime | None) -> float:
    """In seconds; 0 of nothing."""
    return max(0, (timezone.now() - moment).total_seconds()) if moment else 0


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"flashweb_{name}", documentation, value=value)
