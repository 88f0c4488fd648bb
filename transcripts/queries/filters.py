"""What the library shows of the person's recordings, in what order, and what it offers to narrow them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, Subquery

from transcripts.enums import TRANSCRIPTION_RUNNING, LibraryState, TranscriptionState, Whose
from transcripts.models import Membership, Project, Recording, Tag, Transcript, Transcription
from transcripts.models.tags import fold_tag_name
from transcripts.queries.pages import Order
from transcripts.queries.search import filter_by_title

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

ORDERS = {
    "-date": Order("created_at", is_descending=True),
    "date": Order("created_at"),
    "title": Order("title"),
    "-title": Order("title", is_descending=True),
    "-length": Order("duration_ms", is_descending=True),
    "length": Order("duration_ms"),
    "progress": Order("verified_share"),
    "-progress": Order("verified_share", is_descending=True),
    "-changed": Order("changed_at", is_descending=True),
    "changed": Order("changed_at"),
    "person": Order("uploaded_by__username"),
    "-person": Order("uploaded_by__username", is_descending=True),
}
MOST_NAMES = 1000
UNFINISHED = (TranscriptionState.QUEUED, *TRANSCRIPTION_RUNNING)


@dataclass(frozen=True, slots=True)
class LibraryFilter:
    """Empty values narrow nothing, except that archived recordings are shown only where they are asked for."""

    title: str = ""
    state: str = ""
    whose: str = ""
    person: str = ""
    language: str = ""
    tag: str = ""

    @property
    def is_empty(self) -> bool:
        return self == LibraryFilter()

    def narrow(self, recordings: QuerySet[Recording], user: User) -> QuerySet[Recording]:
        recordings = recordings.filter(archived_at__isnull=self.state != LibraryState.ARCHIVED)
        if self.title:
            recordings = filter_by_title(recordings, self.title)
        if self.state:
            recordings = narrow_to_state(recordings, self.state)
        if self.whose:
            recordings = _narrow_to_whose(recordings, self.whose, user)
        if self.person:
            named = Q(uploaded_by__username__iexact=self.person) | Q(assigned_to__username__iexact=self.person)
            recordings = recordings.filter(named)
        if self.language:
            spoken = Transcript.objects.filter(recording=OuterRef("pk"), language=self.language)
            recordings = recordings.filter(Exists(spoken))
        if self.tag:
            recordings = recordings.filter(tags__folded=fold_tag_name(self.tag))
        return recordings


def narrow_to_state(recordings: QuerySet[Recording], state: str) -> QuerySet[Recording]:
    if state in {LibraryState.FAILED, LibraryState.RUNNING}:
        newest = Transcription.objects.filter(recording=OuterRef("recording")).order_by("-created_at", "id")
        wanted = (TranscriptionState.FAILED,) if state == LibraryState.FAILED else UNFINISHED
        runs = Transcription.objects.filter(state__in=wanted, pk=Subquery(newest.values("pk")[:1]))
        return recordings.filter(pk__in=runs.values("recording"))
    if state == LibraryState.UNVERIFIED:
        return recordings.filter(verified_share__lt=1000)
    if state == LibraryState.VERIFIED:
        return recordings.filter(verified_share=1000)
    return recordings


def _narrow_to_whose(recordings: QuerySet[Recording], whose: str, user: User) -> QuerySet[Recording]:
    if whose == Whose.MINE:
        return recordings.filter(uploaded_by=user.pk)
    if whose == Whose.ASSIGNED:
        return recordings.filter(assigned_to=user.pk)
    if whose == Whose.UNASSIGNED:
        return recordings.filter(assigned_to=None)
    return recordings.filter(project__personal_of=None)


def list_member_names(user: User, project: Project | None) -> list[str]:
    """The user names of those with whom the person shares projects, or one of them, at most MOST_NAMES."""
    projects = Membership.objects.filter(user=user.pk, project__binned_at=None).values("project")
    if project:
        projects = projects.filter(project=project)
    members = get_user_model().objects.filter(memberships__project__in=projects)
    return list(members.order_by("username").values_list("username", flat=True).distinct()[:MOST_NAMES])


def list_tag_names(user: User, project: Project | None) -> list[str]:
    """The names of tags in the person's projects or in one of them, each once, at most MOST_NAMES."""
    tags = Tag.objects.filter(project__memberships__user=user.pk, project__binned_at=None)
    if project:
        tags = tags.filter(project=project)
    names = tags.order_by("folded", "name").values_list("folded", "name").distinct()[:MOST_NAMES]
    return list(dict(names).values())
