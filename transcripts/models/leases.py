"""Work that one worker does at a time, and that another takes over when that one dies."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 300


_nothing_is_taken_over_until = 0.0  # time.monotonic()


def let_holders_renew() -> None:
    """Takes nothing over for the length of a lease: the database was away, and leases ran out whose holders live."""
    global _nothing_is_taken_over_until
    _nothing_is_taken_over_until = time.monotonic() + settings.LEASE_SECONDS


class LeasedQuerySet(models.QuerySet[Any]):
    """Compare-and-swap on the row. The model names its states in `QUEUED`, `FIRST`, `RUNNING` and `TRANSITIONS`.

    The row is the truth and the queue only a hint: a task may arrive twice or never. The worker that moves the row to
    FIRST has the lease. Its attempt number is the fence: results of earlier attempts are not accepted.
    """

    def due(self) -> Self:
        """What a worker may start now: queued rows that are due, and rows that a dead worker left behind."""
        model, now = self.model, timezone.now()
        queued = Q(state=model.QUEUED) & (Q(not_before=None) | Q(not_before__lte=now))
        if time.monotonic() < _nothing_is_taken_over_until:
            return self.filter(queued)
        return self.filter(queued | Q(state__in=model.RUNNING, lease_until__lt=now))

    def claim(self, pk: Any) -> Any | None:
        """The row with its new attempt number; None if it is not due or another worker was faster."""
        due = self.due().filter(pk=pk)
        attempt = due.values_list("attempt", flat=True).first()
        if attempt is None or not due.filter(attempt=attempt).move_to(
            self.model.FIRST, attempt=attempt + 1, lease_until=lease_end()
        ):
            return None
        row = self.filter(pk=pk).first()
        if row is not None:
            row.attempt = attempt + 1  # Not what was read: by then the lease may have expired and been taken over.
        return row

    def held(self, row: Leased) -> Self:
        """The row, while `row`'s attempt is the current one and still running."""
        return self.filter(pk=row.pk, attempt=row.attempt, state__in=self.model.RUNNING)

    def postpone(self, row: Leased, error: str, **fields: Any) -> bool:
        """Returns the row that no worker can do at the moment to the queue, with a pause that grows to five minutes.

        It is the machine's trouble, so that no try is counted.
        """
        pause = min(FIRST_PAUSE_SECONDS * 2**row.put_off, LONGEST_PAUSE_SECONDS) * random.uniform(1, 1.25)
        return self.held(row).move_to(
            self.model.QUEUED,
            lease_until=None,
            not_before=timezone.now() + timedelta(seconds=pause),
            put_off=min(row.put_off + 1, 100),
            error=error,
            **fields,
        )

    def move_to(self, state: str, **fields: Any) -> bool:
        """Whether any row was moved. Rows move only as `TRANSITIONS` allows, or keep their state."""
        sources = [before for before, afters in self.model.TRANSITIONS.items() if state in afters]
        return bool(self.filter(state__in={*sources, state}).update(state=state, **fields))


class Leased(models.Model):
    QUEUED: ClassVar[str]
    FIRST: ClassVar[str]
    RUNNING: ClassVar[Sequence[str]]
    TRANSITIONS: ClassVar[Mapping[Any, Collection[Any]]]
    pk: Any

    attempt = models.PositiveIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    not_before = models.DateTimeField(null=True, blank=True, editable=False, help_text="the time of the next try")
    put_off = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="how often in a row no worker could reach its file"
    )

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True

    def renew(self) -> bool:
        """Renews the lease. Returns whether the row is still ours."""
        return bool(type(self).objects.held(self).update(lease_until=lease_end()))


def lease_end() -> Any:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
