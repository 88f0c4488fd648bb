"""Who has a transcript open, and at which row. It informs people and restricts nobody."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone

from transcripts.models import Presence
from transcripts.queries.presence import GONE_AFTER
from transcripts.services.live.assignments import renew_assignments

SIGN_SECONDS = 4


def open_page(*, page: UUID, transcript: UUID, user: int, process: UUID) -> bool:
    """Records a page that was opened or moved to another process, in which case it keeps its row.

    False if somebody else's page has that id: it stays theirs.
    """
    fields = {"transcript_id": transcript, "process": process, "seen_at": timezone.now()}
    try:
        Presence.objects.update_or_create(page=page, user_id=user, defaults=fields)
    except IntegrityError:
        return False
    return True


def move_to_row(*, page: UUID, transcript: UUID, user: int, row: int | None) -> None:
    """Records that the person moved to another row. Does nothing for a page that no process serves."""
    Presence.objects.filter(page=page, transcript=transcript, user=user).update(row=row)


def close_page(*, page: UUID, user: int, process: UUID) -> None:
    Presence.objects.filter(page=page, user=user, process=process).delete()


def renew_process(*, process: UUID, pages: Collection[UUID]) -> None:
    """Renews the presence and claims of the pages that the process serves.

    Removes those that it does not serve any more, although it recorded them, and those of dead processes.
    """
    now = timezone.now()
    Presence.objects.filter(process=process, page__in=pages).update(seen_at=now)
    left = Q(process=process) & ~Q(page__in=pages)
    Presence.objects.filter(left | Q(seen_at__lt=now - 5 * GONE_AFTER)).delete()
    renew_assignments(process=process)
