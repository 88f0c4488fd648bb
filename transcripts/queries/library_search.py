"""Finding rows in all recordings that a person may see, a page at a time; docs/growth.md says why it is this way.

Rows come by recording, newest first, in its current transcript first, and by time. The newest recordings are looked
through, then those that an index of grams names. What it names is looked through too, and rows that were changed since
their transcript was put into the index are looked at themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.core import signing
from django.db import connection
from django.db.models import F, Prefetch, QuerySet

from transcripts import access
from transcripts.models import Project, Recording, SearchText, Transcript, UnindexedRow, Utterance
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
TITLES = 10
FEW = 500  # transcripts that are looked through without the index
MANY = 2000  # transcripts named by the index, of which not each is asked whose it is
NEWEST = 100  # recordings looked through before the index is asked
AT_ONCE = 100  # transcripts looked through at once
BEHIND = 5000  # unindexed rows, above which the database narrows them down
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SIGNER = signing.Signer(salt="transcripts.search")


class TranscriptKey(NamedTuple):
    """What transcripts are ordered by; times in microseconds, and all numbers are such that smaller ones come first."""

    recorded: int
    recording: int
    is_other: bool
    made: int
    transcript: int


Place = tuple[TranscriptKey, RowKey]


class _Candidate(NamedTuple):
    """A transcript to look through; `text` is the key of its `SearchText`, if it has one."""

    key: TranscriptKey
    pk: UUID
    text: int | None


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
        ids=[pk for _key, (_start_ms, pk) in page[:size]],
        count=count,
        and_more=and_more,
        after=_write_place(page[size - 1]) if len(page) > size else "",
    )


class _Walk:
    """The way through a person's transcripts, in order."""

    def __init__(self, user: User, search: Search, after: Place | None) -> None:
        self.search, self.after = search, after
        self.mine = Transcript.objects.filter(access.is_of_member(user, "recording__"))
        projects = Project.objects.filter(members=user.pk, binned_at=None).values("pk")
        # An expression, so that the recordings are read in their order and not by project.
        in_projects = Recording.objects.alias(of=F("project") + 0).filter(of__in=projects, binned_at=None)
        self.recordings = in_projects.order_by("-created_at", "-pk")
        self.unindexed: Collection[int] = ()
        self.changed: dict[UUID, list[tuple[RowKey, str]]] = {}

    def find_hits(self) -> Iterator[Place]:
        if self.search.mode != Mode.REGEX:
            if not self.search.sought:
                return
            self._read_unindexed()
        for batch in self._list_batches():
            self.search.check_time()
            for place in self._look_through(batch):
                if self.after is None or place > self.after:
                    yield place

    def _read_unindexed(self) -> None:
        """Before the texts: of what a worker puts into them meanwhile the rows are looked at."""
        noted = Utterance.objects.filter(pk__in=UnindexedRow.objects.values("row_id"))
        columns = ("transcript_id", "start_ms", "pk", "search_text", "removed")
        rows = list(noted.values_list(*columns)[: BEHIND + 1])
        self.unindexed = {pk for _transcript, _start_ms, pk, _text, _removed in rows}
        if len(rows) > BEHIND:
            self.unindexed = frozenset(UnindexedRow.objects.values_list("row_id", flat=True))
            mine = noted.filter(transcript__in=self.mine.values("pk"))
            rows = list(narrow_rows(mine, self.search).values_list(*columns))
        for transcript, start_ms, pk, text, removed in rows:
            if self.search.sought in text and not removed:
                self.changed.setdefault(transcript, []).append(((start_ms, pk), text))

    # --- Which transcripts ----------------------------------------------------------------------------------------

    def _list_batches(self) -> Iterator[Sequence[_Candidate]]:
        few = _list_candidates(self.mine[: FEW + 1])
        if len(few) <= FEW:
            yield from self._split(few)
            return
        batches = self._list_in_order()
        if self.search.mode == Mode.REGEX:
            for batch in batches:
                yield from self._split(batch)
            return
        newest = next(batches, [])
        yield from self._split(newest)
        if not newest:
            return
        end = newest[-1].key
        named = frozenset(_ask_index(self.search.sought))
        if len(named) > MANY:
            for batch in batches:
                yield from self._split(self._narrow(batch, named))
            return
        candidates = _list_candidates(self.mine.filter(search_text__in=named)) if named else []
        if self.changed:
            candidates += _list_candidates(self.mine.filter(pk__in=self.changed))
        yield from self._split({one for one in candidates if one.key > end})

    def _list_in_order(self) -> Iterator[list[_Candidate]]:
        """The transcripts of the newest recordings, and of more each time."""
        rows, count = self.recordings, NEWEST
        if self.after:
            created_at, pk = _read_recording(self.after[0])
            rows = rows.filter(created_at__lte=created_at).exclude(created_at=created_at, pk__gt=pk)
        while recordings := list(rows.values_list("created_at", "pk")[:count]):
            yield sorted(_list_candidates(Transcript.objects.filter(recording__in=[pk for _at, pk in recordings])))
            created_at, pk = recordings[-1]
            rows = self.recordings.filter(created_at__lte=created_at).exclude(created_at=created_at, pk__gte=pk)
            count = min(2 * count, 1000)

    def _narrow(self, batch: Iterable[_Candidate], named: Collection[int]) -> list[_Candidate]:
        return [one for one in batch if one.text in named or one.pk in self.changed]

    def _split(self, candidates: Iterable[_Candidate]) -> Iterator[list[_Candidate]]:
        """In order, from the transcript with the place to go on after."""
        rest = sorted(one for one in candidates if self.after is None or one.key >= self.after[0])
        for start in range(0, len(rest), AT_ONCE):
            yield rest[start : start + AT_ONCE]

    # --- Which of their rows --------------------------------------------------------------------------------------

    def _look_through(self, batch: Sequence[_Candidate]) -> Iterator[Place]:
        if self.search.mode == Mode.REGEX:
            yield from self._look_at_rows(batch)
            return
        keys = [one.text for one in batch if one.text is not None]
        read = SearchText.objects.filter(pk__in=keys).values_list("pk", "text", "rows") if keys else []
        texts = {pk: (text, rows) for pk, text, rows in read}
        places = (
            (candidate.key, row)
            for candidate in batch
            for row, text in self._find_rows(candidate, *texts.get(candidate.text or 0, ("", b"")))
            if self.search.may_hit(text)
        )
        if self.search.is_indexed:
            yield from places
            return
        while some := list(islice(places, AT_ONCE)):
            self.search.check_time()
            originals = dict(Utterance.objects.filter(pk__in=[row[1] for _key, row in some]).values_list("pk", "text"))
            yield from (place for place in some if self.search.has_hit(originals.get(place[1][1], "")))

    def _find_rows(self, candidate: _Candidate, text: str, rows: bytes | memoryview) -> Iterable[tuple[RowKey, str]]:
        found = find_in_rows(text, rows, self.search.sought, self.unindexed)
        if candidate.pk in self.changed:
            return sorted([*found, *self.changed[candidate.pk]])
        return found

    def _look_at_rows(self, batch: Sequence[_Candidate]) -> Iterator[Place]:
        keys = {one.pk: one.key for one in batch}
        rows = Utterance.objects.visible().filter(transcript__in=keys)
        found = sorted(
            (keys[transcript], (start_ms, pk), text)
            for transcript, start_ms, pk, text in rows.values_list("transcript_id", "start_ms", "pk", "text")
        )
        for number, (key, row, text) in enumerate(found):
            if number % AT_ONCE == 0:
                self.search.check_time()
            if self.search.has_hit(text):
                yield key, row


