"""The installation itself."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

CLEAN_UP_EVERY = timedelta(days=1)
CLEAN_UP_TAKES = timedelta(hours=1)
"""A worker that has not finished cleaning up after so long is taken for dead."""
HOLD_FILES = timedelta(minutes=10)
"""A backup that has not shown itself for so long is taken for dead."""


class InstallationQuerySet(models.QuerySet["Installation"]):
    def claim_clean_up(self) -> bool:
        """Whether the caller is to clean up now: once a day, and one worker at a time."""
        now = timezone.now()
        due = Q(cleaned_at=None) | Q(cleaned_at__lt=now - CLEAN_UP_EVERY)
        free = Q(cleaning_until=None) | Q(cleaning_until__lt=now)
        return bool(self.filter(due, free).update(cleaning_until=now + CLEAN_UP_TAKES))

    def hold_files(self) -> datetime:
        """Has no file of a recording deleted until the time that is returned."""
        until = timezone.now() + HOLD_FILES
        self.update(files_held_until=until)
        return until

    def release_files(self, held_until: datetime | None) -> None:
        """Unless somebody else holds them too."""
        self.filter(files_held_until=held_until).update(files_held_until=None)

    def holds_files(self) -> bool:
        return self.filter(files_held_until__gt=timezone.now()).exists()

    def finish_clean_up(self) -> None:
        self.update(cleaned_at=timezone.now(), cleaning_until=None)


class Installation(models.Model):
    """The one row that says which installation the database belongs to: its data folder carries the same mark."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    mark = models.UUIDField(default=uuid.uuid4, editable=False)
    key_fingerprint = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="of the SECRET_KEY that all machines have",
    )
    cleaned_at = models.DateTimeField(null=True, editable=False)
    cleaning_until = models.DateTimeField(null=True, editable=False)
    files_held_until = models.DateTimeField(
        null=True, editable=False, help_text="by a backup, which has yet to read them"
    )
    learned_change = models.BigIntegerField(
        null=True, editable=False, help_text="the last change from which corrections were read; empty: none yet"
    )

    objects = InstallationQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="installation_one")]

    def __str__(self) -> str:
        return str(self.mark)
