"""Sessions of people who are signed in, or on their way there."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.utils import timezone

AT_ONCE = 1000


def forget_ended_sessions() -> None:
    """Deletes them in short transactions."""
    ended = Session.objects.filter(expire_date__lt=timezone.now()).order_by("pk")
    while keys := list(ended.values_list("pk", flat=True)[:AT_ONCE]):
        Session.objects.filter(pk__in=keys).delete()
