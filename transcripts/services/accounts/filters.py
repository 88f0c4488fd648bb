"""Filters of the library that people keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcripts.models import KeptFilter

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_KEPT = 50


def keep_filter(*, name: str, query: str, by: User) -> None:
    """One of this name is replaced, and of too many the oldest goes."""
    KeptFilter.objects.update_or_create(user=by, name=name, defaults={"query": query})
    left = KeptFilter.objects.filter(user=by).order_by("-pk").values_list("pk", flat=True)[MOST_KEPT:]
    KeptFilter.objects.filter(pk__in=list(left)).delete()


def forget_filter(*, kept: KeptFilter, by: User) -> None:
    kept.delete()
