"""What a project's overview tells of its work: hours by week and by person, and recordings that nobody has touched."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from transcripts.enums import ChangeKind, Role
from transcripts.models import Change, Project, Recording, Transcript, TranscriptCount
from transcripts.models.transcripts import is_labelled

QUARTER_S = 15 * 60
"""Every time zone's weeks begin at a whole quarter of an hour."""
EARLIER = -1
LATELY = 4  # weeks
MOST_UNTOUCHED = 10


class Work(NamedTuple):
    """What was done in a week, or by a person. Rows are those of current transcripts."""

    recordings: int = 0
    recorded_ms: int = 0
    recognised_ms: int = 0
    verified_ms: int = 0
    verified_rows: int = 0
    corrected_rows: int = 0


WorkTable = Mapping[tuple[int, int | None], Work]
"""By the number of the week, or EARLIER, and by the id of the person; None where that is not known."""


def sum_work(works: Iterable[Work]) -> Work:
    return Work(*map(sum, zip(*works, strict=True)))


def list_weeks(count: int) -> list[date]:
    """The Mondays of the latest weeks, the present one last, in the time zone of whoever asks."""
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    return [monday - timedelta(weeks=number) for number in range(count - 1, -1, -1)]


def list_recordings_of(project: Project) -> QuerySet[Recording]:
    return Recording.objects.filter(project=project, binned_at=None).order_by()


def list_uncounted(project: Project) -> list[tuple[UUID, int]]:
    """The current transcripts whose count is missing or of an earlier version, with their present one."""
    recordings = list_recordings_of(project).exclude(current_transcript=None)
    waiting = recordings.exclude(current_transcript__counted__version=F("current_transcript__version"))
    return list(waiting.values_list("current_transcript", "current_transcript__version"))


class RowCounts(NamedTuple):
    """What `TranscriptCount` has of a transcript; thousands of these are read at once."""

    transcript: UUID
    row_ms: int
    flagged: int
    second_reader: int
    work: list[tuple[int, int | None, int, int, int]]


def list_counts(project: Project) -> list[RowCounts]:
    """The counts of the project's current transcripts."""
    of_project = Q(transcript__recording__project=project, transcript__recording__binned_at=None)
    current = Q(transcript__recording__current_transcript=F("transcript"))
    counts = TranscriptCount.objects.filter(of_project & current).values_list(*RowCounts._fields)
    return list(map(RowCounts._make, counts))


def compute_work(project: Project, weeks: Sequence[date], counts: Iterable[RowCounts]) -> WorkTable:
    """Who has done what in which of these weeks, and before them.

    Hours count for whoever added the recording: as recorded when they did, as recognised when it was first recognised.
    """
    zone = timezone.get_current_timezone()
    starts = [datetime.combine(week, time(), zone) for week in weeks]
    table: dict[tuple[int, int | None], list[int]] = defaultdict(lambda: [0] * len(Work._fields))
    recordings = list_recordings_of(project)
    added = recordings.values_list(_find_week("created_at", starts), "uploaded_by")
    for week, person, number, ms in added.annotate(Count("pk"), Sum("duration_ms")):
        table[week, person][:2] = number, ms or 0
    recognised = _list_first_recognised(project).values_list(_find_week("created_at", starts), "recording__uploaded_by")
    for week, person, ms in recognised.annotate(Sum("recording__duration_ms")):
        table[week, person][2] = ms or 0
    quarters = [int(start.timestamp()) // QUARTER_S for start in starts]
    for count in counts:
        for quarter, person, verified_rows, verified_ms, corrected_rows in count.work:
            work = table[bisect_right(quarters, quarter) - 1, person]
            work[3] += verified_ms
            work[4] += verified_rows
            work[5] += corrected_rows
    return {key: Work(*work) for key, work in table.items()}


def _list_first_recognised(project: Project) -> QuerySet[Transcript]:
    """The first recognised transcript of each recording."""
    recognised = Transcript.objects.filter(was_recognised("pk")).order_by()
    earlier = Q(created_at__lt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), pk__lt=OuterRef("pk"))
    first = ~Exists(recognised.filter(earlier, recording=OuterRef("recording")))
    return recognised.filter(first, recording__project=project, recording__binned_at=None)


def was_recognised(transcript: str) -> Exists:
    """Whether the transcript at this field began with a recognition, and not as a file of another program."""
    changes = Change.objects.filter(transcript=OuterRef(transcript), version=1, kind=ChangeKind.RECOGNISED)
    return Exists(changes)


def _find_week(moment: str, starts: Sequence[datetime]) -> Case:
    latest_first = reversed(list(enumerate(starts)))
    weeks = (When(**{f"{moment}__gte": start, "then": Value(number)}) for number, start in latest_first)
    return Case(*weeks, default=Value(EARLIER))


def sum_weeks(table: WorkTable, number: int) -> list[Work]:
    """What was done in each of so many weeks."""
    by_week: dict[int, list[Work]] = defaultdict(list)
    for (week, _person), work in table.items():
        by_week[week].append(work)
    return [sum_work(by_week[week] or [Work()]) for week in range(number)]


def get_names(project: Project, table: WorkTable) -> dict[int | None, str]:
    """Of everybody who may work in the project or has; "" for people nobody knows any more."""
    names: dict[int | None, str] = dict(
        project.memberships.exclude(role=Role.VIEWER).values_list("user", "user__username")
    )
    others = {person for _week, person in table} - names.keys()
    known = User.objects.filter(pk__in=[person for person in others if person is not None])
    return names | dict.fromkeys(others, "") | dict(known.values_list("pk", "username"))


@dataclass(frozen=True, slots=True)
class PersonWork:
    """What a person has done, in all and in the last four weeks."""

    name: str
    total: Work
    lately: Work


def list_people_work(project: Project, table: WorkTable, number: int) -> list[PersonWork]:
    """Those first who have verified most."""
    total: dict[int | None, list[Work]] = defaultdict(lambda: [Work()])
    lately: dict[int | None, list[Work]] = defaultdict(lambda: [Work()])
    for (week, person), work in table.items():
        total[person].append(work)
        if week >= number - LATELY:
            lately[person].append(work)
    people = [
        PersonWork(name, sum_work(total[person]), sum_work(lately[person]))
        for person, name in get_names(project, table).items()
    ]
    return sorted(people, key=lambda one: (-one.total.verified_ms, -one.total.recorded_ms, one.name.casefold()))


def list_untouched(project: Project) -> QuerySet[Recording]:
    """The oldest recordings that were recognised and that nobody has changed, verified or archived since."""
    recognised = was_recognised("current_transcript")
    unchanged = Q(current_transcript__version=1) | Q(is_labelled("current_transcript"), current_transcript__version=2)
    recordings = list_recordings_of(project).filter(recognised, unchanged, archived_at=None)
    spoken = Q(current_transcript__counted=None) | Q(current_transcript__counted__row_count__gt=0)
    shown = recordings.filter(spoken).only("title", "duration_ms", "created_at", "current_transcript")
    return shown.order_by("created_at", "pk")[:MOST_UNTOUCHED]
