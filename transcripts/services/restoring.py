"""Putting back what stood earlier: a row, the transcript, or all but what one person did. Each is a new change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict
from transcripts.models import Revision, Transcript, Utterance
from transcripts.services import changing, history

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def restore_row(*, row: Utterance, version: int, base_version: int, by: User, request_key: str = "") -> list[Utterance]:
    """The row as it was at an earlier version of its own, also one that was deleted.

    Raises EditConflict where it has changed since `base_version`.
    """
    with transaction.atomic():
        transcript = changing.lock(row.transcript_id)
        if repeated := changing.earlier(transcript, request_key):
            return changing.rows_of(repeated)
        current = transcript.utterances.select_related("speaker").get(pk=row.pk)
        if current.version != base_version:
            raise EditConflict(theirs=current.text, mine="", version=current.version)
        return _restore(transcript, current.revisions.filter(version__gt=version), by, request_key, {"row": row.pk})


def restore_transcript(*, transcript: Transcript, version: int, by: User, request_key: str = "") -> list[Utterance]:
    """All rows as they were at a version of the transcript. Speakers keep the names they have now."""
    with transaction.atomic():
        locked = changing.lock(transcript.pk)
        if repeated := changing.earlier(locked, request_key):
            return changing.rows_of(repeated)
        later = Revision.objects.filter(change__transcript=locked, change__version__gt=version)
        return _restore(locked, later, by, request_key, {"version": version})


def take_back(
    *, transcript: Transcript, person: User, version: int, by: User, request_key: str = ""
) -> tuple[list[Utterance], int]:
    """What the person changed in rows after a version of the transcript, taken back where nobody else wrote over it.

    Returns the rows that changed, and how many keep what he did because somebody has changed it since.
    """
    with transaction.atomic():
        locked = changing.lock(transcript.pk)
        if repeated := changing.earlier(locked, request_key):
            return changing.rows_of(repeated), repeated.details.get("kept", 0)
        theirs = Revision.objects.filter(change__transcript=locked, change__version__gt=version, change__by=person)
        rows: dict[int, Utterance] = {}
        kept = set()
        revisions = list(theirs.select_related("utterance__speaker").order_by("-id"))
        history.forget_the_gone(revisions)
        for revision in revisions:
            row = rows.setdefault(revision.utterance_id, revision.utterance)
            revision.utterance = row
            if row.pk in kept:
                continue
            try:
                for field, value in history.before(revision).items():
                    setattr(row, field, value)
            except EditConflict:
                kept.add(row.pk)
        wanted = {pk: changing.state_of(row) for pk, row in rows.items()}
        current = locked.utterances.select_related("speaker").in_bulk(rows)
        edits: list[changing.Edit] = [(current[pk], state) for pk, state in wanted.items()]
        details = {"person": person.pk, "version": version, "kept": len(kept)}
        return _apply(locked, edits, by, request_key, details), len(kept)


def _restore(
    transcript: Transcript, later: QuerySet[Revision], by: User, request_key: str, details: dict[str, Any]
) -> list[Utterance]:
    """Each row of the revisions as it was before the first of them."""
    revisions = list(later.order_by("id").only("utterance_id", "before", "after"))
    history.forget_the_gone(revisions)
    states: dict[int, dict[str, Any]] = {}
    for revision in revisions:
        state = states.setdefault(revision.utterance_id, {})
        state |= {
            field: history.value(field, stored) for field, stored in revision.before.items() if field not in state
        }
    rows = transcript.utterances.select_related("speaker").in_bulk(states)
    edits: list[changing.Edit] = [(rows[pk], state) for pk, state in states.items()]
    return _apply(transcript, edits, by, request_key, details)


def _apply(
    transcript: Transcript, edits: list[changing.Edit], by: User, request_key: str, details: dict[str, Any]
) -> list[Utterance]:
    """The rows that change by it; where none does, nothing is written: an undo of that would do nothing either."""
    edits = [(row, state) for row, state in edits if any(getattr(row, field) != state[field] for field in state)]
    if edits:
        changing.apply(
            transcript=transcript,
            kind=ChangeKind.RESTORED,
            by=by,
            edits=edits,
            request_key=request_key,
            details=details,
        )
    return [row for row, _state in edits]
