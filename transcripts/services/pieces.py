"""Sharing a long recording out: pieces that people claim, each with a lease that working renews.

A claim tells people who is where. It never guards data: whoever may edit the transcript may edit every row of it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from transcripts.errors import Claimed, Gone
from transcripts.models import Change, Piece, Presence, Transcript
from transcripts.services import asides, changing
from transcripts.text import stretches

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEASE = timedelta(minutes=15)
"""How long a piece stays somebody's without a change by him, and without a page of his on which it is open."""
RENEWAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class State:
    """A piece, who works on it, and how far its rows are verified; `until` is when the claim would end."""

    piece: Piece
    number: int
    holder: User | None
    until: datetime | None
    rows: int
    verified: int
    ms: int
    verified_ms: int

    @property
    def is_done(self) -> bool:
        return self.verified == self.rows

    @property
    def is_free(self) -> bool:
        return self.holder is None and not self.is_done


def states(transcript: Transcript) -> list[State]:
    """All pieces in the order of time, by three queries."""
    pieces = list(transcript.pieces.select_related("claimed_by"))
    if not pieces:
        return []
    found = [[0, 0, 0, 0] for _piece in pieces]
    starts = [piece.start_ms for piece in pieces]
    rows = transcript.utterances.standing().order_by().values_list("start_ms", "end_ms", "verified_at")
    for start_ms, end_ms, verified_at in rows:
        one = found[max(0, bisect_right(starts, start_ms) - 1)]
        share = end_ms - start_ms
        for index, value in enumerate((1, bool(verified_at), share, share if verified_at else 0)):
            one[index] += value
    until = _until(transcript, pieces)
    return [
        State(piece, number, piece.claimed_by if piece.pk in until else None, until.get(piece.pk), *counted)
        for number, (piece, counted) in enumerate(zip(pieces, found, strict=True), 1)
    ]


def cut(*, transcript: Transcript, minutes: int) -> list[Piece]:
    """Cuts the recording at pauses into pieces of about so many minutes, in place of those there were."""
    with transaction.atomic():
        transcript = changing.lock(transcript.pk)
        rows = list(transcript.utterances.standing().values_list("start_ms", "end_ms"))
        transcript.pieces.all().delete()
        asides.tell(transcript)
        spans = stretches.cut(rows, minutes * 60_000)
        return Piece.objects.bulk_create(
            Piece(transcript=transcript, start_ms=start, end_ms=end) for start, end in spans
        )


def remove(*, transcript: Transcript) -> None:
    """Does without pieces."""
    with transaction.atomic():
        transcript = changing.lock(transcript.pk)
        transcript.pieces.all().delete()
        asides.tell(transcript)


def claim(*, transcript: Transcript, piece: int, by: User, over: bool = False) -> None:
    """The piece is the person's. Raises Claimed where it is somebody else's, unless he takes it `over`; and Gone."""
    with transaction.atomic():
        transcript = changing.lock(transcript.pk)
        state = _state(transcript, piece)
        if state.holder and state.holder.pk != by.pk and not over:
            raise Claimed(state.holder.get_username())
        _give(transcript, state.piece, by)


def claim_next(*, transcript: Transcript, by: User) -> Piece | None:
    """The first piece with unverified rows that nobody works on is the person's; None where there is none."""
    with transaction.atomic():
        transcript = changing.lock(transcript.pk)
        free = next((state.piece for state in states(transcript) if state.is_free), None)
        if free is not None:
            _give(transcript, free, by)
        return free


def hand_back(*, transcript: Transcript, piece: int, by: User) -> None:
    """The piece is free again. Raises Gone; nothing happens where it is not the person's."""
    with transaction.atomic():
        transcript = changing.lock(transcript.pk)
        state = _state(transcript, piece)
        if state.piece.claimed_by_id == by.pk:
            _give(transcript, state.piece, None)


def renew(*, process: UUID) -> None:
    """What people who have the transcript open on a page of this web process work on stays theirs."""
    now = timezone.now()
    here = Presence.objects.filter(process=process, transcript=OuterRef("transcript"), user=OuterRef("claimed_by"))
    due = Piece.objects.filter(claimed_by__isnull=False, lease_until__lt=now + LEASE - RENEWAL)
    if due.filter(Exists(here)).exists():
        due.filter(Exists(here)).update(lease_until=now + LEASE)


def _state(transcript: Transcript, piece: int) -> State:
    found = next((state for state in states(transcript) if state.piece.pk == piece), None)
    if found is None:
        raise Gone
    return found


def _give(transcript: Transcript, piece: Piece, to: User | None) -> None:
    piece.claimed_by = to
    piece.lease_until = timezone.now() + LEASE if to else None
    piece.save(update_fields=["claimed_by", "lease_until"])
    asides.tell(transcript)


def _until(transcript: Transcript, pieces: list[Piece]) -> dict[int, datetime]:
    """The ends of the claims that last, by piece. A change by whom it belongs to renews it."""
    now = timezone.now()
    people = {piece.claimed_by_id for piece in pieces if piece.claimed_by_id}
    recent = Change.objects.filter(transcript=transcript, by__in=people, at__gt=now - LEASE).order_by()
    worked = dict(recent.values_list("by").annotate(last=Max("at"))) if people else {}
    ends = {
        piece.pk: max(end for end in (piece.lease_until, _after(worked.get(piece.claimed_by_id))) if end)
        for piece in pieces
        if piece.claimed_by_id and piece.lease_until
    }
    return {pk: end for pk, end in ends.items() if end > now}


def _after(worked: datetime | None) -> datetime | None:
    return worked and worked + LEASE
