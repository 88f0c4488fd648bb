"""Deleting an account: what goes with it, and what stays under its name for those who work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import CASCADE, SET_NULL, Count, Exists, OuterRef, Q

from transcripts.enums import AuditEvent, Role
from transcripts.errors import LastOwner
from transcripts.models import Assignment, Mail, Membership, Project, Recording
from transcripts.services.audit import forget_addresses, record
from transcripts.services.projects.projects import put_into_bin, remove_member
from transcripts.services.projects.share_links import revoke_share_link

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
    counted = Project.objects.filter(binned_at=None).annotate(owners=owners, people=Count("memberships"))
    last = counted.filter(owners=1, pk__in=user.memberships.filter(role=Role.OWNER).values("project"))
    last = last.order_by("name", "pk")
    gone = [project for project in last if project.people == 1]
    administrators = get_user_model().objects.filter(is_superuser=True, is_active=True)
    return DeletionEffects(
        held=[project for project in last if project.people > 1],
        gone=gone,
        recordings=Recording.objects.filter(project__in=gone, binned_at=None).count(),
        is_last_administrator=user.is_superuser and not administrators.exclude(pk=user.pk).exists(),
    )


def delete_account(*, user: User) -> None:
    """Deletes the account; projects that nobody else is in go to the bin. Raises LastOwner where others depend on it.

    What the person did in projects stays there under their name: then the account is emptied, and nobody can sign in to
    it or take its name.
    """
    effects = get_deletion_effects(user)
    if not effects.is_possible:
        raise LastOwner
    with transaction.atomic():
        bin_what_nobody_else_has(user)
        for membership in (
            user.memberships.filter(project__binned_at=None).select_related("project").order_by("project")
        ):
            remove_member(project=membership.project, user=user, by=user)
        for link in user.share_links.all():
            revoke_share_link(link=link, by=user)
        forget_addresses(of=user)
        addresses = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
        Mail.objects.filter(to__in=[user.email or None, *addresses]).delete()
        record(AuditEvent.ACCOUNT_DELETED, by=None, who=user.get_username(), about=user)
        Assignment.objects.filter(claimed_by=user).update(claimed_by=None, lease_until=None)
        if _has_left_something(user):
            _empty_account(user)
        else:
            user.delete()


def bin_what_nobody_else_has(user: User) -> None:
    """Puts the projects of which the person is the only member into the bin, where an administrator finds them."""
    others = Membership.objects.filter(project=OuterRef("pk")).exclude(user=user)
    for project in Project.objects.filter(~Exists(others), binned_at=None, members=user.pk):
        put_into_bin(project, by=user)


def forget_emptied_accounts() -> None:
    """Deletes the accounts that were kept for what they had left, once nothing of it is there any more."""
    emptied = get_user_model().objects.filter(
        is_active=False, email="", last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX, imported_person=None
    )
    for user in emptied:
        if not _has_left_something(user):
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
