"""How the installation is doing: what /metrics and the administrators' page tell. Each function is one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from transcripts.enums import TRANSCRIPTION_RUNNING, TranscriptionState
from transcripts.models import Diarization, Project, Recording, Slot, Transcription, Worker
from transcripts.models.bins import in_use

MOST_WORKERS = 200
MOST_PROJECTS = 200
MOST_SHOWN = 20
MINUTE_MS = 60_000
_DURATION = "recording__duration_ms"


@dataclass(frozen=True, slots=True)
class RecognitionCount:
    """How many recognitions are in a state, and with which error they got there."""

    state: str
    error: str
    count: int


@dataclass(frozen=True, slots=True)
class DiarizationCount:
    """The same of diarizations, and when the oldest of them was asked for."""

    state: str
    error: str
    count: int
    oldest: datetime


def count_recognitions() -> list[RecognitionCount]:
    """By an index alone: no recognition is read."""
    rows = Transcription.objects.order_by("state", "error").values_list("state", "error")
    return [RecognitionCount(*row) for row in rows.annotate(count=Count("*"))]


def count_diarizations() -> list[DiarizationCount]:
    """By an index alone."""
    rows = Diarization.objects.order_by("state", "error").values_list("state", "error")
    return [DiarizationCount(*row) for row in rows.annotate(count=Count("*"), oldest=Min("created_at"))]


def find_oldest_waiting() -> datetime | None:
    """When the recognition was asked for that has been waiting longest."""
    waiting = Transcription.objects.filter(state=TranscriptionState.QUEUED)
    oldest: datetime | None = waiting.aggregate(oldest=Min(Coalesce("queued_at", "created_at")))["oldest"]
    return oldest


def count_slots_in_use() -> int:
    return Slot.objects.filter(lease_until__gte=timezone.now()).count()


def list_workers() -> list[Worker]:
    return list(Worker.objects.all()[:MOST_WORKERS])


def list_unfinished() -> QuerySet[Transcription]:
    """What waits or runs, the oldest first."""
    states = [TranscriptionState.QUEUED, *TRANSCRIPTION_RUNNING]
    return _with_owners(Transcription.objects.filter(state__in=states)).order_by("created_at", "pk")


def list_failed() -> QuerySet[Transcription]:
    """What failed and nobody has tried again in another way since, the newest first. Not what is in the bin."""
    later = Transcription.objects.filter(recording=OuterRef("recording"), created_at__gt=OuterRef("created_at"))
    failed = Transcription.objects.filter(~Exists(later), in_use("recording__"), state=TranscriptionState.FAILED)
    return _with_owners(failed).order_by("-created_at", "pk")


def _with_owners(rows: QuerySet[Transcription]) -> QuerySet[Transcription]:
    return rows.select_related("recording__project", "requested_by").defer("raw_answer", "answer_body")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a person or a project has stored, and has had recognised this month."""

    name: str
    stored_bytes: int
    recognised_ms: int

    @property
    def recognised_minutes(self) -> int:
        return round(self.recognised_ms / MINUTE_MS)


def list_people_usage() -> list[Usage]:
    """Of those who have stored most."""
    people = User.objects.annotate(
        stored=_sum_of(Recording.objects.filter(uploaded_by=OuterRef("pk")), "uploaded_by", "size_bytes"),
        recognised=_sum_of(_count_of_month().filter(requested_by=OuterRef("pk")), "requested_by", _DURATION),
    )
    return _list_most(people, "username")


def list_projects_usage() -> list[Usage]:
    projects = Project.objects.annotate(
        stored=_sum_of(Recording.objects.filter(project=OuterRef("pk")), "project", "size_bytes"),
        recognised=_sum_of(
            _count_of_month().filter(recording__project=OuterRef("pk")), "recording__project", _DURATION
        ),
    )
    return _list_most(projects, "name")


def _list_most(rows: QuerySet[Any], name: str) -> list[Usage]:
    used = rows.filter(Q(stored__gt=0) | Q(recognised__gt=0)).order_by("-stored", "-recognised", "pk")
    return [Usage(*row) for row in used.values_list(name, "stored", "recognised")[:MOST_SHOWN]]


def _sum_of(rows: QuerySet[Any], by: str, what: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(by).annotate(total=Sum(what)).values("total")), Value(0))


def _count_of_month() -> QuerySet[Transcription]:
    """What counts against the quotas."""
    return Transcription.objects.filter(created_at__gte=start_of_month())


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
