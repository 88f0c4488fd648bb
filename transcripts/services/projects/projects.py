"""Projects and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from transcripts.enums import Role
from transcripts.errors import Gone, LastOwner, NotEmpty, NotShareable
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Invitation, Membership, Project, Recording
from transcripts.services.recordings.delete import delete_recording

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
            _revoke_links(Q(project=project, made_by=user))
        Membership.objects.filter(pk=membership.pk).update(role=role)


def remove_member(*, project: Project, user: User, by: User) -> None:
    """Removes the person from the project; people leave by removing themselves.

    The links that the person made are deleted too. If somebody else removes them, so are the links that anyone may use,
    as they may know one. Raises LastOwner, and Gone if they are no longer a member.
    """
    with transaction.atomic():
        membership = _lock_membership(project, user)
        if membership.role == Role.OWNER:
            _keep_an_owner(project)
        membership.delete()
        known = Q(made_by=user) if by == user else Q(made_by=user) | Q(once=False)
        _revoke_links(Q(project=project) & known)


def delete_project(*, project: Project, with_recordings: bool, by: User) -> None:
    """Deletes the project, with its recordings if `with_recordings`; else raises NotEmpty if there are any.

    Recordings are deleted one by one: after an interruption the rest can be deleted again. Raises NotShareable for a
    personal project.
    """
    if project.personal_of_id:
        raise NotShareable
    if with_recordings:
        for recording in list(project.recordings.all()):
            delete_recording(recording=recording, by=by)
    with transaction.atomic():
        _lock_project(project)
        if project.recordings.exists():
            raise NotEmpty
        project.delete()


def move_recording(*, recording: Recording, project: Project, by: User) -> None:
    """Moves the recording with everything in it to another project.

    Only the row changes: a worker that is busy with it carries on. Raises Gone if somebody has deleted or moved the
    recording or deleted the project meanwhile.
    """
    with transaction.atomic():
        _lock_project(project)
        if not Recording.objects.filter(pk=recording.pk, project=recording.project_id).update(project=project):
            raise Gone
    recording.project = project


def _lock_project(project: Project) -> None:
    if Project.objects.select_for_update().filter(pk=project.pk).first() is None:
        raise Gone


def _lock_membership(project: Project, user: User) -> Membership:
    """Locks the project and gets the membership: of two owners who leave at the same time one stays."""
    _lock_project(project)
    membership = Membership.objects.filter(project=project, user=user).first()
    if membership is None:
        raise Gone
    return membership


def _keep_an_owner(project: Project) -> None:
    if project.memberships.filter(role=Role.OWNER).count() < 2:
        raise LastOwner


def _revoke_links(which: Q) -> None:
    Invitation.objects.filter(which).delete()
