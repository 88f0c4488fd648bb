"""Who has a transcript open and at which row: advice for people, never a guard of data."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from transcripts.models import Presence
from transcripts.queries.presence import GONE_AFTER
from transcripts.services.live.assignments import renew_assignments

SIGN_SECONDS = 4


def open_page(*, page: UUID, transcript: UUID, user: int, process: UUID) -> None:
    """A page was opened, or is served by another process now: the row it is at stays."""
    found = {"transcript_id": transcript, "process": process, "seen_at": timezone.now()}
    with suppress(IntegrityError):  # Somebody else's page has that name: it stays his.
        Presence.objects.update_or_create(page=page, user_id=user, defaults=found)


def move_to_row(*, page: UUID, transcript: UUID, user: int, row: int | None) -> None:
    """The person moved to another row. A page that nobody serves is not there."""
    Presence.objects.filter(page=page, transcript=transcript, user=user).update(row=row)


def close_page(*, page: UUID, process: UUID) -> None:
    Presence.objects.filter(page=page, process=process).delete()


def renew_process(*, process: UUID) -> None:
    """The process is alive, and its pages with it, and what people work on there; those of dead ones are forgotten."""
    renew_assignments(process=process)
    now = timezone.now()
    Presence.objects.filter(process=process).update(seen_at=now)
    Presence.objects.filter(seen_at__lt=now - 5 * GONE_AFTER).delete()
