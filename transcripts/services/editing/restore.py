"""Restoring an earlier state of a row or of the transcript, and reverting one person's work, each as a new change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict
from transcripts.models import Revision, Transcript, Utterance
from transcripts.services.editing.changes import (
    Edit,
    get_changed_rows,
    get_row_state,
)
from transcripts.services.editing.history import forget_deleted_accounts, get_state_before, parse_value
from transcripts.services.editing.preparation import Preparation
from transcripts.services.kept_voices import keep_voices

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def restore_row(
    *, row: Utterance, version: int, base_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Restores an earlier version of the row, even of a deleted one.

    Raises EditConflict if it has changed since `base_version`.
    """
    transcript = row.transcript

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        if row.pk in pks:
            current = transcript.utterances.get(pk=row.pk)
            if current.version != base_version:
                raise EditConflict(theirs=current.text, mine="", version=current.version)
            yield from _restore_rows(transcript, current.revisions.filter(version__gt=version), [row.pk])

    preparation = Preparation(transcript, edits)
    preparation.store_once(
        [row.pk], kind=ChangeKind.RESTORED, by=by, request_key=request_key, details=lambda: {"row": row.pk}
    )
    return _get_rows(preparation)


def restore_transcript(*, transcript: Transcript, version: int, by: User, request_key: str = "") -> Sequence[Utterance]:
    """Restores all rows as of a version of the transcript. Speakers keep their present names."""
    later = Revision.objects.filter(change__transcript=transcript, change__version__gt=version)
    preparation = Preparation(transcript, partial(_restore_rows, transcript, later))
    preparation.store_once(
        _list_rows(later),
        kind=ChangeKind.RESTORED,
        by=by,
        request_key=request_key,
        details=lambda: {"version": version},
    )
    keep_voices(transcript)
    return _get_rows(preparation)


def revert_person(
    *, transcript: Transcript, person: User, version: int, by: User, request_key: str = ""
) -> tuple[Sequence[Utterance], int]:
    """Reverts what the person changed in rows after a version of the transcript, unless others changed it since.

    Returns the rows that changed, and how many keep the person's work because somebody has changed it since.
    """
    theirs = Revision.objects.filter(change__transcript=transcript, change__version__gt=version, change__by=person)
    kept: set[int] = set()

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        kept.difference_update(pks)
        by_row: dict[int, list[Revision]] = {}
        for revision in theirs.filter(utterance__in=pks).order_by("-id"):
            by_row.setdefault(revision.utterance_id, []).append(revision)
        forget_deleted_accounts([revision for revisions in by_row.values() for revision in revisions])
        rows = transcript.utterances.select_related("speaker").in_bulk(by_row)
        for pk, revisions in by_row.items():
            state, is_kept = _revert_row(rows[pk], revisions)
            if is_kept:
                kept.add(pk)
            yield rows[pk], state

    preparation = Preparation(transcript, edits)
    change = preparation.store_once(
        _list_rows(theirs),
        kind=ChangeKind.RESTORED,
        by=by,
        request_key=request_key,
        details=lambda: {"person": person.pk, "version": version, "kept": len(kept)},
    )
    keep_voices(transcript)
    return _get_rows(preparation), change.details["kept"] if change else len(kept)


def _revert_row(row: Utterance, revisions: Iterable[Revision]) -> tuple[dict[str, Any], bool]:
    """The row's state without these revisions, newest first, and whether somebody has changed the same since.

    Then it keeps that revision and the earlier ones.
    """
    reverted = copy(row)
    for revision in revisions:
        revision.utterance = reverted
        try:
            before = get_state_before(revision)
        except EditConflict:
            return get_row_state(reverted), True
        for field, value in before.items():
            setattr(reverted, field, value)
    return get_row_state(reverted), False


def _list_rows(revisions: QuerySet[Revision]) -> list[int]:
    return list(revisions.order_by("utterance").values_list("utterance", flat=True).distinct())


def _restore_rows(transcript: Transcript, later: QuerySet[Revision], pks: Collection[int]) -> Iterator[Edit]:
    """Restores each row of the revisions as it was before the first of them."""
    revisions = list(later.filter(utterance__in=pks).order_by("id").only("utterance_id", "before", "after"))
    forget_deleted_accounts(revisions)
    states: dict[int, dict[str, Any]] = {}
    for revision in revisions:
        state = states.setdefault(revision.utterance_id, {})
        state |= {field: parse_value(field, stored) for field, stored in revision.before.items() if field not in state}
    rows = transcript.utterances.select_related("speaker").in_bulk(states)
    return ((rows[pk], state) for pk, state in states.items())


def _get_rows(preparation: Preparation) -> Sequence[Utterance]:
    return get_changed_rows(preparation.repeated) if preparation.repeated else preparation.rows
