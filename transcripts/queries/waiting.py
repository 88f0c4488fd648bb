"""What waits for whom in a project, each with where it is worked on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.utils import timezone

from transcripts.enums import LibraryState
from transcripts.models import (
    Assignment,
    Change,
    Comment,
    Move,
    Notice,
    Project,
    Recording,
    Transcript,
)
from transcripts.queries.assignments import CLAIM_LEASE, compute_claim_ends
from transcripts.queries.comments import select_threads
from transcripts.queries.filters import narrow_to_state
from transcripts.queries.overview import RowCounts, list_recordings_of

MOST_PLACES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A transcript in which something waits; `count` of it."""

    transcript: UUID
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits in all, and the places with most of it; `others` are not among them."""

    count: int
    most: list[Place]
    others: int


@dataclass(frozen=True, slots=True)
class Mentioned:
    """How many comments in open threads mention a person, and where the oldest of them is."""

    user: User
    count: int
    place: Place


@dataclass(frozen=True, slots=True)
class Claim:
    assignment: Assignment
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    failed: list[Recording]
    moves: int
    second_reader: Backlog
    flagged: Backlog
    comments: Backlog
    mentions: list[Mentioned]
    claims: list[Claim]

    def __bool__(self) -> bool:
        places = (self.second_reader, self.flagged, self.comments)
        return bool(self.failed or self.moves or self.mentions or self.claims or any(one.count for one in places))


def find_waiting(project: Project, counts: Sequence[RowCounts]) -> Waiting:
    flagged = {count.transcript: count.flagged for count in counts if count.flagged}
    unread = {count.transcript: count.second_reader for count in counts if count.second_reader}
    of_project = Q(transcript__recording__project=project, transcript__recording__binned_at=None)
    threads = select_threads().filter(of_project, resolved_at=None)
    commented = dict(threads.values_list("transcript").annotate(Count("pk")).order_by())
    return Waiting(
        failed=_list_failed(project),
        moves=Move.objects.asked().filter(source=project).count(),
        second_reader=_find_backlog(unread if project.second_reader else {}),
        flagged=_find_backlog(flagged),
        comments=_find_backlog(commented),
        mentions=_list_mentions(project),
        claims=_list_claims(of_project),
    )


def _find_backlog(counts: Mapping[UUID, int]) -> Backlog:
    most = sorted(counts, key=lambda pk: (-counts[pk], str(pk)))[:MOST_PLACES]
    titles = _get_titles(most)
    places = [Place(pk, titles[pk], counts[pk]) for pk in most if pk in titles]
    return Backlog(sum(counts.values()), places, len(counts) - len(most))


def _get_titles(transcripts: Iterable[UUID]) -> dict[UUID, str]:
    found = Transcript.objects.filter(pk__in=transcripts)
    return dict(found.values_list("pk", "recording__title")) if transcripts else {}


def _list_failed(project: Project) -> list[Recording]:
    """The recordings whose latest recognition failed, the oldest first, as the library's filter "Failed" finds them."""
    failed = narrow_to_state(list_recordings_of(project).filter(archived_at=None), LibraryState.FAILED)
    return list(failed.only("pk", "title").order_by("created_at", "pk"))


def _list_mentions(project: Project) -> list[Mentioned]:
    of_open_thread = Q(comment__thread=None, comment__resolved_at=None) | Q(
        comment__thread__isnull=False, comment__thread__resolved_at=None
    )
    notices = Notice.objects.filter(
        of_open_thread,
        is_mention=True,
        comment__deleted_at=None,
        comment__transcript__recording__project=project,
        comment__transcript__recording__binned_at=None,
        user__projects=project,
    )
    counted = list(notices.values_list("user").annotate(number=Count("pk"), oldest=Min("comment")).order_by())
    if not counted:
        return []
    comments = Comment.objects.filter(pk__in=[oldest for _user, _number, oldest in counted])
    where = comments.values_list("pk", "transcript", "transcript__recording__title")
    places = {pk: Place(transcript, title, 1) for pk, transcript, title in where}
    people = User.objects.in_bulk([user for user, _number, _oldest in counted])
    mentions = [Mentioned(people[user], number, places[oldest]) for user, number, oldest in counted]
    return sorted(mentions, key=lambda one: (-one.count, one.user.get_username()))


def _list_claims(of_project: Q) -> list[Claim]:
    """The assignments that somebody works on now. A change renews a claim beyond its lease."""
    now = timezone.now()
    changes = Change.objects.filter(transcript=OuterRef("transcript")).order_by("-version")
    claimed = Assignment.objects.filter(of_project, claimed_by__isnull=False, lease_until__isnull=False)
    claimed = claimed.annotate(changed_at=Subquery(changes.values("at")[:1]))
    recent = claimed.filter(Q(lease_until__gt=now) | Q(changed_at__gt=now - CLAIM_LEASE))
    assignments = list(recent.select_related("claimed_by", "transcript__recording").order_by("transcript", "start_ms"))
    ends = compute_claim_ends(assignments)
    return [Claim(assignment, ends[assignment.pk]) for assignment in assignments if assignment.pk in ends]
