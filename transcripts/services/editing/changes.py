"""The one way to change rows: a Change with a Revision for each row, so that everything can be reported and undone."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import sub
from typing import TYPE_CHECKING, Any, overload

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import F, JSONField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone
from transcripts.models import Change, Transcript, Utterance
from transcripts.queries.counts import COUNTS, Counts, count_row
from transcripts.services.editing.comment_anchors import move_comments, shift_comments
from transcripts.services.editing.word_times import align_words, reach_out
from transcripts.text.finding import fold_for_search

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.backends.utils import CursorWrapper

# The fields of a row that revisions record; words are derived.
STATE = (
    "text",
    "start_ms",
    "end_ms",
    "speaker_id",
    "speaker_confidence",
    "engine_text",
    "engine_words",
    "removed",
    "verified_by_id",
    "verified_at",
    "flagged",
    "dismissed",
)
FIELDS = {field.attname: field for field in Utterance._meta.concrete_fields}
TIMED_BY = frozenset({"text", "start_ms", "end_ms", "engine_words"})
BATCH = 500  # rows per query
REVISION = "change_id, utterance_id, version, before, after"
UNMARKED = ("words", "engine_words", "engine_text", "search_text")
UNVERIFIED: dict[str, Any] = {"verified_by_id": None, "verified_at": None}

Edit = tuple[Utterance, Mapping[str, Any]]
"""A row as it was read, and the new values of its fields in `STATE`."""


class StaleRow(Exception):
    """A row changed between being read and being written."""


def lock_transcript(pk: Any) -> Transcript:
    """Locks the transcript inside a transaction, so that its changes come one after the other. Raises Gone."""
    transcript = Transcript.objects.select_for_update().filter(pk=pk).first()
    if transcript is None:
        raise Gone
    return transcript


def get_rows(transcript: Transcript, versions: Mapping[int, int], *, marks_only: bool = False) -> dict[int, Utterance]:
    """The rows with those ids, each at the version that the person saw; with `marks_only`, without their words.

    Raises Gone if one no longer exists, EditConflict if one has changed since.
    """
    visible = transcript.utterances.visible().select_related("speaker")
    if marks_only:
        visible = visible.defer(*UNMARKED)
    rows = {row.pk: row for pks in split_rows(versions) for row in visible.filter(pk__in=pks)}
    for pk, version in versions.items():
        row = rows.get(pk)
        if row is None:
            raise Gone
        if row.version != version:
            raise EditConflict(theirs=row.text, mine="", version=row.version)
    return rows


@dataclass(slots=True)
class PreparedRow:
    """What a change writes of a row, as the database takes it: `values` of `fields`, and both sides of its revision.

    `row` is the row itself, with the new values set; None where there are very many. A new row has no `pk` yet.
    """

    row: Utterance | None
    pk: int
    version: int
    start_ms: int
    end_ms: int
    removed: bool
    fields: tuple[str, ...]
    values: tuple[Any, ...]
    before: str
    after: str
    shift_ms: int
    """By how many ms the change moves the row together with all of its words; 0 if it does not, or does more."""
    is_cut: bool
    """Whether it removes the row or brings it back."""
    reaches: bool
    """Whether it moves the row's start or end for words that the engine missed there."""
    counted: Counts
    """What the change adds to the counts of the transcript."""


def apply_edits(
    *,
    transcript: Transcript,
    kind: ChangeKind,
    by: User,
    edits: Iterable[Edit],
    request_key: str = "",
    undoes: Change | None = None,
    details: Mapping[str, Any] | None = None,
    locked: bool = True,
) -> Change | None:
    """Stores the edits as one change and sets them on the given rows. None if nothing changes and there are no details.

    A row without a primary key is new. Of very many rows, a `Preparation` takes less of the transaction in which this
    must be called. Raises StaleRow if a row is no longer at its version; the transaction must then be rolled back.
    So it is if a row reaches out into a pause and others have changed a transcript that is not `locked`.
    """
    return store_rows(
        [row for row in (prepare_row(*edit) for edit in edits) if row],
        transcript=transcript,
        kind=kind,
        by=by,
        request_key=request_key,
        undoes=undoes,
        details=details,
        locked=locked,
    )


