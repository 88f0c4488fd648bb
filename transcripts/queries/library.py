"""Reads of recordings and projects, each complete for its page: templates make no queries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from transcripts import access
from transcripts.enums import Action, Role
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Membership, Move, Project, Recording, Transcript, Transcription
from transcripts.models.bins import IN_USE, in_use
from transcripts.options import OptionError
from transcripts.queries.pages import Order, Page
from transcripts.queries.search import filter_by_title

if TYPE_CHECKING:
    from django.contrib.auth.models import User


FEW = 1000  # recordings
ID = re.compile(r"[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}")
NEWEST_FIRST = Order("created_at", is_descending=True)


def list_recordings(user: User) -> QuerySet[Recording]:
    """The recordings of the person's projects with their transcriptions, transcripts and tags, newest first.

    The current transcript stands first. `may_edit`, `may_manage` and `may_move` of each recording say whether the
    person may change, delete and move it; `move_is_asked` whether a move out of its project waits for an owner.
    """
    memberships = "project__memberships"
    recordings = Recording.objects.filter(in_use(), **{f"{memberships}__user": user.pk}).annotate(
        may_edit=access.role_allows(Action.EDIT, memberships),
        may_manage=access.role_allows(Action.MANAGE, memberships),
        may_move=access.role_allows(Action.MOVE, memberships),
    )
    return _complete(recordings)


def _complete(recordings: QuerySet[Recording]) -> QuerySet[Recording]:
    runs = Transcription.objects.defer("raw_answer", "answer_body").order_by("-created_at", "id")
    asked = Move.objects.asked().filter(recording=OuterRef("pk"))
    return (
        recordings.annotate(move_is_asked=Exists(asked))
        .select_related("project", "uploaded_by", "assigned_to")
        .prefetch_related(Prefetch("transcriptions", runs), Prefetch("transcripts", _list_transcripts()), "tags")
        .order_by("-created_at", "-id")
    )


def narrow_to_projects(projects: Collection[Project]) -> QuerySet[Recording]:
    """The recordings of some of the person's projects, to find pages of.

    Of few recordings, or of one project, all are looked at. Among many, the database goes through an index in the
    order of the page until that is full: the sum with 0 keeps it from reading them all and putting them in order.
    """
    keys = [project.pk for project in projects]
    if len(projects) == 1 or sum(project.recording_count for project in projects) <= FEW:  # type: ignore[attr-defined]
        return Recording.objects.filter(IN_USE, project__in=keys)
    return _walk_through(keys)


def _walk_through(projects: Any, recordings: QuerySet[Recording] | None = None) -> QuerySet[Recording]:
    """The recordings of these projects, by their keys; those of `recordings`, of which SQLite asks that first."""
    recordings = Recording.objects.all() if recordings is None else recordings
    condition: Any = {"of_project__in": projects}
    of_project = ExpressionWrapper(F("project") + 0, BigIntegerField())
    return recordings.filter(IN_USE).alias(of_project=of_project).filter(**condition)


def list_page(projects: Iterable[Project], page: Page) -> list[Recording]:
    """The recordings of a page in these of the person's projects, as `list_recordings` has them."""
    known = {project.pk: project for project in projects}
    found = _complete(Recording.objects.filter(IN_USE, pk__in=page.keys)).select_related(None)
    shown = {one.pk: one for one in found.select_related("uploaded_by", "assigned_to") if one.project_id in known}
    for recording in shown.values():
        recording.project = known[recording.project_id]
        rights = access.rights_of(recording.project)
        for name, action in (("may_edit", Action.EDIT), ("may_manage", Action.MANAGE), ("may_move", Action.MOVE)):
            setattr(recording, name, action in rights)
    return [shown[key] for key in page.keys if key in shown]


def find_transcribed(user: User, title: str) -> QuerySet[Recording]:
    """The person's recordings that have transcripts and this in their titles, to find pages of."""
    projects = Membership.objects.filter(user=user.pk, project__binned_at=None).values("project")
    titled = filter_by_title(Recording.objects.all(), title) if title else None
    return _walk_through(projects, titled).filter(Exists(Transcript.objects.filter(recording=OuterRef("pk"))))


def list_titled(user: User, title: str, *, most: int) -> list[tuple[str, UUID]]:
    """The titles of the newest of those, so many at most, each with the transcript that its recording opens.

    The index by time has all that tells which they are; it is passed until there are enough.
    """
    newest_first = find_transcribed(user, title).order_by("-created_at", "-id")
    keys = list(newest_first.values_list("pk", flat=True)[:most])
    if not keys:
        return []
    found = Recording.objects.filter(pk__in=keys).values_list("pk", "title", "current_transcript")
    titles = {pk: (title, current) for pk, title, current in found}
    without = [pk for pk, (_title, current) in titles.items() if current is None]
    others = Transcript.objects.filter(recording__in=without).order_by("created_at").values_list("recording", "pk")
    newest = dict(others) if without else {}
    opened = [(titles[pk][0], titles[pk][1] or newest.get(pk)) for pk in keys if pk in titles]
    return [(title, transcript) for title, transcript in opened if transcript]


