"""Stretches of a recording that people divide among themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from transcripts.models.transcripts import Transcript


class Assignment(models.Model):
    """A stretch of the recording that one person at a time works on. It informs people and never restricts them.

    It is theirs until the lease expires, which working renews. The rows that start within it belong to it.
    """

    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="assignments")
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="assignments")
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["start_ms"]
        constraints = [
            models.CheckConstraint(condition=Q(end_ms__gt=F("start_ms")), name="assignment_ends_after_start"),
            models.UniqueConstraint(fields=["transcript", "start_ms"], name="assignment_start_once"),
        ]

    def __str__(self) -> str:
        return f"{self.start_ms}–{self.end_ms} ms"
