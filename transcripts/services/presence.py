"""Who has a transcript open and at which row: advice for people, never a guard of data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F
from django.utils import timezone

from transcripts.models import Presence
from transcripts.services import pieces

GONE = timedelta(seconds=12)
"""After so long without a sign of the process that serves it a page counts as left."""
SIGN_SECONDS = 4
MOST_PEOPLE = 50

Person = dict[str, Any]


def come(*, page: UUID, transcript: UUID, user: int, process: UUID) -> None:
    """A page was opened, or is served by another process now: the row it is at stays."""
    found = {"transcript_id": transcript, "process": process, "seen_at": timezone.now()}
    with suppress(IntegrityError):  # Somebody else's page has that name: it stays his.
        Presence.objects.update_or_create(page=page, user_id=user, defaults=found)


def at(*, page: UUID, transcript: UUID, user: int, row: int | None) -> None:
    """The person moved to another row. A page that nobody serves is not there."""
    Presence.objects.filter(page=page, transcript=transcript, user=user).update(row=row)


def leave(*, page: UUID, process: UUID) -> None:
    Presence.objects.filter(page=page, process=process).delete()


def sign(*, process: UUID) -> None:
    """The process is alive, and its pages with it, and what people work on there; those of dead ones are forgotten."""
    pieces.renew(process=process)
    now = timezone.now()
    Presence.objects.filter(process=process).update(seen_at=now)
    Presence.objects.filter(seen_at__lt=now - 5 * GONE).delete()


def here(transcripts: Collection[UUID]) -> dict[UUID, list[Person]]:
    """The pages of each transcript: `{"page", "user", "name", "row"}`. Of very many, those first that are at a row."""
    found = Presence.objects.filter(transcript__in=transcripts, seen_at__gt=timezone.now() - GONE).order_by(
        F("row").asc(nulls_last=True), "page"
    )
    people: dict[UUID, list[Person]] = defaultdict(list)
    for page, transcript, user, name, row in found.values_list("page", "transcript", "user", "user__username", "row"):
        if len(people[transcript]) < MOST_PEOPLE:
            people[transcript].append({"page": str(page), "user": user, "name": name, "row": row})
    return people
