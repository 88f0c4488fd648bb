"""How the installation is doing: what /metrics and the administrators' page tell. Each function is one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from transcripts.enums import TranscriptionState
from transcripts.models import Slot, Transcription, Worker

MOST_WORKERS = 200
MOST_PROJECTS = 200
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class RecognitionCount:
    """How many recognitions are in a state, and with which error they got there."""

    state: str
    error: str
    count: int


def count_recognitions() -> list[RecognitionCount]:
    """By an index alone: no recognition is read."""
    rows = Transcription.objects.order_by("state", "error").values_list("state", "error")
    return [RecognitionCount(*row) for row in rows.annotate(count=Count("*"))]


def find_oldest_waiting() -> datetime | None:
    """When the recognition was asked for that has been waiting longest."""
    waiting = Transcription.objects.filter(state=TranscriptionState.QUEUED)
    oldest: datetime | None = waiting.aggregate(oldest=Min(Coalesce("queued_at", "created_at")))["oldest"]
    return oldest


def count_slots_in_use() -> int:
    return Slot.objects.filter(lease_until__gte=timezone.now()).count()


def list_workers() -> list[Worker]:
    return list(Worker.objects.all()[:MOST_WORKERS])


def start_of_month() -> datetime:
    return timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def sum_sent_minutes() -> dict[str, float]:
    """The minutes of sound that were sent to the service this month, by the id of the project.

    Of many projects those with the most, and all others together as `other`.
    """
    sent = Transcription.objects.filter(~Q(sent_bytes=0) | ~Q(logid=""), created_at__gte=start_of_month())
    by_project = sent.values_list("recording__project").annotate(sum=Sum("recording__duration_ms")).order_by("-sum")
    minutes = {str(project): (ms or 0) / MINUTE_MS for project, ms in by_project}
    others = list(minutes)[MOST_PROJECTS:]
    if others:
        minutes["other"] = sum(minutes.pop(project) for project in others)
    return minutes
