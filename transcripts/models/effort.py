from __future__ import annotations

from django.conf import settings
from django.db import models

from transcripts.models.transcripts import Transcript


class Effort(models.Model):
    """How long a person has worked on a transcript. It keeps no days or hours of the day, only the sum.

    It is the person's own: others learn of it only in projects with which the person shares it
    (`Membership.shares_effort`).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="efforts")
    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="efforts")
    ms = models.PositiveBigIntegerField(default=0)
    began_at = models.DateTimeField(help_text="what the person verified earlier was worked on before it was counted")
    seen_at = models.DateTimeField(help_text="the latest moment at which the person was at work; `ms` is up to it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "transcript"], name="effort_once")]
        indexes = [models.Index(fields=["user", "seen_at"], name="effort_by_moment")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.transcript_id}"