def _list_candidates(transcripts: QuerySet[Transcript]) -> list[_Candidate]:
    """In no order."""
    rows = transcripts.values_list(
        "recording__created_at", "recording_id", "recording__current_transcript_id", "created_at", "pk", "search_text"
    )
    return [
        _Candidate(
            TranscriptKey(-_count_us(recorded), -recording.int, current != pk, -_count_us(made), pk.int), pk, text
        )
        for recorded, recording, current, made, pk, text in rows
        if recording
    ]


def _ask_index(sought: str) -> list[int]:
    """The keys of the `SearchText`s with all grams of what is sought: it may be in these and in no others."""
    grams = list_sought_grams(sought)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            tokens = " ".join(f'"{gram.encode().hex()}"' for gram in grams)
            cursor.execute("SELECT rowid FROM transcripts_grams WHERE transcripts_grams MATCH %s", [tokens])
        else:
            cursor.execute("SELECT id FROM transcripts_grams WHERE grams @> %s::text[]", [grams])
        return [pk for (pk,) in cursor.fetchall()]


# --- Places ------------------------------------------------------------------------------------------------------


def _count_us(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def _read_recording(key: TranscriptKey) -> tuple[datetime, UUID]:
    return EPOCH - timedelta(microseconds=key.recorded), UUID(int=-key.recording)


def _write_place(place: Place) -> str:
    key, row = place
    return SIGNER.sign_object([*key, *row])


def _read_place(written: str) -> Place | None:
    """None if it is none."""
    try:
        *key, start_ms, pk = SIGNER.unsign_object(written)
    except (signing.BadSignature, ValueError):
        return None
    return TranscriptKey(*key), (start_ms, pk)


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


def find_by_title(user: User, query: str) -> QuerySet[Recording]:
    """Recordings with a transcript and the query in their title, newest first."""
    recordings = Recording.objects.filter(access.is_of_member(user), title__icontains=query, transcripts__isnull=False)
    transcripts = Prefetch("transcripts", Transcript.objects.current_first())
    return recordings.distinct().prefetch_related(transcripts)[:TITLES]


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
