"""Reads of who has a transcript open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from transcripts.models import Presence

GONE_AFTER = timedelta(seconds=12)
"""A page counts as closed when its process has given no sign of life for so long."""
MOST_PEOPLE = 50

Person = dict[str, Any]


def list_people(transcripts: Collection[UUID]) -> dict[UUID, list[Person]]:
    """The open pages of each transcript: `{"page", "user", "name", "row"}`. If there are many, those at a row first."""
    presences = Presence.objects.filter(transcript__in=transcripts, seen_at__gt=timezone.now() - GONE_AFTER).order_by(
        F("row").asc(nulls_last=True), "page"
    )
    people: dict[UUID, list[Person]] = defaultdict(list)
    for page, transcript, user, name, row in presences.values_list(
        "page", "transcript", "user", "user__username", "row"
    ):
        if len(people[transcript]) < MOST_PEOPLE:
            people[transcript].append({"page": str(page), "user": user, "name": name, "row": row})
    return people