def prepare_row(row: Utterance, after: Mapping[str, Any], *, shares_room: bool = False) -> PreparedRow | None:
    """Sets the new values on the row. None if nothing changes.

    With `shares_room`, the same change may move the rows beside it, too: each reaches out to the middle of a pause.
    """
    changed = _select_changed(row, after)
    if not changed:
        return None
    shift_ms = _get_shift(row, changed)
    bounds, words = reach_out(row, changed, shares_room=shares_room) or ({}, None)
    changed |= bounds
    before = {"removed": True} if row.pk is None else {field: getattr(row, field) for field in changed}
    counted = count_row(row)
    row.version += 1
    for field, value in changed.items():
        setattr(row, field, value)
    new = changed | _derive_fields(row, changed, shift_ms, words)
    return PreparedRow(
        row=row,
        pk=row.pk,
        version=row.version,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        removed=row.removed,
        fields=tuple(new),
        values=tuple(_prepare_value(field, value) for field, value in new.items()) if row.pk else (),
        before=_compose_json(before),
        after=_compose_json(changed),
        shift_ms=shift_ms,
        is_cut="removed" in changed,
        reaches=bool(bounds),
        counted=tuple(map(sub, count_row(row), counted)),
    )


def store_rows(
    rows: Collection[PreparedRow],
    *,
    transcript: Transcript,
    kind: ChangeKind,
    by: User,
    request_key: str = "",
    undoes: Change | None = None,
    details: Mapping[str, Any] | None = None,
    locked: bool = True,
) -> Change | None:
    """Stores the rows as one change, as `apply_edits` does."""
    if not rows and not details:
        return None
    stored = Transcript.objects.filter(pk=transcript.pk)
    if not locked and any(row.reaches for row in rows):
        stored = stored.filter(version=transcript.version)
    if not stored.update(version=F("version") + 1, **_add_to_counts(rows)) and not locked:
        raise StaleRow
    change = Change.objects.create(
        transcript=transcript,
        version=_select_version(transcript),
        kind=kind,
        by=by,
        undoes=undoes,
        request_key=request_key,
        details=dict(details or {}),
    )
    _write_rows(change, rows)
    shift_comments(transcript, {row.pk: row.shift_ms for row in rows if row.shift_ms})
    if any(row.is_cut for row in rows):
        counts = move_comments(transcript, [row for row in rows if not row.shift_ms])
        for row in rows:
            if row.row and row.pk in counts:
                row.row.open_comments = counts[row.pk]
    return change


def _add_to_counts(rows: Collection[PreparedRow]) -> dict[str, Any]:
    """For an update of the transcript: counts of the version before hold at the new one too; others are forgotten.

    So are those that would fall below 0, which are wrong: no count is worth a save. As raw SQL, for the same reason as
    the version below.
    """
    columns = zip(*(row.counted for row in rows), strict=True)
    more = {"counted_version": 1, **dict(zip(COUNTS, map(sum, columns), strict=False))}
    less = {name: value for name, value in more.items() if value < 0}
    holds = " AND ".join(["counted_version = version", *(f"{name} + %s >= 0" for name in less)])
    return {
        name: RawSQL(f"CASE WHEN {holds} THEN {name} + %s END", [*less.values(), value])  # noqa: S611
        for name, value in more.items()
        if value
    }


def split_rows(pks: Iterable[int]) -> Iterator[list[int]]:
    """The ids in lists of as many rows as one query takes."""
    listed = list(pks)
    return (listed[first : first + BATCH] for first in range(0, len(listed), BATCH))


def _select_version(transcript: Transcript) -> RawSQL:
    """The version in the database. As raw SQL: every save needs it, and composing it took 5 % of a save's time."""
    pk = Transcript._meta.pk.get_db_prep_value(transcript.pk, connection)
    return RawSQL("SELECT version FROM transcripts_transcript WHERE id = %s", [pk])


def find_repeated_change(transcript: Transcript, request_key: str) -> Change | None:
    """The change that the same request has already made."""
    return transcript.changes.filter(request_key=request_key).first() if request_key else None


