"""Telling the speakers of a transcript apart, on this machine."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from transcripts.diarization.results import Diarized, Hint
from transcripts.enums import DIARIZATION_RUNNING, DIARIZATION_TRANSITIONS, DiarizationState
from transcripts.models.leases import Leased, LeasedQuerySet
from transcripts.models.transcripts import Speaker, Transcript

UNFINISHED = (DiarizationState.QUEUED, *DIARIZATION_RUNNING)


class DiarizationQuerySet(LeasedQuerySet):
    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)

    def in_turn(self) -> Self:
        """What is due, in its order: what a person waits for goes first."""
        return self.due().order_by("automatic", "created_at", "id")

    def cancel(self) -> bool:
        """Cancels what is unfinished. Returns whether anything was. A result that comes later is not stored."""
        return self.unfinished().move_to(DiarizationState.CANCELLED, lease_until=None, finished_at=timezone.now())


class Diarization(Leased):
    """One try to tell the speakers of a transcript apart, and what came of it: voices, not yet people.

    What is asked for is sorting all words into as many voices as `hint` says; or by likeness to the rows that people
    assigned by hand, with `examples`; or the words of one speaker into several voices, with `within`.
    """

    QUEUED = DiarizationState.QUEUED
    FIRST = DiarizationState.RUNNING
    RUNNING = DIARIZATION_RUNNING
    TRANSITIONS = DIARIZATION_TRANSITIONS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    transcript = models.ForeignKey(Transcript, models.CASCADE, related_name="diarizations")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    automatic = models.BooleanField(help_text="whether it came with the recognition, and nobody asked for it")
    hint = models.JSONField(default=dict, help_text="Hint.to_json()")
    examples = models.BooleanField(default=False, help_text="whether rows that people assigned are examples")
    within = models.ForeignKey(
        Speaker, models.CASCADE, null=True, related_name="+", help_text="the speaker who is several people"
    )
    state = models.CharField(max_length=12, choices=DiarizationState.list_choices, default=DiarizationState.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0, help_text="per cent of the sound")
    error = models.CharField(max_length=40, blank=True, help_text="why it waits or has failed")
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True, help_text="Diarized.to_json()")
    voices = models.JSONField(default=dict, help_text="the ids of the speakers that voices became, by their numbers")
    dismissed = models.BooleanField(default=False, help_text="whether its proposals were put away")

    objects = DiarizationQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["state", "error", "created_at"], name="diarization_by_state")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DiarizationState.values), name="diarization_state_known"),
            models.UniqueConstraint(
                fields=["transcript"], condition=Q(state__in=UNFINISHED), name="diarization_one_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.transcript_id} · {self.state}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def hinted(self) -> Hint:
        return Hint.from_json(self.hint) if self.hint else Hint()

    @property
    def diarized(self) -> Diarized | None:
        return Diarized.from_json(self.result) if self.result else None
