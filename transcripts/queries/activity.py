"""What goes on in recordings: who is in them now, and comments that are open."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from transcripts.models import Recording
from transcripts.queries.comments import select_threads
from transcripts.queries.presence import list_people


def add_activity(recordings: Iterable[Recording]) -> None:
    """Gives each `people`, who have its current transcript open, and `open_threads` of comments on that."""
    current = {shown[0].pk: one for one in recordings if (shown := one.transcripts.all()[:1])}
    for one in recordings:
        one.people, one.open_threads = [], 0  # type: ignore[attr-defined]
    if not current:
        return
    for pk, people in list_people(list(current)).items():
        current[pk].people = people  # type: ignore[attr-defined]
    threads = select_threads().filter(transcript__in=current, resolved_at=None)
    counted = threads.order_by().values_list("transcript").annotate(count=Count("pk"))
    for pk, count in counted:
        current[pk].open_threads = count  # type: ignore[attr-defined]
