"""Finding rows in all recordings that a person may see, a page at a time; docs/growth.md says why it is this way.

Rows come by recording, newest first, in its current transcript first, and by time; backwards for the page before
another one. An index of grams names transcripts. Those are looked through, as it may name too many; and rows that were
changed since their transcript was put into the index are looked at themselves. No more is read than the page takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
FEW = 120  # recordings whose transcripts are looked through without the index
MANY = 700  # transcripts named by the index, of which not each is asked whose it is
FEWEST_PASSED, MOST_PASSED = 100, 2000  # recordings passed at once: as many as are likely to have the wanted hits
HITS_OF_TEXT = 1.3  # that a transcript named by the index is likely to have
COUNTED_IN = 50  # recordings, or transcripts that the index names, in which hits are counted at least
MOST_COUNTED_IN = 400  # of them, if that many are likely to have `MOST_COUNTED` hits
AT_ONCE = 50  # transcripts looked through at once
HITS_AT_ONCE = 100  # of which the texts as they are written are read at once
UUID_DIGITS = 32  # more than a number has
BEHIND = 5000  # unindexed rows, above which the database narrows them down
SIGNER = signing.Signer(salt="transcripts.search")

# The order of the tables is that in which SQLite reads them. The sum with 0 keeps it from reading recordings by project
# where they are wanted in another order, or are known already.
_MEMBERSHIPS = """transcripts_membership m CROSS JOIN transcripts_project p
    WHERE m.user_id = %s AND p.id = m.project_id AND p.binned_at IS NULL"""
_RECORDING = "SELECT CAST(r.created_at AS text), CAST(r.id AS text)"
_TEXTS = "LEFT JOIN transcripts_searchtext s ON s.transcript_id = t.id"
_RANK = "CASE WHEN t.id = r.current_transcript_id THEN 0 ELSE 1 END AS rank"
_CANDIDATE = f"{_RECORDING}, {{key}}, {_RANK}"
_IN_ORDER = "r.created_at {direction}, r.id {direction}"
_OF_RECORDING = "rank {opposite}, t.created_at {direction}, t.id {opposite}"
_MAY_SEE = "r.binned_at IS NULL AND r.project_id + 0 IN ({projects})"
_JOIN = {"sqlite": "group_concat(t.key)", "postgresql": "string_agg(t.key, ',')"}
_MINE = f"""(SELECT p.id FROM {_MEMBERSHIPS}) p CROSS JOIN transcripts_recording r
    {{transcripts}} WHERE r.project_id = p.id AND r.binned_at IS NULL"""  # noqa: S608
_SOME_SQL = f"SELECT 1 FROM {_MINE.format(transcripts='')} LIMIT {{most}}"  # noqa: S608
_WITH_TRANSCRIPTS = _MINE.format(transcripts=f"CROSS JOIN transcripts_transcript t {_TEXTS}")
_ALL_SQL = f"""{_CANDIDATE} FROM {_WITH_TRANSCRIPTS} AND t.recording_id = r.id
    AND (SELECT count(*) FROM ({_SOME_SQL}) few) < {{most}}
    ORDER BY {_IN_ORDER}, {_OF_RECORDING}"""  # noqa: S608
_NEXT_SQL = f"""{_RECORDING}, (SELECT {{join}} FROM (
      SELECT {{key}} AS key, {_RANK} FROM transcripts_transcript t {_TEXTS} WHERE t.recording_id = r.id
      ORDER BY {_OF_RECORDING}) t)
    FROM transcripts_recording r WHERE {_MAY_SEE} AND {{within}} ORDER BY {_IN_ORDER} LIMIT %s"""  # noqa: S608
_NAMED_SQL = f"""{_CANDIDATE} FROM transcripts_searchtext s CROSS JOIN transcripts_transcript t
    CROSS JOIN transcripts_recording r WHERE s.id IN ({{keys}}) AND t.id = s.transcript_id
    AND r.id = t.recording_id AND {_MAY_SEE} ORDER BY {_IN_ORDER}, {_OF_RECORDING}"""
_NAMED_OR_CHANGED_SQL = f"""{_CANDIDATE} FROM transcripts_transcript t CROSS JOIN transcripts_recording r {_TEXTS}
    WHERE r.id = t.recording_id AND {_MAY_SEE} AND t.id IN (
      SELECT transcript_id FROM transcripts_searchtext WHERE id IN ({{keys}})
      UNION SELECT id FROM transcripts_transcript WHERE id IN ({{changed}}))
    ORDER BY {_IN_ORDER}, {_OF_RECORDING}"""  # noqa: S608
_NOTED_SQL = """SELECT n.row_id, CAST(u.transcript_id AS text), u.start_ms, u.search_text, u.removed
    FROM transcripts_unindexedrow n LEFT JOIN transcripts_utterance u ON u.id = n.row_id ORDER BY n.id LIMIT %s"""
_TEXTS_SQL = """SELECT CAST(id AS text), CAST(transcript_id AS text), text, rows
    FROM transcripts_searchtext WHERE id IN ({keys})"""


class _Candidate(NamedTuple):
    """A transcript to look through, with values as the database writes them: converting thousands takes longer than
    reading them. `key` is that of its `SearchText`, or its own if it has none.
    """

    recorded: str
    recording: str
    key: str


class _Place(NamedTuple):
    """Of the hit that a page begins after or ends before, as an address has it."""

    recorded: str
    recording: str
    transcript: str
    row: RowKey


_Hit = tuple[_Candidate, str, RowKey]
"""With the key of the transcript."""
_Text = tuple[_Candidate, str, str, bytes | memoryview]
"""With the key of the transcript, and `text` and `rows` of its `SearchText`."""
_RecordingKey = tuple[str, str]
"""When a recording was made, and its id."""


@dataclass(frozen=True, slots=True)
class FoundRows:
    """The ids of a page's rows; `before` and `after` are for its neighbours, if there are any.

    `count` is of the rows on all pages, where it is known. `and_more` says that there may be more, and `is_cut` that
    there may be fewer than `MOST_COUNTED`, as counting has stopped early.
    """

    ids: list[int]
    count: int | None = None
    and_more: bool = False
    is_cut: bool = False
    before: str = ""
    after: str = ""

    @property
    def written_count(self) -> str:
        """The count for "1,000+", in tens."""
        return f"{(self.count or 0) // 10 * 10 or self.count:,}"


def find_in_library(
    user: User, search: Search, *, size: int, after: str = "", before: str = "", count_all: bool = False
) -> FoundRows:
    """The page of rows with hits `after` or `before` the place that another page named; without a valid one, the first.

    The first counts them up to `MOST_COUNTED`; without `count_all`, in as much as is soon looked through. A page that
    would be the first but for some rows is the first.

    Raises TooSlow.
    """
    place = _read_place(before or after)
    if before and place:
        page = list(islice(_Walk(user, search, place, size + 1, backwards=True).find_hits(), size + 1))
        if len(page) > size:
            return _make_page(page[:size][::-1], more_before=True, more_after=True)
        place = None
    walk = _Walk(user, search, place, size + 1)
    hits = walk.find_hits()
    page = list(islice(hits, size + 1))
    found = _make_page(page[:size], more_before=place is not None, more_after=len(page) > size)
    if place is not None:
        return found
    try:
        walk.wanted, walk.may_stop = MOST_COUNTED + 1, not count_all
        count = len(page) + sum(1 for _hit in islice(hits, MOST_COUNTED + 1 - len(page)))
    except TooSlow:
        return replace(found, count=len(page), and_more=True)
    and_more = walk.has_stopped or count > MOST_COUNTED
    return replace(found, count=min(count, MOST_COUNTED), and_more=and_more, is_cut=walk.has_stopped)


def _make_page(hits: list[_Hit], *, more_before: bool, more_after: bool) -> FoundRows:
    return FoundRows(
        ids=[pk for _candidate, _transcript, (_start_ms, pk) in hits],
        before=_write_place(*hits[0]) if hits and more_before else "",
        after=_write_place(*hits[-1]) if hits and more_after else "",
    )


class _Walk:
    """The way through a person's transcripts, in order, from a place on or from the first one, to so many hits."""

    def __init__(
        self, user: User, search: Search, place: _Place | None, wanted: int, *, backwards: bool = False
    ) -> None:
        self.user, self.search = user, search
        self.place, self.backwards = place, backwards
        self.projects: list[int] = []
        self.unindexed: Collection[int] = ()
        self.changed: dict[str, list[tuple[RowKey, str]]] = {}
        self.wanted, self.found, self.passed = wanted, 0, 0
        self.passed_for_hit = 1.0  # until any is found
        self.may_stop = self.has_stopped = False

    def find_hits(self) -> Iterator[_Hit]:
        """In order."""
        if self.search.mode != Mode.REGEX:
            if not self.search.sought:
                return
            self._read_unindexed()
        for batch in self._list_batches():
            self.search.check_time()
            for hit in self._look_through(batch):
                self.found += 1
                yield hit

    def _stops(self) -> bool:
        """Whether enough has been looked through for counting, and `MOST_COUNTED` hits are not near."""
        is_rare = self.found * MOST_COUNTED_IN < MOST_COUNTED * self.passed
        self.has_stopped = self.may_stop and self.passed >= COUNTED_IN and is_rare
        return self.has_stopped

    def _read_unindexed(self) -> None:
        """Before the texts: of what a worker puts into them meanwhile the rows are looked at.

        By the notes' keys, as in PostgreSQL their table may keep the room of those that went.
        """
        noted = _read_rows(_NOTED_SQL, [BEHIND + 1])
        self.unindexed = {pk for pk, *_row in noted}
        if len(noted) > BEHIND:
            notes = UnindexedRow.objects.values("row_id")
            self.unindexed = frozenset(notes.values_list("row_id", flat=True))
            mine = Transcript.objects.filter(access.is_of_member(self.user, "recording__"))
            rows = narrow_rows(Utterance.objects.filter(pk__in=notes, transcript__in=mine.values("pk")), self.search)
            columns = ("pk", "transcript_id", "start_ms", "search_text", "removed")
            noted = [(pk, _write_uuid(transcript), *row) for pk, transcript, *row in rows.values_list(*columns)]
        for pk, transcript, start_ms, text, removed in dict.fromkeys(noted):
            if text and self.search.sought in text and not removed:
                self.changed.setdefault(transcript, []).append(((start_ms, pk), text))

    # --- Which transcripts ----------------------------------------------------------------------------------------

    def _list_batches(self) -> Iterator[list[_Candidate]]:
        """All transcripts of a recording are in the same one."""
        if few := self._read(_ALL_SQL, self.user.pk, self.user.pk):
            yield from self._split(self._leave_out_passed(few))
            return
        self.projects = [pk for (pk,) in _read_rows(f"SELECT p.id FROM {_MEMBERSHIPS}", [self.user.pk])]  # noqa: S608
        if not self.projects:
            return
        if self.search.mode == Mode.REGEX:
            for batch in self._pass(lambda _key: True):
                yield from self._split(batch)
            return
        named, last = _ask_index(self.search.sought)
        if len(named) <= MANY:
            sql = _NAMED_OR_CHANGED_SQL if self.changed else _NAMED_SQL
            candidates = self._read(sql, *self.changed, keys=named) if named or self.changed else []
            for batch in self._split(self._leave_out_passed(candidates)):
                yield batch
                self.passed += len(batch)
                if self._stops():
                    return
            return
        known = {*named, *self.changed, *self._list_changed_texts()}
        self.passed_for_hit = last / len(named) / HITS_OF_TEXT
        for batch in self._pass(lambda key: key in known or self._is_newer(key, last)):
            yield from self._split(batch)

    def _list_changed_texts(self) -> list[str]:
        if not self.changed:
            return []
        sql = "SELECT CAST(id AS text) FROM transcripts_searchtext WHERE transcript_id IN ({changed})"
        return [key for (key,) in self._read_keys(sql, *self.changed)]

    def _is_newer(self, key: str, last: int) -> bool:
        """Whether a worker has made this `SearchText` of changed rows since the index was asked."""
        return bool(self.changed) and len(key) < UUID_DIGITS and int(key) > last

    def _leave_out_passed(self, candidates: Iterable[_Candidate]) -> Iterator[_Candidate]:
        """Leaves out those of recordings before that of the place."""
        place = self.place and (self.place.recorded, self.place.recording)
        for one in candidates:
            key = _get_recording(one)
            if not place or key == place or self._is_before(place, key):
                yield one

    def _pass(self, is_sought: Callable[[str], bool]) -> Iterator[list[_Candidate]]:
        """Those of the transcripts of the next recordings, by their keys, again and again."""
        within, values = "1 = 1", list[str]()
        if self.place:
            within, values = self._write_range((self.place.recorded, self.place.recording), or_at=True)
        while not self._stops():
            read = self._read_keys(_NEXT_SQL, *values, self._count_next(), within=within)
            if not read:
                return
            self.passed += len(read)
            yield [
                _Candidate(recorded, recording, key)
                for recorded, recording, keys in read
                if keys
                for key in keys.split(",")
                if is_sought(key)
            ]
            within, values = self._write_range(read[-1][:2])

    def _count_next(self) -> int:
        """How many recordings are likely to have what is still wanted."""
        passed_for_hit = self.passed / self.found if self.found else self.passed_for_hit
        likely = int(1.1 * passed_for_hit * (self.wanted - self.found))
        return min(max(FEWEST_PASSED, likely, 0 if self.found else self.passed), MOST_PASSED)

    def _is_before(self, one: _RecordingKey, other: _RecordingKey) -> bool:
        """Whether a recording comes before another on the way."""
        return one < other if self.backwards else one > other

    def _write_range(self, key: _RecordingKey, *, or_at: bool = False) -> tuple[str, list[str]]:
        """The condition that a recording is beyond that of the key, or the same, with its values."""
        beyond, before = "><" if self.backwards else "<>"
        excluded = before if or_at else f"{before}="
        condition = f"r.created_at {beyond}= %s AND NOT (r.created_at = %s AND r.id {excluded} %s)"
        return condition, [key[0], *key]

    def _read(self, sql: str, *values: Any, keys: Iterable[str] = ()) -> list[_Candidate]:
        return [_Candidate(*row[:3]) for row in self._read_keys(sql, *values, keys=keys)]

    def _read_keys(self, sql: str, *values: Any, keys: Iterable[str] = (), within: str = "") -> list[Any]:
        """Numbers are written into the statement, as thousands of parameters take longer."""
        directions = ("ASC", "DESC") if self.backwards else ("DESC", "ASC")
        is_indexed = self.search.mode != Mode.REGEX
        sql = sql.format(
            projects=", ".join(map(str, self.projects)),
            keys=", ".join(keys) or "NULL",
            changed=", ".join(["%s"] * len(self.changed)) or "NULL",
            key="COALESCE(CAST(s.id AS text), CAST(t.id AS text))" if is_indexed else "CAST(t.id AS text)",
            join=_JOIN[connection.vendor],
            within=within,
            direction=directions[0],
            opposite=directions[1],
            most=FEW + 1,
        )
        return _read_rows(sql, values)

    def _split(self, candidates: Iterable[_Candidate]) -> Iterator[list[_Candidate]]:
        """In batches, each recording's transcripts in the same one."""
        batch: list[_Candidate] = []
        for _recording, same in groupby(candidates, _get_recording):
            batch += same
            if len(batch) >= AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch

    # --- Which of their rows --------------------------------------------------------------------------------------

    def _look_through(self, batch: Sequence[_Candidate]) -> Iterator[_Hit]:
        if self.search.mode == Mode.REGEX:
            yield from self._look_at_rows(batch)
            return
        keys = [one.key for one in batch if len(one.key) < UUID_DIGITS]
        read = _read_rows(_TEXTS_SQL.format(keys=", ".join(keys))) if keys else []
        texts = {key: (pk, text, rows) for key, pk, text, rows in read}
        found = [(one, *texts.get(one.key, (one.key, "", b""))) for one in batch]
        hits = (
            (one, pk, row)
            for one, pk, text, rows in self._begin_at_place(found)
            for row in self._find_rows(pk, text, rows)
        )
        if self.search.is_indexed:
            yield from hits
            return
        while some := list(islice(hits, HITS_AT_ONCE)):
            self.search.check_time()
            originals = dict(Utterance.objects.filter(pk__in=[pk for *_, (_, pk) in some]).values_list("pk", "text"))
            yield from (hit for hit in some if self.search.has_hit(originals.get(hit[2][1], "")))

    def _begin_at_place(self, found: list[_Text]) -> list[_Text]:
        """Leaves out the transcripts of its recording that come before that of the place."""
        keys = [pk for _candidate, pk, _text, _rows in found]
        if not self.place or self.place.transcript not in keys:
            return found
        return found[keys.index(self.place.transcript) :]

    def _find_rows(self, transcript: str, text: str, rows: bytes | memoryview) -> Sequence[RowKey]:
        """In order."""
        found = find_in_rows(text, rows, self.search.sought, self.unindexed)
        if transcript in self.changed:
            found = sorted([*found, *self.changed[transcript]])
        if self.search.mode == Mode.WORD:
            found = [(row, text) for row, text in found if self.search.may_hit(text)]
        if self.backwards:
            found.reverse()
        return [row for row, _text in found if self._is_beyond(transcript, row)]

    def _look_at_rows(self, batch: Sequence[_Candidate]) -> Iterator[_Hit]:
        by_transcript: dict[str, list[tuple[RowKey, str]]] = {}
        rows = Utterance.objects.visible().filter(transcript__in=[one.key for one in batch])
        for transcript, start_ms, pk, text in rows.values_list("transcript_id", "start_ms", "pk", "text"):
            by_transcript.setdefault(_write_uuid(transcript), []).append(((start_ms, pk), text))
        for candidate, key, _text, _rows in self._begin_at_place([(one, one.key, "", b"") for one in batch]):
            self.search.check_time()
            for row, text in sorted(by_transcript.get(key, []), reverse=self.backwards):
                if self._is_beyond(key, row) and self.search.has_hit(text):
                    yield candidate, key, row

    def _is_beyond(self, transcript: str, row: RowKey) -> bool:
        """Whether it is on the page or a further one, of the transcript that has the place."""
        if self.place is None or transcript != self.place.transcript:
            return True
        return row < self.place.row if self.backwards else row > self.place.row


