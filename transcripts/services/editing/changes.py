"""The one way to change rows: a Change with a Revision for each row, so that everything can be reported and undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.utils import timezone

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone
from transcripts.models import Change, Revision, Transcript, Utterance
from transcripts.services.editing.comment_anchors import move_comments, shift_comments
from transcripts.text.alignment import align
from transcripts.text.finding import fold_for_search
from transcripts.text.tokens import Word

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# The fields of a row that revisions record; words are derived.
STATE = (
    "text",
    "start_ms",
    "end_ms",
    "speaker_id",
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
    wanted = transcript.utterances.visible().select_related("speaker").filter(pk__in=versions)
    if marks_only:
        wanted = wanted.defer("words", "engine_words", "engine_text", "search_text")
    rows = {row.pk: row for row in wanted}
    for pk, version in versions.items():
        row = rows.get(pk)
        if row is None:
            raise Gone
        if row.version != version:
            raise EditConflict(theirs=row.text, mine="", version=row.version)
    return rows


def apply_edits(
    *,
    transcript: Transcript,
    kind: ChangeKind,
    by: User,
    edits: Iterable[Edit],
    request_key: str = "",
    undoes: Change | None = None,
    details: Mapping[str, Any] | None = None,
) -> Change | None:
    """Stores the edits as one change and sets them on the given rows. None if nothing changes and there are no details.

    A row without a primary key is new. Very many edits can come from an iterator: they are stored in batches. Must be
    called inside a transaction. Raises StaleRow if a row is no longer at its version; the transaction must then be
    rolled back.
    """
    selected = ((row, changed) for row, after in edits if (changed := _select_changed(row, after)))
    batch = list(islice(selected, BATCH))
    if not batch and not details:
        return None
    Transcript.objects.filter(pk=transcript.pk).update(version=F("version") + 1)
    change = Change.objects.create(
        transcript=transcript,
        version=_select_version(transcript),
        kind=kind,
        by=by,
        undoes=undoes,
        request_key=request_key,
        details=dict(details or {}),
    )
    shifts: dict[int, int] = {}
    others: list[Utterance] = []
    cuts = False
    while batch:
        shifted = {row.pk: by_ms for row, changed in batch if (by_ms := _get_shift(row, changed))}
        Revision.objects.bulk_create(_write_rows(change, batch, shifted))
        shifts |= shifted
        others += [row for row, _changed in batch if row.pk not in shifted]
        cuts = cuts or any("removed" in changed for _row, changed in batch)
        batch = list(islice(selected, BATCH))
    shift_comments(transcript, shifts)
    if cuts:
        move_comments(transcript, others)
    return change


def _select_version(transcript: Transcript) -> RawSQL:
    """The version in the database. As raw SQL: every save needs it, and composing it took 5 % of a save's time."""
    pk = Transcript._meta.pk.get_db_prep_value(transcript.pk, connection)
    return RawSQL("SELECT version FROM transcripts_transcript WHERE id = %s", [pk])


def find_repeated_change(transcript: Transcript, request_key: str) -> Change | None:
    """The change that the same request has already made."""
    return transcript.changes.filter(request_key=request_key).first() if request_key else None


def get_changed_rows(change: Change) -> list[Utterance]:
    """The rows that a change touched, as they are now."""
    return [revision.utterance for revision in change.revisions.select_related("utterance__speaker")]


def get_rows_as_left(change: Change) -> list[Utterance]:
    """The rows that have not changed since: a page that gets only their marks assumes that it has their text."""
    revisions = change.revisions.select_related("utterance__speaker")
    return [revision.utterance for revision in revisions if revision.version == revision.utterance.version]


def build_row(neighbour: Utterance, **state: Any) -> Edit:
    """A new row with the speaker and channel of its neighbour."""
    row = Utterance(
        transcript_id=neighbour.transcript_id,
        speaker=neighbour.speaker,
        channel=neighbour.channel,
        removed=True,
        version=0,
    )
    return row, {"speaker_id": neighbour.speaker_id, **state, "removed": False}


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


def _write_rows(
    change: Change, done: Sequence[tuple[Utterance, dict[str, Any]]], shifts: Mapping[int, int]
) -> list[Revision]:
    """Updates each row at the version that was read; rows at the same version with the same new values in one query."""
    now = timezone.now()
    groups: dict[str, list[Utterance]] = {}
    values: dict[str, dict[str, Any]] = {}
    single: list[tuple[int, dict[str, Any]]] = []
    revisions = []
    for row, changed in done:
        before = {"removed": True} if row.pk is None else {field: getattr(row, field) for field in changed}
        row.version += 1
        row.changed_at = now
        for field, value in changed.items():
            setattr(row, field, value)
        derived = _derive_fields(row, changed, shifts.get(row.pk, 0))
        new = {**changed, **derived, "version": row.version, "changed_at": now}
        if row.pk is None:
            row.save(force_insert=True)
        elif derived:
            single.append((row.pk, new))
        else:
            key = repr((row.version, changed))
            groups.setdefault(key, []).append(row)
            values[key] = new
        revisions.append(Revision(change=change, utterance=row, version=row.version, before=before, after=changed))
    for key, rows_alike in groups.items():
        _update_rows(rows_alike, values[key])
    _update_each(single)
    return revisions


def _derive_fields(row: Utterance, changed: Mapping[str, Any], by_ms: int) -> dict[str, Any]:
    """Computes the fields that depend on the changed ones, and sets them on the row too.

    `by_ms`: by how much the row was moved together with its words, if it was.
    """
    derived: dict[str, Any] = {}
    if TIMED_BY & changed.keys():
        derived["words"] = row.words = shift_words(row.words, by_ms) if by_ms else align_words(row)
    if "text" in changed:
        derived["search_text"] = row.search_text = fold_for_search(row.text)
    return derived


def _update_rows(rows_alike: Sequence[Utterance], values: Mapping[str, Any]) -> None:
    pks = [row.pk for row in rows_alike]
    if Utterance.objects.filter(pk__in=pks, version=values["version"] - 1).update(**values) != len(pks):
        raise StaleRow


def _update_each(single: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Updates rows that have values of their own, given by id: those with the same fields by one statement, in SQL.

    The ORM would compose a query for each row, which takes five times as long.
    """
    alike: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for pk, values in single:
        alike.setdefault(tuple(values), []).append((pk, values))
    for names, some in alike.items():
        fields = [FIELDS[name] for name in names]
        columns = ", ".join(f"{connection.ops.quote_name(str(field.column))} = %s" for field in fields)
        parameters = [
            (
                *(field.get_db_prep_save(values[name], connection) for name, field in zip(names, fields, strict=True)),
                pk,
                values["version"] - 1,
            )
            for pk, values in some
        ]
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE transcripts_utterance SET {columns} WHERE id = %s AND version = %s",  # noqa: S608
                parameters,
            )
            if cursor.rowcount != len(some):
                raise StaleRow


def align_words(row: Utterance) -> list[list[Any]]:
    """The words of the row's text with their times, in the form that is stored."""
    engine = [Word(word, start, end) for word, start, end in row.engine_words]
    words = align(engine, row.text, bounds=(row.start_ms, row.end_ms))
    return [[word.text, word.start_ms, word.end_ms, word.source] for word in words]
