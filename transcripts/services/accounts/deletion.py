"""Deleting an account: what goes with it, and what stays under its name for those who work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CASCADE, SET_NULL, Count, Q

from transcripts.enums import Role
from transcripts.errors import LastOwner
from transcripts.models import Assignment, Project, Recording
from transcripts.services.projects.projects import remove_member
from transcripts.services.recordings.delete import delete_recording
from transcripts.services.recordings.uploads import forget_upload

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class DeletionEffects:
    """`held`: shared projects whose last owner the person is; `gone`: their own, and those without other members."""

    held: Sequence[Project]
    gone: Sequence[Project]
    recordings: int
    is_last_administrator: bool

    @property
    def is_possible(self) -> bool:
        return not self.held and not self.is_last_administrator


def get_deletion_effects(user: User) -> DeletionEffects:
    """What deleting the account would mean."""
    owners = Count("memberships", filter=Q(memberships__role=Role.OWNER))
    counted = Project.objects.annotate(owners=owners, people=Count("memberships")).order_by("name", "pk")
    last = counted.filter(owners=1, pk__in=user.memberships.filter(role=Role.OWNER).values("project"))
    gone = [project for project in last if project.people == 1]
    administrators = get_user_model().objects.filter(is_superuser=True, is_active=True)
    return DeletionEffects(
        held=[project for project in last if project.people > 1],
        gone=gone,
        recordings=Recording.objects.filter(project__in=gone).count(),
        is_last_administrator=user.is_superuser and not administrators.exclude(pk=user.pk).exists(),
    )


def delete_account(*, user: User) -> None:
    """Deletes the account and the projects that nobody else is in. Raises LastOwner where others depend on it.

    What the person did in other projects stays there under their name: then the account is emptied, and nobody can sign
    in to it or take its name. Recordings are deleted one by one: after an interruption the rest can be deleted again.
    """
    effects = get_deletion_effects(user)
    if not effects.is_possible:
        raise LastOwner
    for recording in Recording.objects.filter(project__in=effects.gone):
        delete_recording(recording=recording, by=user)
    for upload in user.uploads.all():
        forget_upload(upload=upload)
    with transaction.atomic():
        Project.objects.filter(pk__in=[project.pk for project in effects.gone]).delete()
        for membership in user.memberships.select_related("project").order_by("project"):
            remove_member(project=membership.project, user=user, by=user)
        Assignment.objects.filter(claimed_by=user).update(claimed_by=None, lease_until=None)
        if _has_left_something(user):
            _empty_account(user)
        else:
            user.delete()


def _has_left_something(user: User) -> bool:
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: user.pk}).exists()
        for relation in user._meta.related_objects
        if relation.on_delete is SET_NULL
    )


def _empty_account(user: User) -> None:
    """Keeps the name and removes what belongs to the account alone: addresses, ways in, preferences, notices."""
    for relation in user._meta.related_objects:
        if relation.on_delete is CASCADE:
            relation.related_model._base_manager.filter(**{relation.field.name: user.pk}).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.is_active = user.is_staff = user.is_superuser = False
    user.email = user.first_name = user.last_name = ""
    user.last_login = None
    user.set_unusable_password()
    user.save()