def _read_rows(sql: str, values: Sequence[Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)  # Without values, Django does not look for places for them.
        return list(cursor.fetchall())


def _get_recording(candidate: _Candidate) -> _RecordingKey:
    return candidate.recorded, candidate.recording


def _write_uuid(pk: UUID) -> str:
    """As the database does."""
    return str(_UUIDS.get_db_prep_value(pk, connection))


_UUIDS = models.UUIDField()


def _ask_index(sought: str) -> tuple[list[str], int]:
    """The keys of the `SearchText`s with all grams of what is sought, and the last key of all.

    It may be in these and in no others. They come in one row: thousands have Python look for garbage, which takes
    longer. PostgreSQL is not to see what is sought when it plans: of what is frequent it would read all grams instead
    of the index.
    """
    grams: Any = list_sought_grams(sought)
    named = "SELECT string_agg(id::text, ',') FROM transcripts_grams WHERE grams @> (SELECT %s::text[])"
    if connection.vendor == "sqlite":
        grams = " ".join(f'"{gram.encode().hex()}"' for gram in grams)
        named = "SELECT group_concat(rowid) FROM transcripts_grams WHERE transcripts_grams MATCH %s"
    sql = f"SELECT ({named}), (SELECT max(id) FROM transcripts_searchtext)"  # noqa: S608
    [(keys, last)] = _read_rows(sql, [grams])
    return keys.split(",") if keys else [], last or 0


# --- Places ------------------------------------------------------------------------------------------------------


def _write_place(candidate: _Candidate, transcript: str, row: RowKey) -> str:
    return SIGNER.sign_object([candidate.recorded, candidate.recording, transcript, *row])


def _read_place(written: str) -> _Place | None:
    """None if it is none."""
    try:
        recorded, recording, transcript, start_ms, pk = SIGNER.unsign_object(written)
    except (signing.BadSignature, ValueError):
        return None
    return _Place(recorded, recording, transcript, (start_ms, pk))
