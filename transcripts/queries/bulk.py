"""Reads of bulk actions: how many recordings one would change, and how far those of a person are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Count, Q

from transcripts import access
from transcripts.enums import Action, BulkItemState
from transcripts.models import BulkAction, Project, Recording

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

REASONS_SHOWN = 5
TAG_ACTIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class BulkCount:
    """Of the chosen recordings: how many the person may do it with, and how many of these only an owner can move."""

    chosen: int
    allowed: int
    asked: int = 0

    @property
    def left(self) -> int:
        return self.chosen - self.allowed


def count_allowed(action: Action, recordings: QuerySet[Recording], user: User, *, moves: bool = False) -> BulkCount:
    counts = {"chosen": Count("pk"), "allowed": Count("pk", filter=Q(access.membership_allows(user, action)))}
    if moves:
        counts["free"] = Count("pk", filter=Q(access.membership_allows(user, Action.MOVE)))
    found = recordings.order_by().aggregate(**counts)
    asked = found["allowed"] - found["free"] if moves else 0
    return BulkCount(chosen=found["chosen"], allowed=found["allowed"], asked=asked)


def list_people(recordings: QuerySet[Recording]) -> list[User]:
    """The members of these recordings' projects, by name."""
    projects = recordings.order_by().values("project")
    return list(get_user_model().objects.filter(memberships__project__in=projects).distinct().order_by("username"))


def get_bulk_action(user: User, pk: UUID) -> BulkAction | None:
    return _list_counted(user).filter(pk=pk).first()


def list_bulk_actions(user: User) -> list[BulkAction]:
    """Those of the person that they have not put away, newest first, without what they did to a project's tags."""
    shown = _list_counted(user).filter(dismissed=False).exclude(details__has_key="tags_of")
    return list(shown.order_by("-created_at"))


def list_tag_actions(user: User, project: Project) -> list[BulkAction]:
    """What the person did last to tags of the project, newest first."""
    shown = _list_counted(user).filter(dismissed=False, details__tags_of=project.pk)
    return list(shown.order_by("-created_at")[:TAG_ACTIONS_SHOWN])


def _list_counted(user: User) -> QuerySet[BulkAction]:
    """With `total`, and how many items are `done`, `refused` and `undone`, and `kept` by an undo."""
    states = {
        "done": Q(items__state=BulkItemState.DONE),
        "refused": Q(items__state=BulkItemState.REFUSED),
        "undone": Q(items__state=BulkItemState.UNDONE),
        "kept": Q(items__state=BulkItemState.DONE) & ~Q(items__error=""),
    }
    counted: dict[str, Any] = {name: Count("items", filter=state) for name, state in states.items()}
    actions: QuerySet[BulkAction] = BulkAction.objects.filter(by=user).annotate(total=Count("items"), **counted)
    return actions


def list_reasons(action: BulkAction) -> list[tuple[str, int]]:
    """Why it or its undo was not possible, and with how many, the most frequent first."""
    refused = action.items.exclude(error="").order_by().values_list("error").annotate(count=Count("pk"))
    return list(refused.order_by("-count", "error")[:REASONS_SHOWN])
