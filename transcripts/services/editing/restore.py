"""Restoring an earlier state of a row or of the transcript, and reverting one person's work, each as a new change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict
from transcripts.models import Revision, Transcript, Utterance
from transcripts.services.editing.changes import (
    Edit,
    apply_edits,
    find_repeated_change,
    get_changed_rows,
    get_row_state,
    lock_transcript,
)
from transcripts.services.editing.history import forget_deleted_accounts, get_state_before, parse_value

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def restore_row(*, row: Utterance, version: int, base_version: int, by: User, request_key: str = "") -> list[Utterance]:
    """Restores an earlier version of the row, even of a deleted one.

    Raises EditConflict if it has changed since `base_version`.
    """
    with transaction.atomic():
        transcript = lock_transcript(row.transcript_id)
        if repeated := find_repeated_change(transcript, request_key):
            return get_changed_rows(repeated)
        current = transcript.utterances.select_related("speaker").get(pk=row.pk)
        if current.version != base_version:
            raise EditConflict(theirs=current.text, mine="", version=current.version)
        return _restore_rows(
            transcript, current.revisions.filter(version__gt=version), by, request_key, {"row": row.pk}
        )


def restore_transcript(*, transcript: Transcript, version: int, by: User, request_key: str = "") -> list[Utterance]:
    """Restores all rows as of a version of the transcript. Speakers keep their present names."""
    with transaction.atomic():
        locked = lock_transcript(transcript.pk)
        if repeated := find_repeated_change(locked, request_key):
            return get_changed_rows(repeated)
        later = Revision.objects.filter(change__transcript=locked, change__version__gt=version)
        return _restore_rows(locked, later, by, request_key, {"version": version})


def revert_person(
    *, transcript: Transcript, person: User, version: int, by: User, request_key: str = ""
) -> tuple[list[Utterance], int]:
    """Reverts what the person changed in rows after a version of the transcript, unless others changed it since.

    Returns the rows that changed, and how many keep the person's work because somebody has changed it since.
    """
    with transaction.atomic():
        locked = lock_transcript(transcript.pk)
        if repeated := find_repeated_change(locked, request_key):
            return get_changed_rows(repeated), repeated.details.get("kept", 0)
        theirs = Revision.objects.filter(change__transcript=locked, change__version__gt=version, change__by=person)
        rows: dict[int, Utterance] = {}
        kept = set()
        revisions = list(theirs.select_related("utterance__speaker").order_by("-id"))
        forget_deleted_accounts(revisions)
        for revision in revisions:
            row = rows.setdefault(revision.utterance_id, revision.utterance)
            revision.utterance = row
            if row.pk in kept:
                continue
            try:
                for field, value in get_state_before(revision).items():
                    setattr(row, field, value)
            except EditConflict:
                kept.add(row.pk)
        wanted = {pk: get_row_state(row) for pk, row in rows.items()}
        current = locked.utterances.select_related("speaker").in_bulk(rows)
        edits: list[Edit] = [(current[pk], state) for pk, state in wanted.items()]
        details = {"person": person.pk, "version": version, "kept": len(kept)}
        return _apply_states(locked, edits, by, request_key, details), len(kept)


def _restore_rows(
    transcript: Transcript, later: QuerySet[Revision], by: User, request_key: str, details: dict[str, Any]
) -> list[Utterance]:
    """Restores each row of the revisions as it was before the first of them."""
    revisions = list(later.order_by("id").only("utterance_id", "before", "after"))
    forget_deleted_accounts(revisions)
    states: dict[int, dict[str, Any]] = {}
    for revision in revisions:
        state = states.setdefault(revision.utterance_id, {})
        state |= {field: parse_value(field, stored) for field, stored in revision.before.items() if field not in state}
    rows = transcript.utterances.select_related("speaker").in_bulk(states)
    edits: list[Edit] = [(rows[pk], state) for pk, state in states.items()]
    return _apply_states(transcript, edits, by, request_key, details)


def _apply_states(
    transcript: Transcript, edits: list[Edit], by: User, request_key: str, details: dict[str, Any]
) -> list[Utterance]:
    """Applies the states and returns the rows that change. If none does, no change is stored, so undo skips it."""
    edits = [(row, state) for row, state in edits if any(getattr(row, field) != state[field] for field in state)]
    if edits:
        apply_edits(
            transcript=transcript,
            kind=ChangeKind.RESTORED,
            by=by,
            edits=edits,
            request_key=request_key,
            details=details,
        )
    return [row for row, _state in edits]