class StoredRows(Sequence[Utterance]):
    """Rows by their ids, read some at a time: the words of a long transcript take hundreds of megabytes."""

    def __init__(self, pks: Sequence[int]) -> None:
        self._pks = pks

    def __len__(self) -> int:
        return len(self._pks)

    @overload
    def __getitem__(self, index: int) -> Utterance: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Utterance]: ...
    def __getitem__(self, index: int | slice) -> Utterance | Sequence[Utterance]:
        if isinstance(index, slice):
            return StoredRows(self._pks[index])
        return Utterance.objects.select_related("speaker").get(pk=self._pks[index])

    def __iter__(self) -> Iterator[Utterance]:
        rows = Utterance.objects.select_related("speaker").defer("engine_words", "engine_text", "search_text")
        for pks in split_rows(self._pks):
            found = rows.in_bulk(pks)
            yield from (found[pk] for pk in pks if pk in found)


def get_changed_rows(change: Change) -> Sequence[Utterance]:
    """The rows that a change touched, as they are now."""
    rows = StoredRows(list(change.revisions.values_list("utterance", flat=True)))
    return list(rows) if len(rows) <= BATCH else rows


def get_rows_as_left(change: Change) -> list[Utterance]:
    """The rows that have not changed since, without their words: a page that gets only their marks has their text."""
    left = change.revisions.filter(version=F("utterance__version")).values_list("utterance", flat=True)
    rows = Utterance.objects.select_related("speaker").defer(*UNMARKED)
    return [row for pks in split_rows(left) for row in rows.filter(pk__in=pks)]


def build_row(neighbour: Utterance, **state: Any) -> Edit:
    """A new row with the speaker and channel of its neighbour."""
    row = Utterance(
        transcript_id=neighbour.transcript_id,
        speaker=neighbour.speaker,
        channel=neighbour.channel,
        removed=True,
        version=0,
    )
    whose = {"speaker_id": neighbour.speaker_id, "speaker_confidence": neighbour.speaker_confidence}
    return row, {**whose, **state, "removed": False}


def get_text_at(utterance: Utterance, version: int) -> str | None:
    """The row's text at an earlier version of the row; None for a version that it never had."""
    if not 1 <= version <= utterance.version:
        return None
    text: str | None = None
    for number, before, after in utterance.revisions.order_by("version").values_list("version", "before", "after"):
        if "text" not in after:
            continue
        if number > version:
            return text if text is not None else before.get("text")
        text = after["text"]
    return text if text is not None else utterance.text


def get_row_state(row: Utterance) -> dict[str, Any]:
    return {field: getattr(row, field) for field in STATE}


def _select_changed(row: Utterance, after: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that change; for a new row, all of them.

    Changing the text of a verified row unverifies it, unless an earlier text is put back with its own mark.
    """
    if row.pk is None:
        return {**get_row_state(row), **after}
    changed = {field: value for field, value in after.items() if getattr(row, field) != value}
    if "text" in changed and row.verified_at and "verified_at" not in changed:
        changed |= {field: value for field, value in UNVERIFIED.items() if getattr(row, field) != value}
    return changed


def shift_row(row: Utterance, by_ms: int) -> dict[str, Any]:
    """The row's new state when it moves with its words; a deleted one that would begin before 0 begins there."""
    start_ms = max(0, row.start_ms + by_ms)
    end_ms = max(start_ms + 1, row.end_ms + by_ms)
    return {"start_ms": start_ms, "end_ms": end_ms, "engine_words": shift_words(row.engine_words, by_ms)}


def shift_words(words: Sequence[Sequence[Any]], by_ms: int) -> list[list[Any]]:
    """Stored words, or words of the engine, with other times; untimed ones, which start before 0, stay untimed."""
    return [
        [text, max(0, start + by_ms), max(0, end + by_ms), *source] if start >= 0 else [text, start, end, *source]
        for text, start, end, *source in words
    ]


def _get_shift(row: Utterance, changed: Mapping[str, Any]) -> int:
    """By how many ms the change moves the row together with all of its words; 0 if it does not, or does more."""
    if row.pk is None or "text" in changed or not {"start_ms", "end_ms"} <= changed.keys():
        return 0
    by_ms: int = changed["start_ms"] - row.start_ms
    words = changed.get("engine_words", row.engine_words)
    together = changed["end_ms"] - row.end_ms == by_ms and len(words) == len(row.engine_words)
    return by_ms if together and all(map(_is_shifted, row.engine_words, words, repeat(by_ms))) else 0


def _is_shifted(word: Sequence[Any], other: Sequence[Any], by_ms: int) -> bool:
    move = by_ms if word[1] >= 0 else 0
    return bool(word[0] == other[0] and word[1] + move == other[1] and word[2] + move == other[2])


def _compose_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":"))


