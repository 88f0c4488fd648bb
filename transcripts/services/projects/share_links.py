"""Links that show one transcript to people without an account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from transcripts.enums import AuditEvent, LinkRole
from transcripts.models import ShareLink, Transcript
from transcripts.services.audit import record

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def create_share_link(*, transcript: Transcript, role: LinkRole, days: int, label: str = "", by: User) -> ShareLink:
    expires_at = timezone.now() + timedelta(days=days)
    recording = transcript.recording
    with transaction.atomic():
        details = f"{role} {label}".strip()
        record(AuditEvent.LINK_CREATED, by=by, project=recording.project, about=recording, details=details)
        return ShareLink.objects.create(
            transcript=transcript, role=role, label=label, expires_at=expires_at, made_by=by
        )


def revoke_share_link(*, link: ShareLink, by: User) -> None:
    """Open pages of the link learn of it within a second."""
    recording = link.transcript.recording
    with transaction.atomic():
        record(AuditEvent.LINK_REVOKED, by=by, project=recording.project, about=recording, details=link.label)
        link.delete()
