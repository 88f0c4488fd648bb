"""Runs of the recogniser, and the answers that came."""

from __future__ import annotations

import uuid
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, Value, When
from django.utils import timezone

from transcripts.enums import LOCAL_SERVICE, TRANSCRIPTION_RUNNING, TRANSCRIPTION_TRANSITIONS, TranscriptionState
from transcripts.flash.answer import Answer, read_answer
from transcripts.flash.errors import ErrorKind
from transcripts.models.leases import Leased, LeasedQuerySet
from transcripts.models.recordings import Recording

MAX_TRIES = 5


def name_service() -> str:
    """What recognises now, as `Transcription.service` names it."""
    return LOCAL_SERVICE if settings.FLASH_IS_LOCAL else urlsplit(settings.FLASH_API_URL).hostname or ""


class TranscriptionQuerySet(LeasedQuerySet):
    def in_turn(self) -> Self:
        """What is due, in the order in which it gets free slots: who has fewer running comes first, then the oldest.

        So one person's three hundred uploads do not keep another's one waiting for longer than one recognition.
        """
        running = self.model.objects.filter(state__in=TRANSCRIPTION_RUNNING).values("requested_by")
        counts = running.annotate(running=Count("pk")).values_list("requested_by", "running").order_by()
        theirs = [When(requested_by=person, then=Value(count)) for person, count in counts if person]
        fewest = [Case(*theirs, default=Value(0))] if theirs else []
        return self.due().order_by(*fewest, "created_at", "id")

    def cancel(self) -> bool:
        """Cancels what is unfinished. Returns whether anything was. An answer that comes later is for another try."""
        unfinished = self.filter(state__in=[TranscriptionState.QUEUED, *TRANSCRIPTION_RUNNING])
        return unfinished.move_to(TranscriptionState.CANCELLED, lease_until=None, finished_at=timezone.now())


class Transcription(Leased):
    """One run of the recogniser over a recording."""

    QUEUED = TranscriptionState.QUEUED
    FIRST = TranscriptionState.CONVERTING
    RUNNING = TRANSCRIPTION_RUNNING
    TRANSITIONS = TRANSCRIPTION_TRANSITIONS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, models.CASCADE, related_name="transcriptions")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="transcriptions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(
        null=True, editable=False, help_text="when a person last asked for another try; empty: when it was created"
    )
    options = models.JSONField(default=dict, help_text="RecognitionOptions.to_json()")
    track = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="the recording's audio track that is recognised, where there are several"
    )
    service = models.CharField(
        max_length=100, blank=True, editable=False, help_text="the host that recognised it; local: this installation"
    )
    state = models.CharField(max_length=12, choices=TranscriptionState.list_choices, default=TranscriptionState.QUEUED)
    glossary_words = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="how many terms of the glossary went along, where there were any"
    )
    sent_bytes = models.PositiveBigIntegerField(default=0)
    total_bytes = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # How it ended: a flash ErrorKind or a NotAudio reason, and the service's message.
    error = models.CharField(max_length=40, blank=True)
    status_code = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    logid = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    raw_answer = models.JSONField(null=True, blank=True)
    # What was paid for, as it came: until it is read, and afterwards where `raw_answer` does not say the same.
    answer_body = models.BinaryField(null=True)
    # Every failed try, in order: `error`, `status_code`, `message`, `logid`, `request_id`, `at`. When a person
    # retries, the list starts again.
    tries = models.JSONField(default=list, editable=False)
    attempts_before = models.PositiveIntegerField(
        default=0, editable=False, help_text="the attempt number when a person last asked for another try"
    )

    objects = TranscriptionQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="transcription_in_turn"),
            models.Index(fields=["state", "error"], name="transcription_by_state"),
            models.Index(fields=["created_at"], name="transcription_by_time"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=TranscriptionState.values), name="transcription_state_known"
            ),
            models.UniqueConstraint(
                fields=["recording"],
                condition=models.Q(state__in=[TranscriptionState.QUEUED, *TRANSCRIPTION_RUNNING]),
                name="transcription_one_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recording} · {self.state}"

    @property
    def next_try(self) -> int:
        """The number of the current or next try, from 1."""
        return len(self.tries) + 1

    @property
    def max_tries(self) -> int:
        return MAX_TRIES

    @property
    def may_be_retried(self) -> bool:
        """Whether a person may retry it now: it ended without a result, or is waiting for its next try."""
        ended = self.state in {TranscriptionState.FAILED, TranscriptionState.CANCELLED}
        return ended or self.waits_for_next_try

    @property
    def may_be_reread(self) -> bool:
        """Whether the answer came and was kept, but could not be read."""
        return self.state == TranscriptionState.FAILED and self.error == ErrorKind.ANSWER_KEPT

    @property
    def waits_for_next_try(self) -> bool:
        return self.state == self.QUEUED and self.not_before is not None and bool(self.error)

    @property
    def waits_for_its_file(self) -> bool:
        """Whether no worker could reach the recording's file: no try was counted."""
        return self.waits_for_next_try and self.put_off > 0

    @property
    def waits_for_its_copy(self) -> bool:
        """Whether the recording is still being fetched from its address."""
        return self.state == self.QUEUED and self.not_before is not None and not self.error

    @property
    def is_unfinished(self) -> bool:
        return self.state in {self.QUEUED, *self.RUNNING}


class AnswerPart(models.Model):
    """The answer to one part of a recording that is too long to send whole."""

    transcription = models.ForeignKey(Transcription, models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    status_code = models.CharField(max_length=20)
    message = models.TextField(blank=True)
    logid = models.CharField(max_length=100, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    raw_answer = models.JSONField(null=True)
    answer_body = models.BinaryField(null=True)  # As above; without `raw_answer`, it is still to be read.

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["transcription", "number"], name="part_once"),
            models.CheckConstraint(condition=models.Q(end_ms__gt=models.F("start_ms")), name="part_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.transcription} · {self.number}"

    @property
    def answer(self) -> Answer:
        return read_answer(self.status_code, self.raw_answer or {})
