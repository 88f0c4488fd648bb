"""Splitting, merging, deleting, inserting and moving rows, each as one change over the versions that the person saw.

All return the rows that the change touched, those it took away included. Raise Gone where a row is not there any more
and EditConflict where one has changed since; the same `request_key` applies once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction

from transcripts.enums import ChangeKind
from transcripts.errors import NotPossible
from transcripts.models import Change, Transcript, Utterance
from transcripts.services import changing
from transcripts.text import rows
from transcripts.text.tokens import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

INSERTED_MS = 1000  # as long as a new row lasts at least


def split(*, row: Utterance, offset: int, base_version: int, by: User, request_key: str = "") -> list[Utterance]:
    """Cuts the row before a code point of its text. Raises NotPossible where a half would have no word."""

    def edits(found: Mapping[int, Utterance], _transcript: Transcript) -> list[changing.Edit]:
        left = found[row.pk]
        try:
            halves = rows.split_row(_as_row(left), offset)
        except ValueError as error:
            raise NotPossible("split") from error
        new = changing.new_row(left, **_state(halves[1]), flagged=left.flagged)
        new[0].additions = left.additions
        return [(left, {**_state(halves[0]), **changing.UNVERIFIED}), new]

    return _change(ChangeKind.SPLIT, row, {row.pk: base_version}, by, request_key, edits)


def merge(
    *, row: Utterance, base_version: int, below: int, below_version: int, by: User, request_key: str = ""
) -> list[Utterance]:
    """Joins the row with the one below it (`below` is its id), in the speaker and channel of the upper one.

    Raises NotPossible where the two are not neighbours.
    """

    def edits(found: Mapping[int, Utterance], transcript: Transcript) -> list[changing.Edit]:
        upper, lower = found[row.pk], found[below]
        order = list(transcript.utterances.standing().values_list("pk", flat=True))
        if order.index(lower.pk) != order.index(upper.pk) + 1:
            raise NotPossible("merge")
        one = rows.merge_rows(_as_row(upper), _as_row(lower))
        together = {"flagged": upper.flagged or lower.flagged, **changing.UNVERIFIED}
        return [(upper, {**_state(one), **together}), (lower, {"removed": True})]

    versions = {row.pk: base_version, below: below_version}
    return _change(ChangeKind.MERGED, row, versions, by, request_key, edits)


def delete(*, row: Utterance, base_version: int, by: User, request_key: str = "") -> list[Utterance]:
    """A row that the person inserted and left empty is taken back: an undo goes past it."""

    def edits(found: Mapping[int, Utterance], _transcript: Transcript) -> list[changing.Edit]:
        return [(found[row.pk], {"removed": True})]

    brought = None
    if base_version == 1 and not row.text:
        brought = Change.objects.filter(kind=ChangeKind.INSERTED, by=by, revisions__utterance=row.pk).first()
    kind = ChangeKind.UNDONE if brought else ChangeKind.DELETED
    return _change(kind, row, {row.pk: base_version}, by, request_key, edits, undoes=brought)


def insert_after(*, row: Utterance, base_version: int, by: User, request_key: str = "") -> list[Utterance]:
    """An empty row in the pause after the row; where there is none it overlaps its neighbour."""

    def edits(found: Mapping[int, Utterance], transcript: Transcript) -> list[changing.Edit]:
        above = found[row.pk]
        following = transcript.utterances.standing().filter(start_ms__gte=above.start_ms)
        later = [
            pk_start for pk_start in following.values_list("start_ms", "pk") if pk_start > (above.start_ms, above.pk)
        ]
        next_ms = later[0][0] if later else None
        latest = (transcript.recording.duration_ms or above.end_ms) - INSERTED_MS if next_ms is None else next_ms - 1
        start_ms = max(above.start_ms, min(above.end_ms, latest))
        end_ms = max(start_ms + INSERTED_MS, min(next_ms or 0, start_ms + 5 * INSERTED_MS))
        return [changing.new_row(above, start_ms=start_ms, end_ms=end_ms)]

    return _change(ChangeKind.INSERTED, row, {row.pk: base_version}, by, request_key, edits)


def move(
    *, row: Utterance, start_ms: int, end_ms: int, base_version: int, by: User, request_key: str = ""
) -> list[Utterance]:
    """Moves the row's start and end. Raises NotPossible where nothing would be left of it."""

    def edits(found: Mapping[int, Utterance], _transcript: Transcript) -> list[changing.Edit]:
        one = found[row.pk]
        try:
            moved = rows.move_bounds(_as_row(one), start_ms=start_ms, end_ms=end_ms)
        except ValueError as error:
            raise NotPossible("move") from error
        return [(one, {"start_ms": moved.start_ms, "end_ms": moved.end_ms})]

    return _change(ChangeKind.MOVED, row, {row.pk: base_version}, by, request_key, edits)


def _change(
    kind: ChangeKind,
    row: Utterance,
    versions: Mapping[int, int],
    by: User,
    request_key: str,
    edits: Callable[[Mapping[int, Utterance], Transcript], list[changing.Edit]],
    undoes: Change | None = None,
) -> list[Utterance]:
    with transaction.atomic():
        transcript = changing.lock(row.transcript_id)
        if repeated := changing.earlier(transcript, request_key):
            return changing.rows_of(repeated)
        wanted = edits(changing.rows(transcript, versions), transcript)
        changing.apply(
            transcript=transcript,
            kind=kind,
            by=by,
            edits=wanted,
            request_key=request_key,
            undoes=undoes,
            details={"undoes": undoes.version} if undoes else None,
        )
        return [one for one, _after in wanted]


def _as_row(row: Utterance) -> rows.Row:
    words = tuple(Word(*word) for word in row.engine_words)
    return rows.Row(row.text, row.start_ms, row.end_ms, words, row.engine_text)


def _state(row: rows.Row) -> dict[str, Any]:
    return {
        "text": row.text,
        "start_ms": row.start_ms,
        "end_ms": row.end_ms,
        "engine_words": [[word.text, word.start_ms, word.end_ms] for word in row.words],
        "engine_text": row.engine_text,
    }
