"""Counts how long people work on transcripts, from what their pages tell.

A page tells it at most every 20 s while its person is at work (`static/js/lib/activity.js`). The server's clock counts:
the time from one such moment to the next, whichever page tells it, is work if it is not longer than `LONGEST_PAUSE`.
So a person's time is counted once, however many pages and transcripts they have open.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from transcripts.models import Effort, Membership

LONGEST_PAUSE = timedelta(seconds=60)


def record_effort(*, transcript: UUID, user: int, idle_ms: int) -> None:
    """Records that the person was at work on the transcript `idle_ms` ago."""
    with suppress(IntegrityError), transaction.atomic():  # The transcript may be deleted meanwhile.
        # What a person's pages say at the same time is taken one after the other, as it is on SQLite anyway.
        list(User.objects.select_for_update(no_key=True).filter(pk=user).values_list("pk"))
        now = timezone.now()
        moment = now - min(timedelta(milliseconds=idle_ms), LONGEST_PAUSE)
        theirs = Effort.objects.filter(user=user)
        # A moment far in the future comes from a clock that was wrong: it must not stop the count until then.
        known = theirs.filter(seen_at__lte=now + LONGEST_PAUSE)
        last = known.aggregate(last=Max("seen_at"))["last"]
        if last and moment <= last:
            return
        worked = moment - last if last and moment - last <= LONGEST_PAUSE else timedelta()
        ms = worked // timedelta(milliseconds=1)
        if not theirs.filter(transcript=transcript).update(ms=F("ms") + ms, seen_at=moment):
            Effort.objects.create(transcript_id=transcript, user_id=user, ms=ms, began_at=moment, seen_at=moment)


def share_effort(*, project: int, on: bool, by: User) -> bool:
    """Shares one's work time with the members of a project, or no longer. Returns False where one is no member."""
    shared = Membership.objects.filter(project=project, project__binned_at=None, user=by)
    return bool(shared.update(shares_effort=on))
