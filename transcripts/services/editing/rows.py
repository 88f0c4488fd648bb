"""Splitting, merging, deleting, inserting and moving one or several rows, as one change of the versions that were seen.

All functions return the rows that the change touched, including removed ones. They raise Gone if a row no longer exists
and EditConflict if one has changed since. The same `request_key` applies once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.errors import NotPossible
from transcripts.flash.answer import MAX_TIME_MS
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
    shift_row,
)
from transcripts.services.editing.comment_anchors import move_comments
from transcripts.services.editing.preparation import Preparation, mark_rows
from transcripts.text import rows
from transcripts.text.limits import MAX_TEXT
from transcripts.text.tokens import Word

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.contrib.auth.models import User

INSERTED_MS = 1000  # the least length of a new row


def split_row(
    *, row: Utterance, offset: int, base_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Splits the row before a code point of its text. Raises NotPossible if a half would have no word."""

    def edits(seen: Mapping[int, Utterance], _transcript: Transcript) -> list[Edit]:
        left = seen[row.pk]
        try:
            halves = rows.split_row(to_text_row(left), offset)
        except ValueError as error:
            raise NotPossible("split") from error
        new = build_row(left, **get_text_state(halves[1]), flagged=left.flagged)
        new[0].additions = left.additions
        return [(left, {**get_text_state(halves[0]), **UNVERIFIED}), new]

    return _change_rows(ChangeKind.SPLIT, row.transcript_id, {row.pk: base_version}, by, request_key, edits)


