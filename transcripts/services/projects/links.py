"""Links of a project: they end with the right to make them, and an owner ends all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from transcripts import access
from transcripts.enums import Action
from transcripts.models import Invitation, Project, ShareLink
from transcripts.services.projects.invitations import revoke_invitation
from transcripts.services.projects.share_links import revoke_share_link

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PROJECT = "transcript__recording__project"


def end_links(*, project: Project, by: User) -> None:
    """Revokes the share links and invitations whose makers may not make them any more."""
    _revoke_all(
        ShareLink.objects.filter(~access.maker_may(Action.SHARE, PROJECT), **{PROJECT: project}),
        Invitation.objects.filter(~access.maker_may(Action.MANAGE, "project"), project=project),
        by,
    )


def revoke_links(*, project: Project, by: User) -> None:
    """Revokes the share links of all transcripts and the invitations, whoever made them."""
    _revoke_all(ShareLink.objects.filter(**{PROJECT: project}), Invitation.objects.filter(project=project), by)


def _revoke_all(links: Iterable[ShareLink], invitations: Iterable[Invitation], by: User) -> None:
    with transaction.atomic():
        for link in links:
            revoke_share_link(link=link, by=by)
        for invitation in invitations:
            revoke_invitation(invitation=invitation, by=by)
