"""What people did that others may have to ask about later."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from transcripts.enums import AuditEvent
from transcripts.models.projects import Project


class AuditEntry(models.Model):
    """One line of the audit: who did what, when and from where. Lines are added, and forgotten after `AUDIT_DAYS`.

    Names are kept as they were then, because what they name may be gone.
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    event = models.CharField(max_length=30, choices=AuditEvent.list_choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    who = models.CharField(max_length=150, blank=True, help_text="the person's user name; the one that was tried")
    project = models.ForeignKey(Project, models.SET_NULL, null=True, related_name="audit")
    project_name = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=300, blank=True, help_text="a recording's title, a person, a link's label")
    details = models.CharField(max_length=300, blank=True, help_text="a role, a format, the other project")
    address = models.GenericIPAddressField(null=True, help_text="where the request came from")

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["project", "-at"], name="audit_of_project")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} · {self.who} · {self.event}"

    def save(self, **options: Any) -> None:
        """Raises ValueError for a line that is stored already."""
        if self.pk:
            raise ValueError("the audit is only added to")
        super().save(**options)

    def delete(self, **_options: Any) -> Any:  # type: ignore[override]
        raise ValueError("the audit is only added to")
