"""Projects and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from transcripts.enums import AuditEvent, Role
from transcripts.errors import Gone, LastOwner, NotEmpty, NotShareable, OnHold
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Membership, Project, Transcription
from transcripts.models.bins import DELETED_FOR_GOOD, bin_start
from transcripts.services.audit import record
from transcripts.services.projects.invitations import revoke_invitation
from transcripts.services.projects.links import end_links
from transcripts.services.recordings.delete import remove_recording

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def set_default_options(*, project: Project, options: RecognitionOptions, by: User) -> None:
    Project.objects.filter(pk=project.pk).update(options=options.to_json())


def create_project(*, name: str, by: User) -> Project:
    with transaction.atomic():
        project = Project.objects.create(name=name)
        Membership.objects.create(project=project, user=by, role=Role.OWNER)
    return project


def change_project(*, project: Project, name: str, second_reader: bool, by: User) -> None:
    """Raises NotShareable for a personal project, whose only reader is its owner."""
    if project.personal_of_id:
        raise NotShareable
    Project.objects.filter(pk=project.pk).update(name=name, second_reader=second_reader)


def set_role(*, project: Project, user: User, role: Role, by: User) -> None:
    """Raises LastOwner, and Gone if the person is no longer a member."""
    with transaction.atomic():
        membership = _lock_membership(project, user)
        if membership.role == Role.OWNER != role:
            _keep_an_owner(project)
        Membership.objects.filter(pk=membership.pk).update(role=role)
        record(AuditEvent.ROLE_CHANGED, by=by, project=project, about=user, details=f"{membership.role} → {role}")
        end_links(project=project, by=by)


def remove_member(*, project: Project, user: User, by: User) -> None:
    """Removes the person from the project; people leave by removing themselves.

    The links that the person made end. If somebody else removes them, so do the invitations for anyone, as they may
    know one. Raises LastOwner, and Gone if they are no longer a member.
    """
    with transaction.atomic():
        membership = _lock_membership(project, user)
        if membership.role == Role.OWNER:
            _keep_an_owner(project)
        membership.delete()
        record(AuditEvent.LEFT, by=by, project=project, about=user, details=membership.role)
        end_links(project=project, by=by)
        if by != user:
            for invitation in project.invitations.filter(once=False):
                revoke_invitation(invitation=invitation, by=by)


def bin_project(*, project: Project, with_recordings: bool, by: User) -> None:
    """Puts the project into the bin, with its recordings if `with_recordings`; else raises NotEmpty if there are any.

    Raises NotShareable for a personal project, and OnHold.
    """
    if project.personal_of_id:
        raise NotShareable
    with transaction.atomic():
        lock_project(project)
        if not with_recordings and project.recordings.filter(binned_at=None).exists():
            raise NotEmpty
        put_into_bin(project, by=by)
        record(AuditEvent.BINNED, by=by, project=project, about=project)


def put_into_bin(project: Project, *, by: User | None) -> None:
    """Hides the project from everybody, personal or not, and cancels what is being recognised in it. Raises OnHold."""
    if _is_on_hold(project):
        raise OnHold
    Project.objects.filter(pk=project.pk, binned_at=None).update(
        binned_at=timezone.now(), binned_by=by, personal_of=None
    )
    Transcription.objects.filter(recording__project=project.pk).cancel()


def restore_project(*, project: Project, by: User) -> None:
    """Brings the project back out of the bin. Whoever brings back one without members becomes its owner.

    Raises Gone if its time in the bin is over.
    """
    with transaction.atomic():
        lock_project(project)
        binned = Project.objects.filter(pk=project.pk, binned_at__gte=bin_start())
        if not binned.update(binned_at=None, binned_by=None, retention_set_at=timezone.now()):
            raise Gone
        record(AuditEvent.RESTORED, by=by, project=project, about=project)
        if not project.memberships.exists():
            Membership.objects.create(project=project, user=by, role=Role.OWNER)


def delete_project(*, project: Project, by: User) -> None:
    """Deletes a project from the bin for good. Raises Gone if somebody has brought it back meanwhile, and OnHold."""
    with transaction.atomic():
        if _is_on_hold(project):
            raise OnHold
        if not Project.objects.filter(pk=project.pk, binned_at__isnull=False).update(binned_at=DELETED_FOR_GOOD):
            raise Gone
        record(AuditEvent.DELETED, by=by, project=project, about=project)
    _remove_project(project)


def remove_due_projects() -> None:
    """Removes the projects whose time in the bin is over."""
    for project in Project.objects.filter(binned_at__lt=bin_start()):
        if not _is_on_hold(project):
            _remove_project(project)


def _is_on_hold(project: Project) -> bool:
    """Whether it is on legal hold, or a recording in it."""
    held = Project.objects.filter(Q(legal_hold=True) | Q(recordings__legal_hold=True), pk=project.pk)
    return held.exists()


def _remove_project(project: Project) -> None:
    for recording in project.recordings.all():
        remove_recording(recording)
    if not project.recordings.exists():  # A backup may hold them.
        Project.objects.filter(pk=project.pk).delete()


def lock_project(project: Project) -> None:
    """Raises Gone if it was deleted, or put into or taken out of the bin since it was read."""
    there = Project.objects.select_for_update().filter(pk=project.pk, binned_at__isnull=project.binned_at is None)
    if there.first() is None:
        raise Gone


def _lock_membership(project: Project, user: User) -> Membership:
    """Locks the project and gets the membership: of two owners who leave at the same time one stays."""
    lock_project(project)
    membership = Membership.objects.filter(project=project, user=user).first()
    if membership is None:
        raise Gone
    return membership


def _keep_an_owner(project: Project) -> None:
    if project.memberships.filter(role=Role.OWNER).count() < 2:
        raise LastOwner
