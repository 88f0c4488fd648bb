"""The processes that run tasks, as they show themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

ALIVE_FOR = timedelta(seconds=60)
"""So long after its last heartbeat a worker is taken for alive."""
KEPT_FOR = timedelta(hours=1)
"""So long a dead one is shown, so that somebody sees it."""


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self) -> WorkerQuerySet:
        return self.filter(seen_at__gt=timezone.now() - ALIVE_FOR)

    def dead(self) -> WorkerQuerySet:
        return self.exclude(seen_at__gt=timezone.now() - ALIVE_FOR)


class Worker(models.Model):
    """One `manage.py worker`. It shows itself every few seconds, and takes its row along when it ends in order."""

    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()
    version = models.CharField(max_length=40, help_text="of Flashweb")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["host", "pid"]
        constraints = [models.UniqueConstraint(fields=["host", "pid"], name="worker_once")]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"

    @property
    def is_alive(self) -> bool:
        return self.seen_at > timezone.now() - ALIVE_FOR

    @property
    def silent_seconds(self) -> float:
        return max(0.0, (timezone.now() - self.seen_at).total_seconds())

    @classmethod
    def beat(cls, *, host: str, pid: int, version: str, started_at: datetime) -> None:
        """Shows that the worker is alive, and forgets those that have been dead for long.

        One that is started again on the same host takes the place of what died there.
        """
        now = timezone.now()
        others = cls.objects.exclude(host=host, pid=pid)
        others.filter(seen_at__lt=now - KEPT_FOR).delete()
        others.filter(host=host, seen_at__lt=now - ALIVE_FOR).delete()
        fields = {"version": version, "started_at": started_at, "seen_at": now}
        cls.objects.update_or_create(host=host, pid=pid, defaults=fields)
