"""Finding rows in all recordings that a person may see, a page at a time; docs/growth.md says why it is this way.

Rows come by recording, newest first, in its current transcript first, and by time. The newest recordings are looked
through, then those that an index of grams names. What it names is looked through too, and rows that were changed since
their transcript was put into the index are looked at themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.core import signing
from django.db import connection, models

from transcripts import access
from transcripts.models import Transcript, UnindexedRow, Utterance
from transcripts.models.search import RowKey, find_in_rows
from transcripts.queries.search import narrow_rows
from transcripts.text.finding import Mode, Search, TooSlow, split_at_hits
from transcripts.text.grams import list_sought_grams

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AROUND = 32  # characters of a row before its first hit, where the row is long
LONGEST = 400  # characters of a row in the list
MOST_COUNTED = 1000
LIBRARY_SECONDS = 5.0  # that a regular expression may take over all recordings
FEW = 200  # transcripts that are looked through without the index
MANY = 4000  # transcripts named by the index, of which not each is asked whose it is
NEWEST = 200  # recordings looked through before the index is asked; of every further batch there are twice as many
AT_ONCE = 200  # transcripts looked through at once
BEHIND = 5000  # unindexed rows, above which the database narrows them down
SIGNER = signing.Signer(salt="transcripts.search")

# The order of the tables is that in which SQLite reads them. The sums with 0 keep it from reading recordings by project
# where they are wanted in another order, or are known already.
_MEMBERSHIPS = """transcripts_membership m CROSS JOIN transcripts_project p
    WHERE m.user_id = %s AND p.id = m.project_id AND p.binned_at IS NULL"""
_COLUMNS = """SELECT CAST(r.created_at AS text), CAST(r.id AS text), CAST(r.current_transcript_id AS text),
    CAST(t.created_at AS text), CAST(t.id AS text), s.id"""
_TEXTS = "LEFT JOIN transcripts_searchtext s ON s.transcript_id = t.id"
_IN_ORDER = "ORDER BY r.created_at DESC, r.id DESC"
_ALL_SQL = f"""{_COLUMNS} FROM (SELECT p.id FROM {_MEMBERSHIPS}) p CROSS JOIN transcripts_recording r
    CROSS JOIN transcripts_transcript t {_TEXTS}
    WHERE r.project_id = p.id AND r.binned_at IS NULL AND t.recording_id = r.id LIMIT %s"""  # noqa: S608
_NEWEST_SQL = f"""{_COLUMNS} FROM (
      SELECT created_at, id, current_transcript_id FROM transcripts_recording r
      WHERE binned_at IS NULL AND project_id + 0 IN ({{projects}}) AND {{place}} {_IN_ORDER} LIMIT %s
    ) r LEFT JOIN transcripts_transcript t ON t.recording_id = r.id {_TEXTS} {_IN_ORDER}"""  # noqa: S608
_NAMED_SQL = f"""{_COLUMNS}
    FROM transcripts_searchtext s CROSS JOIN transcripts_transcript t CROSS JOIN transcripts_recording r
    WHERE s.id IN ({{keys}}) AND t.id = s.transcript_id AND r.id = t.recording_id
      AND r.binned_at IS NULL AND r.project_id + 0 IN ({{projects}}) {_IN_ORDER}"""
_CHANGED_SQL = f"""{_COLUMNS} FROM transcripts_transcript t CROSS JOIN transcripts_recording r {_TEXTS}
    WHERE t.id IN ({{changed}}) AND r.id = t.recording_id
      AND r.binned_at IS NULL AND r.project_id + 0 IN ({{projects}}) {_IN_ORDER}"""
_TEXTS_SQL = "SELECT id, text, rows FROM transcripts_searchtext WHERE id IN ({keys})"


class _Candidate(NamedTuple):
    """A transcript to look through, with times and keys as the database writes them: converting thousands takes longer
    than reading them. `text` is the key of its `SearchText`, if it has one.
    """

    recorded: str
    recording: str
    current: str | None
    made: str
    pk: str
    text: int | None


class _Place(NamedTuple):
    """Of the hit that a page begins after, as an address has it."""

    recorded: str
    recording: str
    transcript: str
    row: RowKey


@dataclass(frozen=True, slots=True)
class FoundRows:
    """The ids of a page's rows; `after` is for the next page, if there is one.

    `count` is of the rows on all pages, where it is known, `and_more` says that there may be more.
    """

    ids: list[int]
    count: int | None = None
    and_more: bool = False
    after: str = ""

    @property
    def written_count(self) -> str:
        """The count for "1,000+"."""
        return f"{self.count:,}"


def find_in_library(user: User, search: Search, *, size: int, after: str = "") -> FoundRows:
    """The page of rows with hits `after` the place that another page named; without a valid one, the first, which
    counts them up to `MOST_COUNTED`. Raises TooSlow.
    """
    place = _read_place(after)
    hits = _Walk(user, search, place).find_hits()
    page = list(islice(hits, size + 1))
    count, and_more = None, False
    if place is None:
        count = len(page)
        try:
            count += sum(1 for _hit in islice(hits, MOST_COUNTED - count))
            and_more = count == MOST_COUNTED and next(hits, None) is not None
        except TooSlow:
            and_more = True
    return FoundRows(
        ids=[pk for _candidate, (_start_ms, pk) in page[:size]],
        count=count,
        and_more=and_more,
        after=_write_place(*page[size - 1]) if len(page) > size else "",
    )


class _Walk:
    """The way through a person's transcripts, in order."""

    def __init__(self, user: User, search: Search, after: _Place | None) -> None:
        self.search, self.after = search, after
        self.user = user
        self.projects: list[int] = []
        self.unindexed: Collection[int] = ()
        self.changed: dict[str, list[tuple[RowKey, str]]] = {}

    def find_hits(self) -> Iterator[tuple[_Candidate, RowKey]]:
        if self.search.mode != Mode.REGEX:
            if not self.search.sought:
                return
            self._read_unindexed()
        for batch in self._list_batches():
            self.search.check_time()
            yield from self._look_through(batch)

    def _read_unindexed(self) -> None:
        """Before the texts: of what a worker puts into them meanwhile the rows are looked at."""
        noted = Utterance.objects.filter(pk__in=UnindexedRow.objects.values("row_id"))
        columns = ("transcript_id", "start_ms", "pk", "search_text", "removed")
        rows = list(noted.values_list(*columns)[: BEHIND + 1])
        self.unindexed = {pk for _transcript, _start_ms, pk, _text, _removed in rows}
        if len(rows) > BEHIND:
            self.unindexed = frozenset(UnindexedRow.objects.values_list("row_id", flat=True))
            mine = Transcript.objects.filter(access.is_of_member(self.user, "recording__"))
            noted = noted.filter(transcript__in=mine.values("pk"))
            rows = list(narrow_rows(noted, self.search).values_list(*columns))
        for transcript, start_ms, pk, text, removed in rows:
            if self.search.sought in text and not removed:
                self.changed.setdefault(_write_uuid(transcript), []).append(((start_ms, pk), text))

    # --- Which transcripts ----------------------------------------------------------------------------------------

    def _list_batches(self) -> Iterator[list[_Candidate]]:
        few = self._read(_ALL_SQL, self.user.pk, FEW + 1)
        if len(few) <= FEW:
            few.sort(key=_get_recording, reverse=True)
            if self.after:
                recorded, recording = self.after.recorded, self.after.recording
                few = [one for one in few if _get_recording(one) <= (recorded, recording)]
            yield from self._split(few)
            return
        self.projects = [pk for (pk,) in _read_rows(f"SELECT p.id FROM {_MEMBERSHIPS}", [self.user.pk])]  # noqa: S608
        batches = self._list_newest()
        newest = next(batches)
        yield from self._split(newest)
        if self.search.mode == Mode.REGEX:
            for batch in batches:
                yield from self._split(batch)
            return
        if not newest:
            return
        named = _ask_index(self.search.sought)
        if len(named) > MANY:
            known = frozenset(named)
            for batch in batches:
                yield from self._split(one for one in batch if one.text in known or one.pk in self.changed)
            return
        candidates = self._read(_NAMED_SQL, keys=named) if named else []
        if self.changed:
            places = ", ".join(["%s"] * len(self.changed))
            changed = self._read(_CHANGED_SQL.replace("{changed}", places), *self.changed)
            candidates = list(dict.fromkeys(merge(candidates, changed, key=_get_recording, reverse=True)))
        end = _get_recording(newest[-1])
        yield from self._split(one for one in candidates if _get_recording(one) < end)

    def _list_newest(self) -> Iterator[list[_Candidate]]:
        """The transcripts of the newest recordings, and of more each time; recordings without one as a transcript."""
        count = NEWEST
        place, values = "1 = 1", []
        if self.after:
            place, values = "created_at <= %s AND NOT (created_at = %s AND id > %s)", [*self.after[:1], *self.after[:2]]
        while True:
            batch = self._read(_NEWEST_SQL.replace("{place}", place), *values, count)
            yield batch
            if not batch:
                return
            recorded, recording = _get_recording(batch[-1])
            place, values = "created_at <= %s AND NOT (created_at = %s AND id >= %s)", [recorded, recorded, recording]
            count = min(2 * count, 2000)

    def _read(self, sql: str, *values: Any, keys: Iterable[int] = ()) -> list[_Candidate]:
        """Numbers are written into the statement, as thousands of parameters take longer."""
        sql = sql.format(projects=_list_numbers(self.projects), keys=_list_numbers(keys))
        return [_Candidate(*row) for row in _read_rows(sql, values)]

    def _split(self, candidates: Iterable[_Candidate]) -> Iterator[list[_Candidate]]:
        """In batches, the transcripts of each recording in their order; from that on after which the page begins."""
        batch: list[_Candidate] = []
        for _recording, same in groupby(candidates, _get_recording):
            batch += self._order(list(same))
            if len(batch) >= AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch

    def _order(self, same: list[_Candidate]) -> list[_Candidate]:
        """The transcripts of a recording: the current one, then the newest."""
        same = [one for one in same if one.pk is not None]
        if len(same) > 1:
            same.sort(key=lambda one: one.pk)
            same.sort(key=lambda one: one.made, reverse=True)
            same.sort(key=lambda one: one.pk != one.current)
        if self.after and same and same[0].recording == self.after.recording:
            keys = [one.pk for one in same]
            if self.after.transcript in keys:
                return same[keys.index(self.after.transcript) :]
        return same

    # --- Which of their rows --------------------------------------------------------------------------------------

    def _look_through(self, batch: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, RowKey]]:
        if self.search.mode == Mode.REGEX:
            yield from self._look_at_rows(batch)
            return
        keys = [one.text for one in batch if one.text is not None]
        read = _read_rows(_TEXTS_SQL.format(keys=_list_numbers(keys))) if keys else []
        texts = {pk: (text, rows) for pk, text, rows in read}
        hits = (
            (candidate, row)
            for candidate in batch
            for row, text in self._find_rows(candidate, *texts.get(candidate.text or 0, ("", b"")))
            if self.search.may_hit(text) and self._is_after(candidate, row)
        )
        if self.search.is_indexed:
            yield from hits
            return
        while some := list(islice(hits, AT_ONCE)):
            self.search.check_time()
            originals = dict(Utterance.objects.filter(pk__in=[pk for _, (_, pk) in some]).values_list("pk", "text"))
            yield from (hit for hit in some if self.search.has_hit(originals.get(hit[1][1], "")))

    def _find_rows(self, candidate: _Candidate, text: str, rows: bytes | memoryview) -> Iterable[tuple[RowKey, str]]:
        found = find_in_rows(text, rows, self.search.sought, self.unindexed)
        if candidate.pk in self.changed:
            return sorted([*found, *self.changed[candidate.pk]])
        return found

    def _look_at_rows(self, batch: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, RowKey]]:
        by_transcript: dict[str, list[tuple[RowKey, str]]] = {}
        rows = Utterance.objects.visible().filter(transcript__in=[one.pk for one in batch])
        for transcript, start_ms, pk, text in rows.values_list("transcript_id", "start_ms", "pk", "text"):
            by_transcript.setdefault(_write_uuid(transcript), []).append(((start_ms, pk), text))
        for candidate in batch:
            self.search.check_time()
            for row, text in sorted(by_transcript.get(candidate.pk, [])):
                if self._is_after(candidate, row) and self.search.has_hit(text):
                    yield candidate, row

    def _is_after(self, candidate: _Candidate, row: RowKey) -> bool:
        """Whether it is on the page or a later one, of the transcript that the page begins in."""
        return self.after is None or candidate.pk != self.after.transcript or row > self.after.row


