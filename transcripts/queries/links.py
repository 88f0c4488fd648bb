"""Reads of links, for the people who may revoke them."""

from __future__ import annotations

from django.db.models import QuerySet

from transcripts import access
from transcripts.enums import Action
from transcripts.models import Invitation, Project, ShareLink, Transcript


def list_share_links(of: Project | Transcript) -> QuerySet[ShareLink]:
    """Those of a transcript, or of all in a project; `is_allowed` says whether the maker may still share."""
    project = "transcript__recording__project"
    links = ShareLink.objects.filter(**{project if isinstance(of, Project) else "transcript": of})
    allowed = links.annotate(is_allowed=access.maker_may(Action.SHARE, project))
    return allowed.select_related("made_by", "transcript__recording")


def list_invitations(project: Project) -> QuerySet[Invitation]:
    """`is_allowed` says whether the maker may still invite."""
    allowed = project.invitations.annotate(is_allowed=access.maker_may(Action.MANAGE, "project"))
    return allowed.select_related("made_by")
