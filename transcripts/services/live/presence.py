"""Who has a transcript open, and at which row. It informs people and restricts nobody."""

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
    """Records a page that was opened or moved to another process, in which case it keeps its row."""
    fields = {"transcript_id": transcript, "process": process, "seen_at": timezone.now()}
    with suppress(IntegrityError):  # Somebody else's page has that id: it stays theirs.
        Presence.objects.update_or_create(page=page, user_id=user, defaults=fields)


def move_to_row(*, page: UUID, transcript: UUID, user: int, row: int | None) -> None:
    """Records that the person moved to another row. Does nothing for a page that no process serves."""
    Presence.objects.filter(page=page, transcript=transcript, user=user).update(row=row)


def close_page(*, page: UUID, process: UUID) -> None:
    Presence.objects.filter(page=page, process=process).delete()


def renew_process(*, process: UUID) -> None:
    """Renews the presence and claims of the process's pages, and removes pages of dead processes."""
    renew_assignments(process=process)
    now = timezone.now()
    Presence.objects.filter(process=process).update(seen_at=now)
    Presence.objects.filter(seen_at__lt=now - 5 * GONE_AFTER).delete()
