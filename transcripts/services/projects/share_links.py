"""Links that show one transcript to people without an account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from transcripts.enums import LinkRole
from transcripts.models import ShareLink, Transcript

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def create_share_link(*, transcript: Transcript, role: LinkRole, days: int, label: str = "", by: User) -> ShareLink:
    expires_at = timezone.now() + timedelta(days=days)
    return ShareLink.objects.create(transcript=transcript, role=role, label=label, expires_at=expires_at, made_by=by)


def revoke_share_link(*, link: ShareLink, by: User) -> None:
    """Open pages of the link learn of it within a second."""
    link.delete()