def _read_rows(sql: str, values: Sequence[Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _list_numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, map(int, numbers)))


def _get_recording(candidate: _Candidate) -> tuple[str, str]:
    return candidate.recorded, candidate.recording


def _write_uuid(pk: UUID) -> str:
    """As the database does."""
    return str(_UUIDS.get_db_prep_value(pk, connection))


_UUIDS = models.UUIDField()


def _ask_index(sought: str) -> list[int]:
    """The keys of the `SearchText`s with all grams of what is sought: it may be in these and in no others.

    They come in one row: thousands have Python look for garbage, which takes longer.
    """
    grams = list_sought_grams(sought)
    if connection.vendor == "sqlite":
        tokens = " ".join(f'"{gram.encode().hex()}"' for gram in grams)
        [(keys,)] = _read_rows(
            "SELECT group_concat(rowid) FROM transcripts_grams WHERE transcripts_grams MATCH %s", [tokens]
        )
    else:
        [(keys,)] = _read_rows(
            "SELECT string_agg(id::text, ',') FROM transcripts_grams WHERE grams @> %s::text[]", [grams]
        )
    return [int(key) for key in keys.split(",")] if keys else []


# --- Places ------------------------------------------------------------------------------------------------------


def _write_place(candidate: _Candidate, row: RowKey) -> str:
    return SIGNER.sign_object([candidate.recorded, candidate.recording, candidate.pk, *row])


