"""Who did what, for those who may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcripts import access
from transcripts.models import AuditEntry, Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def list_audit(project: Project) -> QuerySet[AuditEntry]:
    """What happened in the project, the newest first."""
    return AuditEntry.objects.filter(project=project)


def list_whole_audit(user: User) -> QuerySet[AuditEntry]:
    """Everything, for administrators. Raises NotFound for others."""
    access.check_administrator(user)
    return AuditEntry.objects.all()