def merge_row(
    *, row: Utterance, base_version: int, below: int, below_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Merges the row with the one below it (`below` is its id). See `merge_rows`."""
    versions = {row.pk: base_version, below: below_version}
    return merge_rows(transcript=row.transcript, versions=versions, by=by, request_key=request_key)


def merge_rows(
    *, transcript: Transcript, versions: Mapping[int, int], by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Merges neighbouring rows into the first, with its speaker and channel.

    Raises NotPossible if they are not neighbours in this order, fewer than two, or together longer than a row may be.
    """

    def edits(seen: Mapping[int, Utterance], transcript: Transcript) -> list[Edit]:
        order = list(transcript.utterances.visible().values_list("pk", flat=True))
        first = order.index(next(iter(versions)))
        if len(versions) < 2 or order[first : first + len(versions)] != list(versions):
            raise NotPossible("merge")
        upper, *others = (seen[pk] for pk in versions)
        merged = reduce(rows.merge_rows, map(to_text_row, (upper, *others)))
        if len(merged.text) > MAX_TEXT:
            raise NotPossible("long")
        together = {"flagged": any(row.flagged for row in seen.values()), **UNVERIFIED}
        return [(upper, {**get_text_state(merged), **together}), *((row, {"removed": True}) for row in others)]

    return _change_rows(ChangeKind.MERGED, transcript.pk, versions, by, request_key, edits)


def pass_words(
    *, row: Utterance, offset: int, base_version: int, to: int, to_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Gives the neighbour (`to` is its id) the words on its side of a code point of the row's text, with their times.

    Raises NotPossible if the two are not neighbours, a half would have no word, or the neighbour would be too long.
    """

    def edits(seen: Mapping[int, Utterance], transcript: Transcript) -> list[Edit]:
        order = list(transcript.utterances.visible().values_list("pk", flat=True))
        step = order.index(to) - order.index(row.pk)
        if step not in (-1, 1):
            raise NotPossible("merge")
        try:
            left, right = rows.split_row(to_text_row(seen[row.pk]), offset)
        except ValueError as error:
            raise NotPossible("split") from error
        neighbour = to_text_row(seen[to])
        kept, given = (
            (right, rows.merge_rows(neighbour, left)) if step < 0 else (left, rows.merge_rows(right, neighbour))
        )
        if len(given.text) > MAX_TEXT:
            raise NotPossible("long")
        return [
            (seen[to], {**get_text_state(given), **UNVERIFIED}),
            (seen[row.pk], {**get_text_state(kept), **UNVERIFIED}),
        ]

    versions = {row.pk: base_version, to: to_version}
    with transaction.atomic():
        changed = _change_rows(ChangeKind.EDITED, row.transcript_id, versions, by, request_key, edits)
        counts = move_comments(row.transcript, changed)
        for concerned in changed:
            concerned.open_comments = counts.get(concerned.pk, concerned.open_comments)
        return changed


def delete_row(*, row: Utterance, base_version: int, by: User, request_key: str = "") -> Sequence[Utterance]:
    """Deletes the row. If the person inserted it and left it empty, its insertion is undone, and undo skips both."""

    def edits(seen: Mapping[int, Utterance], _transcript: Transcript) -> list[Edit]:
        return [(seen[row.pk], {"removed": True})]

    brought = None
    if base_version == 1 and not row.text:
        brought = Change.objects.filter(kind=ChangeKind.INSERTED, by=by, revisions__utterance=row.pk).first()
    kind = ChangeKind.UNDONE if brought else ChangeKind.DELETED
    return _change_rows(kind, row.transcript_id, {row.pk: base_version}, by, request_key, edits, undoes=brought)


def delete_rows(
    *, transcript: Transcript, versions: Mapping[int, int], by: User, request_key: str = ""
) -> Sequence[Utterance]:
    return mark_rows(
        transcript=transcript,
        versions=versions,
        kind=ChangeKind.DELETED,
        edit=lambda _row: {"removed": True},
        by=by,
        request_key=request_key,
    )


def move_rows(
    *, transcript: Transcript, versions: Mapping[int, int], by_ms: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Moves the rows with their words. Raises NotPossible if one would begin before 0 or end after the recording."""
    duration_ms = transcript.recording.duration_ms or MAX_TIME_MS

    def edits(pks: Collection[int]) -> Iterator[Edit]:
        for row in get_rows(transcript, {pk: versions[pk] for pk in pks if pk in versions}).values():
            if row.start_ms + by_ms < 0 or (by_ms > 0 and row.end_ms + by_ms > duration_ms):
                raise NotPossible("shift")
            yield row, shift_row(row, by_ms)

    preparation = Preparation(transcript, edits)
    preparation.store_once(versions, kind=ChangeKind.MOVED, by=by, request_key=request_key)
    return get_changed_rows(preparation.repeated) if preparation.repeated else preparation.rows


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

    return _change_rows(ChangeKind.INSERTED, row.transcript_id, {row.pk: base_version}, by, request_key, edits)


def move_row(
    *, row: Utterance, start_ms: int, end_ms: int, base_version: int, by: User, request_key: str = ""
) -> Sequence[Utterance]:
    """Moves the row's start and end. Raises NotPossible if nothing would be left of it."""

    def edits(seen: Mapping[int, Utterance], _transcript: Transcript) -> list[Edit]:
        moved_row = seen[row.pk]
        try:
            moved = rows.move_bounds(to_text_row(moved_row), start_ms=start_ms, end_ms=end_ms)
        except ValueError as error:
            raise NotPossible("move") from error
        return [(moved_row, {"start_ms": moved.start_ms, "end_ms": moved.end_ms})]

    return _change_rows(ChangeKind.MOVED, row.transcript_id, {row.pk: base_version}, by, request_key, edits)


def _change_rows(
    kind: ChangeKind,
    transcript_pk: UUID,
    versions: Mapping[int, int],
    by: User,
    request_key: str,
    edits: Callable[[Mapping[int, Utterance], Transcript], list[Edit]],
    undoes: Change | None = None,
) -> Sequence[Utterance]:
    with transaction.atomic():
        transcript = lock_transcript(transcript_pk)
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


def to_text_row(row: Utterance) -> rows.TimedRow:
    words = tuple(Word(*word) for word in row.engine_words)
    return rows.TimedRow(row.text, row.start_ms, row.end_ms, words, row.engine_text)


def get_text_state(row: rows.TimedRow) -> dict[str, Any]:
    return {
        "text": row.text,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "engine_words": [[word.text, word.start_ms, word.end_ms] for word in row.words],
        "engine_text": row.engine_text,
    }
