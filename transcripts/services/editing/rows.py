"""Splitting, merging, deleting, inserting and moving rows, each as one change of the versions that the person saw.

All functions return the rows that the change touched, including removed ones. They raise Gone if a row no longer exists
and EditConflict if one has changed since. The same `request_key` applies once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.errors import NotPossible
from transcripts.models import Change, Transcript, Utterance
from transcripts.services.editing.changes import (
    UNVERIFIED,
    Edit,
    apply_edits,
    build_row,
    find_repeated_change,
    get_changed_rows,
    get_rows,
    lock_transcript,
)
from transcripts.text import rows
from transcripts.text.limits import MAX_TEXT
from transcripts.text.tokens import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

INSERTED_MS = 1000  # the least length of a new row


def split_row(
    *, row: Utterance, offset: int, base_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Splits the row before a code point of its text. Raises NotPossible if a half would have no word."""

    def edits(seen: Mapping[int, Utterance], _transcript: Transcript) -> list[Edit]:
        left = seen[row.pk]
        try:
            halves = rows.split_row(_to_text_row(left), offset)
        except ValueError as error:
            raise NotPossible("split") from error
        new = build_row(left, **_get_state(halves[1]), flagged=left.flagged)
        new[0].additions = left.additions
        return [(left, {**_get_state(halves[0]), **UNVERIFIED}), new]

    return _change_rows(ChangeKind.SPLIT, row, {row.pk: base_version}, by, request_key, edits)


def merge_row(
    *, row: Utterance, base_version: int, below: int, below_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Merges the row with the one below it (`below` is its id), with the speaker and channel of the upper one.

    Raises NotPossible if the two are not neighbours, or together longer than a row may be.
    """

    def edits(seen: Mapping[int, Utterance], transcript: Transcript) -> list[Edit]:
        upper, lower = seen[row.pk], seen[below]
        order = list(transcript.utterances.visible().values_list("pk", flat=True))
        if order.index(lower.pk) != order.index(upper.pk) + 1:
            raise NotPossible("merge")
        merged = rows.merge_rows(_to_text_row(upper), _to_text_row(lower))
        if len(merged.text) > MAX_TEXT:
            raise NotPossible("long")
        together = {"flagged": upper.flagged or lower.flagged, **UNVERIFIED}
        return [(upper, {**_get_state(merged), **together}), (lower, {"removed": True})]

    versions = {row.pk: base_version, below: below_version}
    return _change_rows(ChangeKind.MERGED, row, versions, by, request_key, edits)


def delete_row(*, row: Utterance, base_version: int, by: User, request_key: str = "") -> Sequence[Utterance]:
    """Deletes the row. If the person inserted it and left it empty, its insertion is undone, and undo skips both."""

    def edits(seen: Mapping[int, Utterance], _transcript: Transcript) -> list[Edit]:
        return [(seen[row.pk], {"removed": True})]

    brought = None
    if base_version == 1 and not row.text:
        brought = Change.objects.filter(kind=ChangeKind.INSERTED, by=by, revisions__utterance=row.pk).first()
    kind = ChangeKind.UNDONE if brought else ChangeKind.DELETED
    return _change_rows(kind, row, {row.pk: base_version}, by, request_key, edits, undoes=brought)


def insert_row_after(*, row: Utterance, base_version: int, by: User, request_key: str = "") -> Sequence[Utterance]:
    """Inserts an empty row in the pause after the row; without a pause it overlaps its neighbour."""

    def edits(seen: Mapping[int, Utterance], transcript: Transcript) -> list[Edit]:
        above = seen[row.pk]
        following = transcript.utterances.visible().filter(start_ms__gte=above.start_ms)
        later = [
            pk_start for pk_start in following.values_list("start_ms", "pk") if pk_start > (above.start_ms, above.pk)
        ]
        next_ms = later[0][0] if later else None
        latest = (transcript.recording.duration_ms or above.end_ms) - INSERTED_MS if next_ms is None else next_ms - 1
        start_ms = max(above.start_ms, min(above.end_ms, latest))
        end_ms = max(start_ms + INSERTED_MS, min(next_ms or 0, start_ms + 5 * INSERTED_MS))
        return [build_row(above, start_ms=start_ms, end_ms=end_ms)]

    return _change_rows(ChangeKind.INSERTED, row, {row.pk: base_version}, by, request_key, edits)


def move_row(
    *, row: Utterance, start_ms: int, end_ms: int, base_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Moves the row's start and end. Raises NotPossible if nothing would be left of it."""

    def edits(seen: Mapping[int, Utterance], _transcript: Transcript) -> list[Edit]:
        moved_row = seen[row.pk]
        try:
            moved = rows.move_bounds(_to_text_row(moved_row), start_ms=start_ms, end_ms=end_ms)
        except ValueError as error:
            raise NotPossible("move") from error
        return [(moved_row, {"start_ms": moved.start_ms, "end_ms": moved.end_ms})]

    return _change_rows(ChangeKind.MOVED, row, {row.pk: base_version}, by, request_key, edits)


def _change_rows(
    kind: ChangeKind,
    row: Utterance,
    versions: Mapping[int, int],
    by: User,
    request_key: str,
    edits: Callable[[Mapping[int, Utterance], Transcript], list[Edit]],
    undoes: Change | None = None,
) -> Sequence[Utterance]:
    with transaction.atomic():
        transcript = lock_transcript(row.transcript_id)
        if repeated := find_repeated_change(transcript, request_key):
            return get_changed_rows(repeated)
        wanted = edits(get_rows(transcript, versions), transcript)
        apply_edits(
            transcript=transcript,
            kind=kind,
            by=by,
            edits=wanted,
            request_key=request_key,
            undoes=undoes,
            details={"undoes": undoes.version} if undoes else None,
        )
        return [changed for changed, _after in wanted]


def _to_text_row(row: Utterance) -> rows.TimedRow:
    words = tuple(Word(*word) for word in row.engine_words)
    return rows.TimedRow(row.text, row.start_ms, row.end_ms, words, row.engine_text)


def _get_state(row: rows.TimedRow) -> dict[str, Any]:
    return {
        "text": row.text,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "engine_words": [[word.text, word.start_ms, word.end_ms] for word in row.words],
        "engine_text": row.engine_text,
    }