def list_transcribed(page: Page) -> list[Recording]:
    """The recordings of a page, newest first, with their transcripts."""
    recordings = Recording.objects.filter(IN_USE, pk__in=page.keys).order_by("-created_at", "-id")
    return list(recordings.only("title").prefetch_related(Prefetch("transcripts", _list_transcripts())))


def list_chosen(user: User, keys: Collection[str]) -> list[Transcript]:
    """Those of the transcripts that the person may read."""
    known = [key for key in keys if ID.fullmatch(key)]
    if not known:
        return []
    transcripts = Transcript.objects.filter(access.is_of_member(user, "recording__"), pk__in=known)
    return list(transcripts.with_origin().select_related("recording").order_by("-created_at", "pk"))


def _list_transcripts() -> QuerySet[Transcript]:
    return Transcript.objects.with_origin().current_first()


def list_project_keys(user: User) -> list[tuple[bool, str, int]]:
    """The person's projects as `list_projects` orders them: whether it is somebody else's, its folded name, its key."""
    memberships = Membership.objects.filter(user=user.pk, project__binned_at=None)
    found = memberships.values_list("project__personal_of", "project__name", "project")
    return sorted((own != user.pk, name.casefold(), key) for own, name, key in found)


def list_projects(user: User) -> list[Project]:
    """The person's projects, their personal one first, then by name.

    Each has `role` (see `access.rights_of` for what it allows) and `recording_count`.
    """
    return _put_in_order(_find_projects(user), user)


def list_projects_with_members(user: User, keys: Collection[int]) -> list[Project]:
    """Those with these keys, each also with `member_count` and `asked_count`, of the moves out of it that wait."""
    members = Membership.objects.filter(project=OuterRef("pk")).order_by().values("project")
    asked = Move.objects.asked().filter(source=OuterRef("pk")).order_by().values("source")
    projects = _find_projects(user).filter(pk__in=keys)
    return _put_in_order(projects.annotate(member_count=_count(members), asked_count=_count(asked)), user)


def _find_projects(user: User) -> QuerySet[Project]:
    recordings = Recording.objects.filter(IN_USE, project=OuterRef("pk")).order_by().values("project")
    found: QuerySet[Project] = Project.objects.filter(binned_at=None, memberships__user=user.pk).annotate(
        role=F("memberships__role"), recording_count=_count(recordings)
    )
    return found


def _count(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(count=Count("*")).values("count")), 0)


def _put_in_order(projects: Iterable[Project], user: User) -> list[Project]:
    projects = list(projects)
    for project in projects:
        project.asked_by = Role(project.role)  # type: ignore[attr-defined]
    return sorted(
        projects, key=lambda project: (project.personal_of_id != user.pk, project.name.casefold(), project.pk)
    )


def get_project_details(project: Project) -> dict[str, Any]:
    """The project's members, owners first, and how much it contains."""
    rank = Case(*(When(role=role, then=Value(number)) for number, role in enumerate(Role)))
    return {
        "members": project.memberships.select_related("user").order_by(rank, "user__username"),
        "recording_count": project.recordings.filter(binned_at=None).count(),
    }


def get_moves(project: Project) -> dict[str, Any]:
    """The moves out of the project that wait for an owner, and those in and out of it that can still be undone."""
    moves = Move.objects.select_related("recording", "source", "target", "asked_by", "allowed_by", "undone_by")
    return {
        "asked_moves": moves.asked().filter(source=project),
        "moves": moves.shown().filter(Q(source=project) | Q(target=project)).order_by("-moved_at"),
    }


def get_default_options(project: Project) -> RecognitionOptions:
    """The options for new recordings of the project."""
    return parse_kept_options(project.options)


def parse_kept_options(kept: dict[str, Any]) -> RecognitionOptions:
    """The stored options; the defaults if an older version stored what is no longer valid."""
    try:
        return RecognitionOptions.from_mapping(kept)
    except OptionError:
        return RecognitionOptions()


def get_last_options(recording: Recording) -> RecognitionOptions:
    """The options of the recording's latest recognition."""
    newest = recording.transcriptions.order_by("-created_at").values_list("options", flat=True).first()
    return parse_kept_options(newest or {})