def _read_place(written: str) -> _Place | None:
    """None if it is none."""
    try:
        recorded, recording, transcript, start_ms, pk = SIGNER.unsign_object(written)
    except (signing.BadSignature, ValueError):
        return None
    return _Place(recorded, recording, transcript, (start_ms, pk))


# --- What is shown of it -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row with hits, in parts, each with whether it is a hit."""

    row: Utterance
    fragments: list[tuple[str, bool]]


def list_found_rows(ids: Sequence[int], search: Search) -> list[tuple[Transcript, list[ListedRow]]]:
    """These rows by transcript, in the given order."""
    rows = (
        Utterance.objects.visible()
        .select_related("transcript__recording__project", "speaker")
        .defer("words", "engine_words", "engine_text")
        .in_bulk(ids)
    )
    there = [rows[pk] for pk in ids if pk in rows]
    return [
        (
            group[0].transcript,
            [ListedRow(row, _clip_fragments(split_at_hits(row.text, search.find_hits(row.text)))) for row in group],
        )
        for _pk, group in ((pk, list(same)) for pk, same in groupby(there, _get_transcript_id))
    ]


def _get_transcript_id(row: Utterance) -> UUID:
    return row.transcript_id


def _clip_fragments(parts: Iterable[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Clips a long row to what shows its first hits."""
    clipped: list[tuple[str, bool]] = []
    left = LONGEST
    for text, is_hit in parts:
        if not clipped and not is_hit and len(text) > 2 * AROUND:
            text = "…" + text[-AROUND:]
        if left <= 0:
            clipped.append(("…", False))
            break
        clipped.append((text if len(text) <= left else text[:left] + "…", is_hit))
        left -= len(text)
    return clipped
