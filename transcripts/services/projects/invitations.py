"""Links by which people become members of a project."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from transcripts import access
from transcripts.enums import AuditEvent, Role
from transcripts.errors import InvitationOver, NotShareable
from transcripts.messages import INVITATION
from transcripts.models import Invitation, Membership, Project
from transcripts.services.audit import record

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SESSION_KEY = "invitation"
"""Where the token waits in the session while its bearer signs in or up."""


def find_invitation(token: str) -> Invitation | None:
    """The invitation if it works now: neither forged, revoked, expired nor used up, by somebody who may invite."""
    return access.open_invitations().of_token(token).select_related("project", "made_by").first()


def accept_invitation(*, token: str, by: User) -> Membership:
    """Makes the person a member. Members keep their role and do not use up the invitation.

    Raises InvitationOver if the link is not valid (any more): of two people with a link for one, one gets in.
    """
    with transaction.atomic():
        invitation = find_invitation(token)
        if invitation is None:
            raise InvitationOver
        membership, is_new = Membership.objects.get_or_create(
            project=invitation.project, user=by, defaults={"role": invitation.role}
        )
        if is_new and not Invitation.objects.unused().filter(pk=invitation.pk).update(uses=F("uses") + 1):
            raise InvitationOver
        if is_new:
            project = invitation.project
            record(AuditEvent.JOINED, by=by, project=project, about=by, details=membership.role)
    return membership


def create_invitation(*, project: Project, role: Role, days: int, once: bool, by: User) -> Invitation:
    """Raises NotShareable for a personal project."""
    if project.personal_of_id:
        raise NotShareable
    expires_at = timezone.now() + timedelta(days=days)
    with transaction.atomic():
        record(AuditEvent.LINK_CREATED, by=by, project=project, about=INVITATION, details=role)
        return Invitation.objects.create(project=project, role=role, expires_at=expires_at, once=once, made_by=by)


def revoke_invitation(*, invitation: Invitation, by: User) -> None:
    with transaction.atomic():
        record(AuditEvent.LINK_REVOKED, by=by, project=invitation.project, about=INVITATION)
        invitation.delete()


def forget_expired_invitations() -> None:
    """Deletes invitations that expired long ago; until then their makers see that they have expired."""
    Invitation.objects.filter(expires_at__lt=timezone.now() - timedelta(days=30)).delete()
