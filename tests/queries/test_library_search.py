"""What the search of all recordings finds is what a reading of all rows would find, wherever it looks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import quick
from tests.conftest import ANSWER, OTHER_ANSWER
from transcripts.enums import Role
from transcripts.models import Membership, Project, Recording, SearchText, Transcript, UnindexedRow, Utterance
from transcripts.queries import library_search
from transcripts.queries.library_search import FoundRows, find_in_library
from transcripts.services import search_index
from transcripts.services.search_index import count_forgotten, index_forgotten, index_rows
from transcripts.text.finding import Mode, Search, fold_for_search

pytestmark = pytest.mark.long

EVERYTHING = 10_000
WAYS = {
    "few are looked through": {},
    "those named are put in order": {"FEW": 0, "AT_ONCE": 1},
    "many are named": {"FEW": 0, "MOST_PASSED": 1, "AT_ONCE": 2, "MANY": 0},
    "the index is behind": {"FEW": 0, "MOST_PASSED": 1, "MANY": 0, "BEHIND": 0},
}


@pytest.fixture(autouse=True)
def empty_index(db: None) -> None:
    """Emptying the database after other tests leaves some of it."""
    SearchText.objects.all().delete()
    UnindexedRow.objects.all().delete()


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in request.param.items():
        monkeypatch.setattr(library_search, name, value)


@pytest.fixture
def transcripts(lin: User, upload: Callable[..., Recording]) -> list[Transcript]:
    """Four of three recordings, of which the second has two and the first is the current one."""
    made = [quick.recognised(upload(lin), ANSWER) for _recording in range(3)]
    other = quick.again(made[1].recording, OTHER_ANSWER)
    Recording.objects.filter(pk=made[1].recording_id).update(current_transcript=made[1])
    return [*made, other]


def fill(transcripts: list[Transcript], texts: list[str], *, removed: int = -1) -> None:
    """Gives them these rows, in turn; that of this number is removed."""
    Utterance.objects.all().delete()
    Utterance.objects.bulk_create(
        Utterance(
            transcript=transcripts[number % len(transcripts)],
            start_ms=1000 - number // 8,  # not in the order in which they are stored, and some at the same time
            end_ms=2000,
            text=text,
            search_text=fold_for_search(text),
            removed=number == removed,
        )
        for number, text in enumerate(texts)
    )


def read_all(query: str) -> list[int]:
    """The ids of all visible rows with the query, as one finds them who reads everything."""
    search = Search(query)
    rows = Utterance.objects.visible().select_related("transcript__recording")
    found = [row for row in rows if search.sought in row.search_text]

    def place(row: Utterance) -> tuple[float, int, bool, float, UUID, int, int]:
        transcript, recording = row.transcript, row.transcript.recording
        newest_first = (-recording.created_at.timestamp(), -recording.pk.int)
        made = -transcript.created_at.timestamp()
        return *newest_first, not transcript.is_current, made, transcript.pk, row.start_ms, row.pk

    return [row.pk for row in sorted(found, key=place)]


def find(user: User, query: str, mode: Mode = Mode.PLAIN, *, size: int = EVERYTHING) -> list[int]:
    """All of the pages, which are as many as the first one has counted."""
    page = find_in_library(user, Search(query, mode), size=size)
    ids, count = page.ids, page.count
    while page.after:
        page = find_in_library(user, Search(query, mode), size=size, after=page.after)
        ids = ids + page.ids
    assert count == len(ids)
    return ids


LETTERS = "我们的语音了中国髮发ab cdeB,。😀👍🏽Ａｂｶﾞが1 '’\u0301\u200d"
TEXTS = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=16)
QUERIES = st.text(LETTERS, min_size=1, max_size=6)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(texts=TEXTS, changed=TEXTS, query=QUERIES, place=st.integers(0, 200), removed=st.integers(-1, 15))
def test_indexed_search_finds_what_reading_finds(
    way: None,
    transcripts: list[Transcript],
    lin: User,
    texts: list[str],
    changed: list[str],
    query: str,
    place: int,
    removed: int,
) -> None:
    whole = "".join(texts)
    part = whole[place % len(whole) :][: len(query)]  # There is something to find now and then.
    with transaction.atomic():
        fill(transcripts, texts, removed=removed)
        index_rows()
        assert not UnindexedRow.objects.exists()
        for sought in (query, part):
            if Search(sought).sought and Search(sought).is_indexed:
                assert find(lin, sought, size=3) == read_all(sought)
        for row, text in zip(Utterance.objects.order_by("-pk"), changed, strict=False):
            Utterance.objects.filter(pk=row.pk).update(
                text=text, search_text=fold_for_search(text), removed=not row.removed if len(text) > 9 else row.removed
            )
        for sought in (query, part, *changed[:1]):
            if Search(sought).sought and Search(sought).is_indexed:
                assert find(lin, sought, size=2) == read_all(sought)
        index_rows()
        for sought in (query, part, *changed[:1]):
            if Search(sought).sought and Search(sought).is_indexed:
                assert find(lin, sought, size=3) == read_all(sought)
        transaction.set_rollback(True)


@pytest.mark.parametrize("indexed", [True, False])
def test_pages_have_every_hit_once_and_in_order(
    way: None, transcripts: list[Transcript], lin: User, indexed: bool
) -> None:
    fill(transcripts, [f"row {number}" if number % 3 else "nothing" for number in range(40)])
    if indexed:
        index_rows()
    for size in (1, 7, 26, 27):
        assert find(lin, "row", size=size) == read_all("row") != []
    found = set(read_all("row"))
    assert set(find(lin, "row", Mode.WORD, size=5)) == set(find(lin, "r.w", Mode.REGEX, size=5)) == found
    assert find(lin, "ro", Mode.WORD) == []


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize(("query", "mode"), [("row", Mode.PLAIN), ("row", Mode.WORD), ("r.w", Mode.REGEX)])
def test_pages_are_the_same_backwards(
    way: None, transcripts: list[Transcript], lin: User, query: str, mode: Mode, indexed: bool
) -> None:
    fill(transcripts, [f"row {number}" if number % 3 else "nothing" for number in range(40)])
    if indexed:
        index_rows()
    search = Search(query, mode)
    pages = [find_in_library(lin, search, size=5)]
    while pages[-1].after:
        pages.append(find_in_library(lin, search, size=5, after=pages[-1].after))
    assert [pk for page in pages for pk in page.ids] == read_all("row")
    for page, previous in zip(pages[:0:-1], pages[-2::-1], strict=True):
        found = find_in_library(lin, search, size=5, before=page.before)
        assert (found.ids, found.count) == (previous.ids, previous.count)
        assert bool(found.before) == bool(previous.before)
        assert find_in_library(lin, search, size=5, after=found.after).ids == page.ids
    assert pages[0].before == ""
    last = Utterance.objects.get(pk=pages[1].ids[0])
    Utterance.objects.filter(pk=pages[0].ids[0]).update(removed=True)
    moved = find_in_library(lin, search, size=5, before=pages[1].before)
    assert (moved.ids, moved.count) == (read_all("row")[:5], 25)
    assert last.pk in moved.ids


def test_hits_are_counted_up_to_a_bound(
    way: None, transcripts: list[Transcript], lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(transcripts, ["词"] * 12)
    index_rows()

    def count(most: int) -> FoundRows:
        monkeypatch.setattr(library_search, "MOST_COUNTED", most)
        return find_in_library(lin, Search("词"), size=3)

    assert [(found.count, found.and_more) for found in map(count, (11, 12, 13))] == [
        (11, True),
        (12, False),
        (12, False),
    ]
    assert find_in_library(lin, Search("词"), size=3, after=count(12).after).count is None
    assert find_in_library(lin, Search("词"), size=3, after="of somebody else").count == 12


@pytest.mark.parametrize("changes", [{"MANY": 0, "MOST_PASSED": 1}, {"AT_ONCE": 1}])
def test_hits_that_are_far_between_are_counted_when_asked(
    transcripts: list[Transcript], lin: User, monkeypatch: pytest.MonkeyPatch, changes: dict[str, int]
) -> None:
    for name, value in {"FEW": 0, "COUNTED_IN": 2, "MOST_COUNTED_IN": 3, "MOST_COUNTED": 12, **changes}.items():
        monkeypatch.setattr(library_search, name, value)

    def count(rows: int, *, count_all: bool = False) -> tuple[int | None, bool, bool]:
        fill(transcripts, ["词"] * rows)
        index_rows()
        found = find_in_library(lin, Search("词"), size=1, count_all=count_all)
        assert found.ids == read_all("词")[:1]
        return found.count, found.and_more, found.is_cut

    assert count(8) == (6, True, True)  # in the two newest recordings, which have three transcripts
    assert count(8, count_all=True) == (8, False, False)
    assert count(20) == count(20, count_all=True) == (12, True, False)  # The bound is near.


def test_text_that_a_worker_makes_meanwhile_is_found(
    transcripts: list[Transcript], lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in WAYS["many are named"].items():
        monkeypatch.setattr(library_search, name, value)
    fill(transcripts, ["我们"] * 8)
    index_rows()
    SearchText.objects.filter(transcript=transcripts[1]).delete()
    index_forgotten()
    list_changed_texts = library_search._Walk._list_changed_texts

    def list_before_worker(walk: library_search._Walk) -> list[str]:
        texts = list_changed_texts(walk)
        index_rows()
        return texts

    monkeypatch.setattr(library_search._Walk, "_list_changed_texts", list_before_worker)
    assert find_in_library(lin, Search("我们"), size=EVERYTHING).ids == read_all("我们")


@pytest.mark.parametrize("indexed", [True, False])
def test_nobody_finds_what_they_may_not_see(
    way: None, transcripts: list[Transcript], lin: User, ana: User, upload: Callable[..., Recording], indexed: bool
) -> None:
    hers = quick.recognised(upload(ana), ANSWER)
    if indexed:
        index_rows()
    rows = {transcript.pk: transcript.utterances.get(text="大家好。").pk for transcript in [*transcripts[:3], hers]}
    assert find(ana, "大家好") == [rows[hers.pk]]
    assert set(find(lin, "大家好")) == {rows[transcript.pk] for transcript in transcripts[:3]}
    shared = Project.objects.create(name="Shared")
    Membership.objects.create(project=shared, user=ana, role=Role.VIEWER)
    Recording.objects.filter(pk=transcripts[0].recording_id).update(project=shared)
    assert set(find(ana, "大家好")) == {rows[hers.pk], rows[transcripts[0].pk]}
    Recording.objects.filter(pk=transcripts[0].recording_id).update(binned_at=timezone.now())
    assert find(ana, "大家好") == [rows[hers.pk]]
    Project.objects.filter(pk=hers.recording.project_id).update(binned_at=timezone.now())
    assert find(ana, "大家好") == []
    Utterance.objects.filter(pk=rows[transcripts[2].pk]).update(removed=True)
    assert find(lin, "大家好") == [rows[transcripts[1].pk]]


def test_recordings_of_one_moment_come_each_once(way: None, transcripts: list[Transcript], lin: User) -> None:
    Recording.objects.update(created_at=timezone.now() - timedelta(days=1))
    fill(transcripts, ["词"] * 12)
    index_rows()
    assert find(lin, "词", size=1) == read_all("词")


# --- The index ---------------------------------------------------------------------------------------------------


def texts_of_search() -> dict[UUID, str]:
    return dict(SearchText.objects.values_list("transcript_id", "text"))


def test_rows_are_indexed_once_they_have_changed(transcript: Transcript) -> None:
    index_rows()
    assert texts_of_search() == {transcript.pk: "欢迎 lin 来。大家好。"}
    first, second = transcript.utterances.all()
    for change in ({"search_text": "再见"}, {"removed": True}, {"start_ms": 5}):
        Utterance.objects.filter(pk=first.pk).update(**change)
        assert list(UnindexedRow.objects.values_list("transcript_id", "row_id")) == [(transcript.pk, first.pk)]
        index_rows()
    Utterance.objects.filter(pk=second.pk).update(flagged=True, search_text="大家好。", version=9)
    assert not UnindexedRow.objects.exists()
    assert texts_of_search() == {transcript.pk: "大家好。"}


def test_index_forgets_what_is_deleted(transcript: Transcript) -> None:
    index_rows()
    transcript.recording.delete()
    index_rows()
    assert texts_of_search() == {}
    assert library_search._ask_index("大家")[0] == []


def test_what_another_worker_has_indexed_is_left_alone(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has read rows which were saved again since does not store them over the newer ones."""
    read, newer = search_index._read_contents, iter(["新的", ""])

    def read_late(*args: object) -> object:
        contents = read(*args)  # type: ignore[arg-type]
        if text := next(newer):
            Utterance.objects.filter(transcript=transcript).update(search_text=text)
            monkeypatch.setattr(search_index, "_read_contents", read)
            index_rows()
        return contents

    monkeypatch.setattr(search_index, "_read_contents", read_late)
    index_rows()
    assert texts_of_search() == {transcript.pk: "新的新的"}


def test_what_another_worker_indexes_first_is_not_missed(
    transcript: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_late(name: str) -> Max:
        monkeypatch.setattr(search_index, "Max", Max)
        index_rows()
        return Max(name)

    monkeypatch.setattr(search_index, "Max", read_late)
    index_rows()
    assert texts_of_search() == {transcript.pk: "欢迎 lin 来。大家好。"}


def test_transcripts_that_the_index_has_lost_are_indexed_again(transcript: Transcript) -> None:
    index_rows()
    assert count_forgotten() == 0
    SearchText.objects.all().delete()
    assert count_forgotten() == 1
    index_forgotten()
    assert count_forgotten() == 0
    index_rows()
    assert texts_of_search() == {transcript.pk: "欢迎 lin 来。大家好。"}
