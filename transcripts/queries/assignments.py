"""Reads of assignments, with their claims and progress."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils import timezone

from transcripts.models import Assignment, Change, Transcript

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CLAIM_LEASE = timedelta(minutes=15)
"""How long a claim lasts after the person's last change, once no page of theirs has the transcript open."""


@dataclass(frozen=True, slots=True)
class AssignmentState:
    """An assignment, who works on it, and how many of its rows are verified; `until` is when the claim ends."""

    assignment: Assignment
    number: int
    holder: User | None
    until: datetime | None
    rows: int
    verified: int
    ms: int
    verified_ms: int

    @property
    def is_done(self) -> bool:
        return self.verified == self.rows

    @property
    def is_free(self) -> bool:
        return self.holder is None and not self.is_done


def list_assignments(transcript: Transcript) -> list[AssignmentState]:
    """All assignments in order of time, with three queries."""
    assignments = list(transcript.assignments.select_related("claimed_by"))
    if not assignments:
        return []
    counts = [[0, 0, 0, 0] for _assignment in assignments]
    starts = [assignment.start_ms for assignment in assignments]
    rows = transcript.utterances.visible().order_by().values_list("start_ms", "end_ms", "verified_at")
    for start_ms, end_ms, verified_at in rows:
        count = counts[max(0, bisect_right(starts, start_ms) - 1)]
        share = end_ms - start_ms
        for index, value in enumerate((1, bool(verified_at), share, share if verified_at else 0)):
            count[index] += value
    until = compute_claim_ends(assignments)
    return [
        AssignmentState(
            assignment,
            number,
            assignment.claimed_by if assignment.pk in until else None,
            until.get(assignment.pk),
            *counted,
        )
        for number, (assignment, counted) in enumerate(zip(assignments, counts, strict=True), 1)
    ]


def compute_claim_ends(assignments: Sequence[Assignment]) -> dict[int, datetime]:
    """When the present claims end, by assignment. A change by the person who has it renews it."""
    now = timezone.now()
    claimed = [assignment for assignment in assignments if assignment.claimed_by_id and assignment.lease_until]
    if not claimed:
        return {}
    recent = Change.objects.filter(
        transcript__in={assignment.transcript_id for assignment in claimed},
        by__in={assignment.claimed_by_id for assignment in claimed},
        at__gt=now - CLAIM_LEASE,
    )
    changes = recent.order_by().values_list("transcript", "by").annotate(last=Max("at"))
    worked = {(transcript, by): last + CLAIM_LEASE for transcript, by, last in changes}
    ends = {}
    for assignment in claimed:
        by_change = worked.get((assignment.transcript_id, assignment.claimed_by_id))
        ends[assignment.pk] = max(end for end in (assignment.lease_until, by_change) if end)
    return {pk: end for pk, end in ends.items() if end > now}
