"""How much a person and a project may store, and have recognised in a month. What is not set is not counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from transcripts.errors import OverQuota
from transcripts.models import Project, Recording, Transcription

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NEARLY = 0.8
_MINUTE_MS = 60_000


def check_storage(*, project: Project | None, by: User, more_bytes: int) -> None:
    """Raises OverQuota if so much more is too much for the person or the project."""
    for name, used in _stored_bytes(project, by).items():
        if used + more_bytes > settings.QUOTAS[name]:
            raise OverQuota(name)


def check_minutes(*, project: Project, by: User, more_ms: int) -> None:
    """Raises OverQuota, also for sound of unknown length (0) where nothing is left."""
    for name, used_ms in _recognised_ms(project, by).items():
        if used_ms + max(1, more_ms) > settings.QUOTAS[name] * _MINUTE_MS:
            raise OverQuota(name)


def count_minutes_left(project: Project | None, by: User) -> int | None:
    """How many whole minutes the person may have recognised in this project this month; None where nothing counts."""
    left = [settings.QUOTAS[name] - used / _MINUTE_MS for name, used in _recognised_ms(project, by).items()]
    return max(0, int(min(left))) if left else None


def list_nearly_used(project: Project | None, by: User) -> list[tuple[str, int]]:
    """Each quota that is used to 80 % and more, with how many percent."""
    parts = {name: used / settings.QUOTAS[name] for name, used in _stored_bytes(project, by).items()}
    parts |= {name: used / settings.QUOTAS[name] / _MINUTE_MS for name, used in _recognised_ms(project, by).items()}
    return [(name, round(100 * part)) for name, part in parts.items() if part >= NEARLY]


def _stored_bytes(project: Project | None, by: User) -> dict[str, int]:
    recordings = {
        "person_bytes": Recording.objects.filter(uploaded_by=by),
        "project_bytes": Recording.objects.filter(project=project),
    }
    return {
        name: rows.aggregate(sum=Sum("size_bytes"))["sum"] or 0
        for name, rows in recordings.items()
        if settings.QUOTAS[name] and (project or name == "person_bytes")
    }


def _recognised_ms(project: Project | None, by: User) -> dict[str, int]:
    """Since the beginning of the month."""
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    runs = Transcription.objects.filter(created_at__gte=month)
    counted = {
        "person_minutes": runs.filter(requested_by=by),
        "project_minutes": runs.filter(recording__project=project),
    }
    return {
        name: rows.aggregate(sum=Sum("recording__duration_ms"))["sum"] or 0
        for name, rows in counted.items()
        if settings.QUOTAS[name] and (project or name == "person_minutes")
    }
