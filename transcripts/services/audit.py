"""The audit: sign-ins, roles, links, moves, deletions and exports, with where the request came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from transcripts.enums import AuditEvent
from transcripts.models import AuditEntry, Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_find_address: ContextVar[Callable[[], str | None]] = ContextVar("find_address", default=lambda: None)


@contextmanager
def asked_from(find_address: Callable[[], str | None]) -> Iterator[None]:
    """What is recorded inside was asked for by a request from this IP address, which most requests need not know."""
    before = _find_address.set(find_address)
    try:
        yield
    finally:
        _find_address.reset(before)


def record(
    event: AuditEvent,
    *,
    by: User | None,
    project: Project | None = None,
    who: str = "",
    about: object = "",
    details: object = "",
) -> None:
    """Adds a line. Called inside a transaction, it stands or falls with what it tells of."""
    AuditEntry.objects.create(
        event=event,
        by=by if by and by.pk else None,  # Signing out of a deleted account
        who=who or (by.get_username() if by else ""),
        project=project,
        project_name=project.name if project else "",
        about=str(about)[:300],
        details=str(details)[:300],
        address=_find_address.get()(),
    )


def forget_addresses(*, of: User) -> None:
    """Forgets where a person's requests came from: their name is what others need to understand what happened."""
    AuditEntry.objects.filter(by=of).update(address=None)


def forget_old_entries() -> None:
    """But not those of projects on legal hold."""
    old = AuditEntry.objects.filter(at__lt=timezone.now() - timedelta(days=settings.AUDIT_DAYS))
    old.exclude(project__legal_hold=True).delete()
