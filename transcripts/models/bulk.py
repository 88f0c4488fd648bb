"""What somebody does to many recordings at once, recording by recording, in a worker."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from transcripts.enums import BULK_RUNNING, BULK_TRANSITIONS, BulkItemState, BulkKind, BulkState
from transcripts.models.leases import Leased
from transcripts.models.recordings import Recording


class BulkAction(Leased):
    """One thing done to many recordings. Its items say how far it is; an undo takes the same items back in its turn."""

    QUEUED = BulkState.QUEUED
    FIRST = BulkState.RUNNING
    RUNNING = BULK_RUNNING
    TRANSITIONS = BULK_TRANSITIONS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=BulkKind.list_choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bulk_actions")
    address = models.GenericIPAddressField(null=True, help_text="where the request came from, for the audit")
    created_at = models.DateTimeField(auto_now_add=True)
    # To which project or person, with what options.
    details = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=BulkState.list_choices, default=BulkState.QUEUED)
    is_undo = models.BooleanField(default=False, help_text="Whether it is being undone, or was")
    finished_at = models.DateTimeField(null=True, help_text="when it, or its undo, came to its end")
    dismissed = models.BooleanField(default=False, help_text="Whether the person has put its line away")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=BulkState.values), name="bulk_state_known"),
            models.CheckConstraint(condition=models.Q(kind__in=BulkKind.values), name="bulk_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.state}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in {BulkState.QUEUED, BulkState.RUNNING}

    @property
    def is_of_tag(self) -> bool:
        """Whether it was done to a tag itself, on the page of its project's tags, and not to selected recordings."""
        return "tags_of" in self.details


class BulkItem(models.Model):
    """One recording of a bulk action. `before` is what an undo needs, stored before anything is done."""

    action = models.ForeignKey(BulkAction, models.CASCADE, related_name="items")
    recording = models.ForeignKey(Recording, models.CASCADE, related_name="+")
    state = models.CharField(max_length=12, choices=BulkItemState.list_choices, default=BulkItemState.WAITING)
    error = models.CharField(max_length=40, blank=True, help_text="why it or its undo was not possible")
    before = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["action", "state"], name="bulk_items_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["action", "recording"], name="bulk_item_once"),
            models.CheckConstraint(condition=models.Q(state__in=BulkItemState.values), name="bulk_item_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} · {self.state}"
