"""Recordings on their way from one project to another."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from transcripts.models.projects import Project
from transcripts.models.recordings import Recording


class MoveQuerySet(models.QuerySet["Move"]):
    def asked(self) -> MoveQuerySet:
        """Those that an owner has not decided about yet."""
        return self.filter(moved_at=None, recording__binned_at=None, recording__project=models.F("source"))

    def shown(self) -> MoveQuerySet:
        """Those that can still be undone, and those that were undone lately."""
        return self.filter(moved_at__gte=timezone.now() - timedelta(days=settings.BIN_DAYS))


class Move(models.Model):
    """A recording that somebody moved from `source` to `target`, or has asked to: then `moved_at` is empty.

    The trace stays on both sides. For `BIN_DAYS` whoever may move recordings out of `source` can undo it.
    """

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="moves")
    source = models.ForeignKey(Project, models.CASCADE, related_name="moves_out")
    target = models.ForeignKey(Project, models.CASCADE, related_name="moves_in")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    allowed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    moved_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = MoveQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["recording"], condition=models.Q(moved_at=None), name="move_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.recording}: {self.source} → {self.target}"
