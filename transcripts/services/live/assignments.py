"""Dividing a long recording into assignments that people claim, each with a lease that working renews.

A claim tells people who works where. It restricts nobody: anyone who may edit the transcript may edit all of its rows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from transcripts.errors import Claimed, Gone
from transcripts.models import Assignment, Presence, Transcript
from transcripts.queries.assignments import CLAIM_LEASE, AssignmentState, list_assignments
from transcripts.services.editing.changes import lock_transcript
from transcripts.services.editing.comment_anchors import publish_annotation
from transcripts.text import stretches

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RENEWAL = timedelta(minutes=1)


def cut_assignments(*, transcript: Transcript, minutes: int) -> list[Assignment]:
    """Divides the recording at pauses into assignments of about so many minutes, which replace the previous ones."""
    with transaction.atomic():
        transcript = lock_transcript(transcript.pk)
        rows = list(transcript.utterances.visible().values_list("start_ms", "end_ms"))
        transcript.assignments.all().delete()
        publish_annotation(transcript)
        spans = stretches.cut_stretches(rows, minutes * 60_000)
        return Assignment.objects.bulk_create(
            Assignment(transcript=transcript, start_ms=start, end_ms=end) for start, end in spans
        )


def remove_assignments(*, transcript: Transcript) -> None:
    """Removes all assignments."""
    with transaction.atomic():
        transcript = lock_transcript(transcript.pk)
        transcript.assignments.all().delete()
        publish_annotation(transcript)


def claim_assignment(*, transcript: Transcript, assignment: int, by: User, over: bool = False) -> None:
    """Claims the assignment. Raises Gone, and Claimed if it is somebody else's, unless it is taken `over`."""
    with transaction.atomic():
        transcript = lock_transcript(transcript.pk)
        state = _get_assignment(transcript, assignment)
        if state.holder and state.holder.pk != by.pk and not over:
            raise Claimed(state.holder.get_username())
        _give_assignment(transcript, state.assignment, by)


def claim_next_assignment(*, transcript: Transcript, by: User) -> Assignment | None:
    """Claims the first assignment with unverified rows that nobody works on; None if there is none."""
    with transaction.atomic():
        transcript = lock_transcript(transcript.pk)
        free = next((state.assignment for state in list_assignments(transcript) if state.is_free), None)
        if free is not None:
            _give_assignment(transcript, free, by)
        return free


def hand_back_assignment(*, transcript: Transcript, assignment: int, by: User) -> None:
    """Frees the assignment, if it is the person's. Raises Gone."""
    with transaction.atomic():
        transcript = lock_transcript(transcript.pk)
        state = _get_assignment(transcript, assignment)
        if state.assignment.claimed_by_id == by.pk:
            _give_assignment(transcript, state.assignment, None)


def renew_assignments(*, process: UUID) -> None:
    """Renews the claims of people who have the transcript open on a page of this web process."""
    now = timezone.now()
    here = Presence.objects.filter(process=process, transcript=OuterRef("transcript"), user=OuterRef("claimed_by"))
    due = Assignment.objects.filter(claimed_by__isnull=False, lease_until__lt=now + CLAIM_LEASE - RENEWAL)
    if due.filter(Exists(here)).exists():
        due.filter(Exists(here)).update(lease_until=now + CLAIM_LEASE)


def _get_assignment(transcript: Transcript, assignment: int) -> AssignmentState:
    state = next((state for state in list_assignments(transcript) if state.assignment.pk == assignment), None)
    if state is None:
        raise Gone
    return state


def _give_assignment(transcript: Transcript, assignment: Assignment, to: User | None) -> None:
    assignment.claimed_by = to
    assignment.lease_until = timezone.now() + CLAIM_LEASE if to else None
    assignment.save(update_fields=["claimed_by", "lease_until"])
    publish_annotation(transcript)
