"""How long people have worked: on a transcript, in a project, and a person on everything.

Who looks is shown their own time and that of people who share theirs with the project. Nothing else goes into any
figure, so that none can be taken from another to learn somebody's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from transcripts import access
from transcripts.models import Effort, Membership, Project, Transcript
from transcripts.queries.overview import QUARTER_S

LEAST_AUDIO_MS = 60_000
"""With less there is no figure for an hour: it would say more of chance than of work."""
HOUR_MINUTES = 60


class Spent(NamedTuple):
    """How long people have worked, and how much audio they have verified since their work is counted."""

    ms: int = 0
    audio_ms: int = 0

    @property
    def minutes_an_hour(self) -> float | None:
        """Minutes of work for an hour of audio; None where too little is verified."""
        return self.ms * HOUR_MINUTES / self.audio_ms if self.audio_ms >= LEAST_AUDIO_MS else None


def sum_spent(spent: Iterable[Spent]) -> Spent:
    return Spent(*map(sum, zip(Spent(), *spent, strict=True)))


@dataclass(frozen=True, slots=True)
class SharedEffort:
    """What a person may see: of themselves and of those who share."""

    whole: Spent
    people: list[tuple[str, bool, Spent]]
    """Name, whether it is the reader, and what they spent; the reader first."""
    engines: dict[str, Spent] = field(default_factory=dict)
    """By what `TranscriptAccuracy.engine` says."""


@dataclass(frozen=True, slots=True)
class OwnEffort:
    """A person's time on one transcript."""

    transcript: UUID
    project: int
    title: str
    spent: Spent
    began_at: datetime
    seen_at: datetime
    is_open: bool
    """Whether the person may see the transcript; else `title` is "" and `project` 0."""


def compute_transcript_effort(transcript: Transcript, reader: User) -> SharedEffort:
    return _compute(Effort.objects.filter(transcript=transcript), reader)


def compute_project_effort(project: Project, reader: User) -> SharedEffort:
    """On the project's current transcripts."""
    current = Q(transcript__recording__current_transcript=F("transcript"), transcript__recording__binned_at=None)
    return _compute(Effort.objects.filter(current, transcript__recording__project=project), reader)


def list_uncounted_of(efforts: QuerySet[Effort]) -> list[tuple[UUID, int]]:
    """The transcripts whose rows are not counted as they are now, with their versions; the latest work first."""
    waiting = efforts.exclude(transcript__counted__version=F("transcript__version"))
    return list(waiting.order_by("-seen_at").values_list("transcript", "transcript__version"))


def list_own_efforts(person: User) -> list[OwnEffort]:
    """All of a person's work, the latest first."""
    seen = dict(
        Transcript.objects.filter(access.is_of_member(person, "recording__"), efforts__user=person).values_list(
            "pk", "recording__title"
        )
    )
    efforts = Effort.objects.filter(user=person).order_by("-seen_at", "pk")
    return [
        OwnEffort(
            transcript,
            project if transcript in seen else 0,
            seen.get(transcript, ""),
            Spent(counts[0], _measure_audio(person.pk, began_at, *counts[1:])),
            began_at,
            seen_at,
            transcript in seen,
        )
        for transcript, project, began_at, seen_at, *counts in efforts.values_list(
            "transcript", "transcript__recording__project", "began_at", "seen_at", *_COUNTS
        )
    ]


def list_sharing(person: User) -> QuerySet[Membership]:
    """The person's memberships, with whether they share their time there."""
    memberships = Membership.objects.filter(user=person, project__binned_at=None).select_related("project")
    return memberships.order_by("project__name", "project")


_COUNTS = ("ms", "transcript__recording__duration_ms", "transcript__counted__row_ms", "transcript__counted__work")


def _compute(efforts: QuerySet[Effort], reader: User) -> SharedEffort:
    sharing = Membership.objects.filter(
        project=OuterRef("transcript__recording__project"), user=OuterRef("user"), shares_effort=True
    )
    shown = efforts.filter(Q(user=reader) | Exists(sharing)).order_by()
    people: dict[int, list[Spent]] = defaultdict(list)
    engines: dict[str, list[Spent]] = defaultdict(list)
    names: dict[int, str] = {}
    found = shown.values_list("user", "user__username", "transcript__accuracy__engine", "began_at", *_COUNTS)
    for person, name, engine, began_at, ms, *counts in found:
        spent = Spent(ms, _measure_audio(person, began_at, *counts))
        names[person] = name
        people[person].append(spent)
        engines[engine or ""].append(spent)
    sums = [(names[person], person == reader.pk, sum_spent(spent)) for person, spent in people.items()]
    return SharedEffort(
        sum_spent(spent for _name, _is_own, spent in sums),
        sorted(sums, key=lambda one: (not one[1], one[0].casefold())),
        _sum_groups(engines),
    )


def _sum_groups(groups: Mapping[str, Iterable[Spent]]) -> dict[str, Spent]:
    return {name: sum_spent(spent) for name, spent in groups.items()}


def _measure_audio(
    person: int,
    began_at: datetime,
    duration_ms: int | None,
    row_ms: int | None,
    work: list[tuple[int, int | None, int, int, int]] | None,
) -> int:
    """How much of the recording the person has verified since `began_at`, pauses included. `work` is that of its count.

    The pauses between rows are shared out by the rows' lengths.
    """
    first = int(began_at.timestamp()) // QUARTER_S
    verified_ms = sum(ms for quarter, by, _rows, ms, _corrected in work or () if by == person and quarter >= first)
    return round(verified_ms * (duration_ms or row_ms or 0) / row_ms) if row_ms else 0
