"""Work that exactly one worker does at a time, and that another takes over when that one dies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class LeasedQuerySet(models.QuerySet[Any]):
    """Compare-and-swap on the row; the model names its states in `QUEUED`, `FIRST`, `RUNNING` and `TRANSITIONS`.

    The row is the truth and the queue only a hint: a task may come twice or never. Whoever moves the row to FIRST has
    the lease, and the attempt number they were given is the fence: nothing that an earlier attempt brings is taken.
    """

    def due(self) -> Self:
        """What a worker may take up now: queued rows whose time has come, and rows that a dead worker left."""
        model, now = self.model, timezone.now()
        queued = Q(state=model.QUEUED) & (Q(not_before=None) | Q(not_before__lte=now))
        return self.filter(queued | Q(state__in=model.RUNNING, lease_until__lt=now))

    def claim(self, pk: Any) -> Any | None:
        """The row with its new attempt number, or None where it is not due or another worker was quicker."""
        due = self.due().filter(pk=pk)
        attempt = due.values_list("attempt", flat=True).first()
        if attempt is None or not due.filter(attempt=attempt).move_to(
            self.model.FIRST, attempt=attempt + 1, lease_until=lease_end()
        ):
            return None
        row = self.filter(pk=pk).first()
        if row is not None:
            row.attempt = attempt + 1  # Not what is read: by then the lease may have run out and another have come.
        return row

    def held(self, row: Leased) -> Self:
        """The row, as long as `row`'s attempt is the current one and still running."""
        return self.filter(pk=row.pk, attempt=row.attempt, state__in=self.model.RUNNING)

    def move_to(self, state: str, **fields: Any) -> bool:
        """Whether any row was moved: only from where `TRANSITIONS` lets it go there, or stay as it is."""
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

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True

    def renew(self) -> bool:
        """Whether the row is still ours."""
        return bool(type(self).objects.held(self).update(lease_until=lease_end()))


def lease_end() -> Any:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
