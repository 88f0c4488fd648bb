"""The bin: what people delete can be brought back until its time there is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

IN_USE = models.Q(binned_at=None)
IN_BIN = models.Q(binned_at__isnull=False)
DELETED_FOR_GOOD = datetime(1970, 1, 1, tzinfo=UTC)
"""The time in `binned_at` of what nobody can bring back, though not all of it may be gone yet."""


def in_use(recording: str = "") -> models.Q:
    """That neither the recording at this path ("transcript__recording__") nor its project is in the bin."""
    return models.Q(**{f"{recording}binned_at": None, f"{recording}project__binned_at": None})


def not_gone() -> models.Q:
    """That a recording is in use, or can still be brought back from the bin."""
    return IN_USE | models.Q(binned_at__gte=bin_start())


def on_hold(recording: str = "") -> models.Q:
    """That the recording at this path or its project is on legal hold."""
    return models.Q(**{f"{recording}legal_hold": True}) | models.Q(**{f"{recording}project__legal_hold": True})


def bin_start() -> datetime:
    """What was put into the bin before this time is to be deleted for good."""
    return timezone.now() - timedelta(days=settings.BIN_DAYS)


class Binned(models.Model):
    """A row that goes into the bin before it is deleted.

    Only what is there has an index: SQLite takes any that it can use for "is null", which nearly all rows are.
    """

    binned_at = models.DateTimeField(null=True, blank=True, editable=False)
    binned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        abstract = True

    @property
    def bin_ends_at(self) -> datetime | None:
        """When it is deleted for good."""
        return self.binned_at and self.binned_at + timedelta(days=settings.BIN_DAYS)
