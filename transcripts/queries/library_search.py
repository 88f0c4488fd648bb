"""Finding rows in all recordings that a person may see, a page at a time; docs/growth.md says why it is this way.

Rows come by recording, newest first, in its current transcript first, and by time; backwards for the page before
another one. An index of grams names transcripts. Those are looked through, as it may name too many; and rows that were
changed since their transcript was put into the index are looked at themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
from transcripts.text.finding import Mode, Search, TooSlow
from transcripts.text.grams import list_sought_grams

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_COUNTED = 1000
LIBRARY_SECONDS = 5.0  # that a regular expression may take over all recordings
FEW = 120  # transcripts that are looked through without the index
MANY = 700  # transcripts named by the index, of which not each is asked whose it is
NEAREST = 200  # recordings passed at once; of every further batch there are twice as many
MOST_PASSED = 2000  # recordings of such a batch, and texts in which hits are only counted
AT_ONCE = 200  # transcripts looked through at once
WORTHWHILE = 0.25  # of the transcripts named, how many somebody has to see for asking of each whose it is
BEHIND = 5000  # unindexed rows, above which the database narrows them down
SIGNER = signing.Signer(salt="transcripts.search")

# The order of the tables is that in which SQLite reads them. The sums with 0 keep it from reading recordings by project
# where they are wanted in another order, or are known already.
_MEMBERSHIPS = """transcripts_membership m CROSS JOIN transcripts_project p
    WHERE m.user_id = %s AND p.id = m.project_id AND p.binned_at IS NULL"""
_COLUMNS = """SELECT CAST(r.created_at AS text), CAST(r.id AS text), CAST(r.current_transcript_id AS text),
    CAST(t.created_at AS text), CAST(t.id AS text), s.id"""
_TEXTS = "LEFT JOIN transcripts_searchtext s ON s.transcript_id = t.id"
_IN_ORDER = "ORDER BY r.created_at {direction}, r.id {direction}"
_ALL_SQL = f"""{_COLUMNS} FROM (SELECT p.id FROM {_MEMBERSHIPS}) p CROSS JOIN transcripts_recording r
    CROSS JOIN transcripts_transcript t {_TEXTS}
    WHERE r.project_id = p.id AND r.binned_at IS NULL AND t.recording_id = r.id LIMIT %s"""  # noqa: S608
_MAY_SEE = "r.binned_at IS NULL AND r.project_id + 0 IN ({projects})"
_NEXT_SQL = f"""{_COLUMNS} FROM (
      SELECT created_at, id, current_transcript_id FROM transcripts_recording r
      WHERE {_MAY_SEE} AND {{within}} {_IN_ORDER} LIMIT %s
    ) r LEFT JOIN transcripts_transcript t ON t.recording_id = r.id {_TEXTS} {_IN_ORDER}"""  # noqa: S608
_NAMED_SQL = f"""{_COLUMNS}
    FROM transcripts_searchtext s CROSS JOIN transcripts_transcript t CROSS JOIN transcripts_recording r
    WHERE s.id IN ({{keys}}) AND t.id = s.transcript_id AND r.id = t.recording_id AND {_MAY_SEE} {_IN_ORDER}"""
_COUNTED_SQL = f"""SELECT s.text, s.rows
    FROM transcripts_searchtext s CROSS JOIN transcripts_transcript t CROSS JOIN transcripts_recording r
    WHERE s.id IN ({{keys}}) AND t.id = s.transcript_id AND r.id = t.recording_id AND {_MAY_SEE}"""  # noqa: S608
_SEEN_SQL = """SELECT s.id
    FROM transcripts_recording r CROSS JOIN transcripts_transcript t CROSS JOIN transcripts_searchtext s
    WHERE r.project_id IN ({projects}) AND r.binned_at IS NULL AND t.recording_id = r.id AND s.transcript_id = t.id"""
_CHANGED_SQL = f"""{_COLUMNS} FROM transcripts_transcript t CROSS JOIN transcripts_recording r {_TEXTS}
    WHERE t.id IN ({{changed}}) AND r.id = t.recording_id AND {_MAY_SEE} {_IN_ORDER}"""
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
    """Of the hit that a page begins after or ends before, as an address has it."""

    recorded: str
    recording: str
    transcript: str
    row: RowKey


_Hit = tuple[_Candidate, RowKey]
_RecordingKey = tuple[str, str]
"""When a recording was made, and its id."""


@dataclass(frozen=True, slots=True)
class FoundRows:
    """The ids of a page's rows; `before` and `after` are for its neighbours, if there are any.

    `count` is of the rows on all pages, where it is known, `and_more` says that there may be more.
    """

    ids: list[int]
    count: int | None = None
    and_more: bool = False
    before: str = ""
    after: str = ""

    @property
    def written_count(self) -> str:
        """The count for "1,000+"."""
        return f"{self.count:,}"


def find_in_library(user: User, search: Search, *, size: int, after: str = "", before: str = "") -> FoundRows:
    """The page of rows with hits `after` or `before` the place that another page named; without a valid one, the first.

    The first counts them up to `MOST_COUNTED`. A page that would be the first but for some rows is the first.

    Raises TooSlow.
    """
    place = _read_place(before or after)
    if before and place:
        page = list(islice(_Walk(user, search, place, backwards=True).find_hits(), size + 1))
        if len(page) > size:
            return _make_page(page[:size][::-1], more_before=True, more_after=True)
        place = None
    walk = _Walk(user, search, place)
    hits = walk.find_hits()
    page = list(islice(hits, size + 1))
    found = _make_page(page[:size], more_before=place is not None, more_after=len(page) > size)
    if place is not None:
        return found
    try:
        count = len(page) + walk.count_further(hits, MOST_COUNTED + 1 - len(page))
    except TooSlow:
        return replace(found, count=len(page), and_more=True)
    return replace(found, count=min(count, MOST_COUNTED), and_more=count > MOST_COUNTED)


def _make_page(hits: list[_Hit], *, more_before: bool, more_after: bool) -> FoundRows:
    return FoundRows(
        ids=[pk for _candidate, (_start_ms, pk) in hits],
        before=_write_place(*hits[0]) if hits and more_before else "",
        after=_write_place(*hits[-1]) if hits and more_after else "",
    )


class _Walk:
    """The way through a person's transcripts, in order, from a place on or from the first one."""

    def __init__(self, user: User, search: Search, place: _Place | None, *, backwards: bool = False) -> None:
        self.user, self.search = user, search
        self.place, self.backwards = place, backwards
        self.projects: list[int] = []
        self.unindexed: Collection[int] = ()
        self.changed: dict[str, list[tuple[RowKey, str]]] = {}
        self.named: list[int] = []
        self.begun: dict[str, int | None] = {}  # transcripts with the keys of their texts
        self.batch: Iterator[_Hit] = iter(())

    def find_hits(self) -> Iterator[_Hit]:
        """In order."""
        if self.search.mode != Mode.REGEX:
            if not self.search.sought:
                return
            self._read_unindexed()
        for batch in self._list_batches():
            self.search.check_time()
            self.begun.update((one.pk, one.text) for one in batch)
            self.batch = self._look_through(batch)
            yield from self.batch

    def count_further(self, hits: Iterator[_Hit], most: int) -> int:
        """How many hits there are besides those that were taken from `hits`, up to so many."""
        count = sum(1 for _hit in islice(self.batch, most))
        if len(self.named) > MANY and self.search.is_indexed:
            return count + self._count_in_any_order(most - count)
        return count + sum(1 for _hit in islice(hits, most - count))

    def _count_in_any_order(self, most: int) -> int:
        """The same of the transcripts that have not begun."""
        begun = set(self.begun.values())
        keys = [key for key in self.named if key not in begun]
        count = 0
        if self.changed and most:
            changed = self._read(_CHANGED_SQL, *self.changed)
            count += sum(len(self.changed[one.pk]) for one in changed if one.pk not in self.begun)
        start, size = 0, AT_ONCE // 4 or 1
        while start < len(keys) and count < most:
            read = self._read_keys(_COUNTED_SQL, keys=keys[start : start + size])
            start += size
            count += sum(len(find_in_rows(text, rows, self.search.sought, self.unindexed)) for text, rows in read)
            if len(read) < WORTHWHILE * size < WORTHWHILE * len(keys[start:]):
                seen = {pk for (pk,) in self._read_keys(_SEEN_SQL)}
                keys = [key for key in keys[start:] if key in seen]
                start = 0
            size = min((most - count) * size // max(1, count) + AT_ONCE // 2, MOST_PASSED)  # They may have all others.
        return min(count, most)

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
            few.sort(key=_get_recording, reverse=not self.backwards)
            yield from self._split(self._leave_out_passed(few))
            return
        self.projects = [pk for (pk,) in _read_rows(f"SELECT p.id FROM {_MEMBERSHIPS}", [self.user.pk])]  # noqa: S608
        if self.search.mode == Mode.REGEX:
            for batch in self._pass():
                yield from self._split(batch)
            return
        self.named = _ask_index(self.search.sought)
        if len(self.named) > MANY:
            known = frozenset(self.named)
            for batch in self._pass():
                yield from self._split(one for one in batch if one.text in known or one.pk in self.changed)
            return
        candidates = self._read(_NAMED_SQL, keys=self.named) if self.named else []
        if self.changed:
            changed = self._read(_CHANGED_SQL, *self.changed)
            candidates = list(dict.fromkeys(merge(candidates, changed, key=_get_recording, reverse=not self.backwards)))
        yield from self._split(self._leave_out_passed(candidates))

    def _leave_out_passed(self, candidates: Iterable[_Candidate]) -> Iterator[_Candidate]:
        """Leaves out those of recordings before that of the place."""
        place = self.place and (self.place.recorded, self.place.recording)
        for one in candidates:
            key = _get_recording(one)
            if not place or key == place or self._is_before(place, key):
                yield one

    def _pass(self) -> Iterator[list[_Candidate]]:
        """The transcripts of the next recordings, again and again; recordings without one as a transcript."""
        count = NEAREST
        within, values = "1 = 1", list[str]()
        if self.place:
            within, values = self._write_range((self.place.recorded, self.place.recording), or_at=True)
        while batch := self._read(_NEXT_SQL, *values, count, within=within):
            yield batch
            within, values = self._write_range(_get_recording(batch[-1]))
            count = min(2 * count, MOST_PASSED)

    def _is_before(self, one: _RecordingKey, other: _RecordingKey) -> bool:
        """Whether a recording comes before another on the way."""
        return one < other if self.backwards else one > other

    def _write_range(self, key: _RecordingKey, *, or_at: bool = False) -> tuple[str, list[str]]:
        """The condition that a recording is beyond that of the key, or the same, with its values."""
        beyond, before = "><" if self.backwards else "<>"
        excluded = before if or_at else f"{before}="
        condition = f"r.created_at {beyond}= %s AND NOT (r.created_at = %s AND r.id {excluded} %s)"
        return condition, [key[0], *key]

    def _read(self, sql: str, *values: Any, keys: Iterable[int] = (), within: str = "") -> list[_Candidate]:
        return [_Candidate(*row) for row in self._read_keys(sql, *values, keys=keys, within=within)]

    def _read_keys(self, sql: str, *values: Any, keys: Iterable[int] = (), within: str = "") -> list[Any]:
        """Numbers are written into the statement, as thousands of parameters take longer."""
        sql = sql.format(
            projects=_list_numbers(self.projects),
            keys=_list_numbers(keys),
            changed=", ".join(["%s"] * len(self.changed)) or "NULL",
            within=within,
            direction="ASC" if self.backwards else "DESC",
        )
        return _read_rows(sql, values)

    def _split(self, candidates: Iterable[_Candidate]) -> Iterator[list[_Candidate]]:
        """In batches, the transcripts of each recording in their order; from that on which has the place."""
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
            if self.backwards:
                same.reverse()
        if self.place and same and same[0].recording == self.place.recording:
            keys = [one.pk for one in same]
            if self.place.transcript in keys:
                return same[keys.index(self.place.transcript) :]
        return same

    # --- Which of their rows --------------------------------------------------------------------------------------

    def _look_through(self, batch: Sequence[_Candidate]) -> Iterator[_Hit]:
        if self.search.mode == Mode.REGEX:
            yield from self._look_at_rows(batch)
            return
        keys = [one.text for one in batch if one.text is not None]
        read = _read_rows(_TEXTS_SQL.format(keys=_list_numbers(keys))) if keys else []
        texts = {pk: (text, rows) for pk, text, rows in read}
        hits = ((one, row) for one in batch for row in self._find_rows(one, *texts.get(one.text or 0, ("", b""))))
        if self.search.is_indexed:
            yield from hits
            return
        while some := list(islice(hits, AT_ONCE)):
            self.search.check_time()
            originals = dict(Utterance.objects.filter(pk__in=[pk for _, (_, pk) in some]).values_list("pk", "text"))
            yield from (hit for hit in some if self.search.has_hit(originals.get(hit[1][1], "")))

    def _find_rows(self, candidate: _Candidate, text: str, rows: bytes | memoryview) -> Sequence[RowKey]:
        """In order."""
        found = find_in_rows(text, rows, self.search.sought, self.unindexed)
        if candidate.pk in self.changed:
            found = sorted([*found, *self.changed[candidate.pk]])
        if self.search.mode == Mode.WORD:
            found = [(row, text) for row, text in found if self.search.may_hit(text)]
        if self.backwards:
            found.reverse()
        return [row for row, _text in found if self._is_beyond(candidate, row)]

    def _look_at_rows(self, batch: Sequence[_Candidate]) -> Iterator[_Hit]:
        by_transcript: dict[str, list[tuple[RowKey, str]]] = {}
        rows = Utterance.objects.visible().filter(transcript__in=[one.pk for one in batch])
        for transcript, start_ms, pk, text in rows.values_list("transcript_id", "start_ms", "pk", "text"):
            by_transcript.setdefault(_write_uuid(transcript), []).append(((start_ms, pk), text))
        for candidate in batch:
            self.search.check_time()
            for row, text in sorted(by_transcript.get(candidate.pk, []), reverse=self.backwards):
                if self._is_beyond(candidate, row) and self.search.has_hit(text):
                    yield candidate, row

    def _is_beyond(self, candidate: _Candidate, row: RowKey) -> bool:
        """Whether it is on the page or a further one, of the transcript that has the place."""
        if self.place is None or candidate.pk != self.place.transcript:
            return True
        return row < self.place.row if self.backwards else row > self.place.row


def _read_rows(sql: str, values: Sequence[Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)  # Without values, Django does not look for places for them.
        return list(cursor.fetchall())


def _list_numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, map(int, numbers)))


def _get_recording(candidate: _Candidate) -> _RecordingKey:
    return candidate.recorded, candidate.recording


def _write_uuid(pk: UUID) -> str:
    """As the database does."""
    return str(_UUIDS.get_db_prep_value(pk, connection))


_UUIDS = models.UUIDField()


def _ask_index(sought: str) -> list[int]:
    """The keys of the `SearchText`s with all grams of what is sought: it may be in these and in no others.

    They come in one row: thousands have Python look for garbage, which takes longer. PostgreSQL is not to see what is
    sought when it plans: of what is frequent it would read all grams instead of the index.
    """
    grams = list_sought_grams(sought)
    if connection.vendor == "sqlite":
        tokens = " ".join(f'"{gram.encode().hex()}"' for gram in grams)
        [(keys,)] = _read_rows(
            "SELECT group_concat(rowid) FROM transcripts_grams WHERE transcripts_grams MATCH %s", [tokens]
        )
    else:
        [(keys,)] = _read_rows(
            "SELECT string_agg(id::text, ',') FROM transcripts_grams WHERE grams @> (SELECT %s::text[])", [grams]
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