def _prepare_value(field: str, value: Any) -> Any:
    if isinstance(FIELDS[field], JSONField):
        return _compose_json(value)
    return FIELDS[field].get_db_prep_save(value, connection)


def _write_rows(change: Change, rows: Collection[PreparedRow]) -> None:
    """Updates each row at the version that was read, and adds its revision.

    In SQL and many rows at a time: while it lasts nobody else writes in SQLite, and between two statements any thread
    of the process may take its turn.
    """
    now = timezone.now()
    alike: dict[tuple[str, ...], list[PreparedRow]] = {}
    for row in rows:
        if row.row:
            row.row.changed_at = now
        if row.pk is not None:
            alike.setdefault(row.fields, []).append(row)
    new = [row for row in rows if row.pk is None]
    Utterance.objects.bulk_create([row.row for row in new if row.row], batch_size=BATCH)
    for row in new:
        if row.row:
            row.pk = row.row.pk
    written = FIELDS["changed_at"].get_db_prep_save(now, connection)
    listed = list(rows)
    with connection.cursor() as cursor:
        for fields, some in alike.items():
            for first in range(0, len(some), BATCH):
                _update_rows(cursor, fields, some[first : first + BATCH], written)
        for first in range(0, len(listed), BATCH):
            _add_revisions(cursor, change, listed[first : first + BATCH])


def _update_rows(cursor: CursorWrapper, fields: Sequence[str], rows: Sequence[PreparedRow], written: Any) -> None:
    new = [*fields, "version", "id"]
    typed = [f"CAST(new.column{at} AS {FIELDS[name].db_type(connection)})" for at, name in enumerate(new, start=1)]
    if connection.vendor == "sqlite":  # Here a value's type is its own.
        typed = [f"new.column{at}" for at in range(1, len(new) + 1)]
    columns = [connection.ops.quote_name(str(FIELDS[name].column)) for name in new]
    changed = ", ".join(f"{column} = {value}" for column, value in zip(columns[:-1], typed[:-1], strict=True))
    cursor.execute(
        f"UPDATE transcripts_utterance SET {changed}, changed_at = %s FROM (VALUES {_list_places(rows, len(new))}) new"  # noqa: S608
        f" WHERE transcripts_utterance.id = {typed[-1]} AND transcripts_utterance.version = {typed[-2]} - 1",
        [written, *(value for row in rows for value in (*row.values, row.version, row.pk))],
    )
    if cursor.rowcount != len(rows):
        raise StaleRow


def _add_revisions(cursor: CursorWrapper, change: Change, rows: Sequence[PreparedRow]) -> None:
    cursor.execute(
        f"INSERT INTO transcripts_revision ({REVISION}) VALUES {_list_places(rows, 5)}",  # noqa: S608
        [value for row in rows for value in (change.pk, row.pk, row.version, row.before, row.after)],
    )


def _list_places(rows: Sequence[PreparedRow], values: int) -> str:
    return ", ".join([f"({', '.join(['%s'] * values)})"] * len(rows))


def _derive_fields(
    row: Utterance, changed: Mapping[str, Any], by_ms: int, words: list[list[Any]] | None
) -> dict[str, Any]:
    """Computes the fields that depend on the changed ones, and sets them on the row too.

    `by_ms`: by how much the row was moved together with its words, if it was; `words` if they are known.
    """
    derived: dict[str, Any] = {}
    if TIMED_BY & changed.keys():
        derived["words"] = row.words = words or (shift_words(row.words, by_ms) if by_ms else align_words(row))
    if "text" in changed:
        derived["search_text"] = row.search_text = fold_for_search(row.text)
    return derived
