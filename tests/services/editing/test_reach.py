"""Rows that reach into the pause beside them for words that the engine missed."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.auth.models import User

from transcripts.models import Transcript, Utterance
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.replace import TickedHit, replace_ticked
from transcripts.services.editing.restore import restore_row, restore_transcript
from transcripts.services.editing.rows import delete_row, insert_row_after, merge_row, move_row, split_row
from transcripts.services.editing.shift import shift_rows
from transcripts.services.editing.utterances import Save, edit_utterance, take_over_texts
from transcripts.services.editing.word_times import align_words
from transcripts.text.finding import Search

FIRST = "欢迎 Lin 来。"

State = tuple[str, int, int, list[Any]]


@pytest.fixture
def transcript(transcript: Transcript) -> Transcript:
    """欢迎 Lin 来。 from 400 to 1600 ms, and 大家好。 from 2000 to 2600 ms of 2750."""
    transcript.recording.duration_ms = 2750
    transcript.recording.save(update_fields=["duration_ms"])
    return transcript


def edit(row: Utterance, text: str, by: User) -> Utterance:
    row = Utterance.objects.get(pk=row.pk)
    return edit_utterance(utterance=row, save=Save(text=text, base_version=row.version), by=by)


def state(row: Utterance) -> State:
    row = Utterance.objects.get(pk=row.pk)
    return row.text, row.start_ms, row.end_ms, row.words


def bounds(row: Utterance) -> tuple[int, int]:
    return state(row)[1:3]


def right_words(row: Utterance) -> list[list[Any]]:
    return [word[:3] for word in state(row)[3] if word[3] == "engine"]


def test_row_reaches_into_the_pauses_beside_it(row: Utterance, below: Utterance, lin: User) -> None:
    stored = edit(row, "先欢迎 Lin 来吧。", lin)
    assert (stored.start_ms, stored.end_ms) == bounds(row) == (200, 1800)
    assert state(row)[3] == [
        ["先", 200, 400, "estimated"],
        *([*word, "engine"] for word in row.engine_words if word[1] >= 0),
        ["吧", 1600, 1800, "estimated"],
    ]
    assert bounds(below) == (2000, 2600)
    revision = row.revisions.get()
    assert revision.before == {"text": FIRST, "start_ms": 400, "end_ms": 1600}
    assert revision.after == {"text": "先欢迎 Lin 来吧。", "start_ms": 200, "end_ms": 1800}


def test_row_reaches_no_further_than_the_pause(row: Utterance, below: Utterance, lin: User) -> None:
    edit(row, "我们先欢迎 Lin 来看看吧。", lin)
    assert bounds(row) == (0, 2000)
    edit(below, "那么大家好啊。", lin)
    assert bounds(below) == (2000, 2750)
    assert right_words(row) == [word for word in row.engine_words if word[1] >= 0]


def test_row_that_another_overlaps_does_not_reach_on(transcript: Transcript, below: Utterance, lin: User) -> None:
    long = transcript.utterances.all()[0]
    move_row(row=long, start_ms=400, end_ms=2300, base_version=1, by=lin)
    edit(below, "那大家好。", lin)
    assert bounds(below) == (2000, 2600)
    edit(long, "欢迎 Lin 来啊。", lin)
    assert bounds(long) == (400, 2300)


def test_row_inside_another_reaches_nowhere(transcript: Transcript, row: Utterance, lin: User) -> None:
    (short,) = insert_row_after(row=row, base_version=1, by=lin)
    move_row(row=short, start_ms=1000, end_ms=1200, base_version=1, by=lin)
    Utterance.objects.filter(pk=short.pk).update(engine_words=[["好", 1000, 1200]])
    edit(short, "你好啊", lin)
    assert bounds(short) == (1000, 1200)


def test_edit_back_restores_every_time(transcript: Transcript, row: Utterance, lin: User) -> None:
    before = state(row)
    for text in ("先欢迎 Lin 来吧。", "我们先欢迎 Lin 来吧。", "先欢迎 Lin 来。", FIRST):
        edit(row, text, lin)
    assert state(row) == before


@pytest.mark.parametrize(
    "texts", [("先欢迎 Lin 来。", "我先欢迎 Lin 来。"), ("哦我先欢迎 Lin 来。", "我先欢迎 Lin 来。")]
)
def test_reach_does_not_depend_on_earlier_edits(row: Utterance, lin: User, texts: tuple[str, ...]) -> None:
    for text in texts:
        edit(row, text, lin)
    several = state(row)
    edit(row, FIRST, lin)
    edit(row, texts[-1], lin)
    assert state(row) == several


def test_moved_start_is_where_the_row_goes_back_to(row: Utterance, lin: User) -> None:
    edit(row, "先欢迎 Lin 来。", lin)
    move_row(row=row, start_ms=350, end_ms=1600, base_version=2, by=lin)
    edit(row, "我先欢迎 Lin 来。", lin)
    assert bounds(row) == (0, 1600)
    edit(row, FIRST, lin)
    assert bounds(row) == (350, 1600)


def test_all_rows_moved_go_back_by_as_much(transcript: Transcript, row: Utterance, below: Utterance, lin: User) -> None:
    edit(row, "先欢迎 Lin 来。", lin)
    shift_rows(transcript=transcript, by_ms=100, by=lin)
    edit(row, FIRST, lin)
    assert bounds(row) == (500, 1700)


def test_undo_and_redo_move_the_bounds_too(transcript: Transcript, row: Utterance, lin: User) -> None:
    before = state(row)
    edit(row, "先欢迎 Lin 来。", lin)
    reached = state(row)
    undo_change(transcript=transcript, by=lin)
    assert state(row) == before
    redo_change(transcript=transcript, by=lin)
    assert state(row) == reached
    edit(row, FIRST, lin)
    assert state(row) == before


def test_redo_does_not_reach_into_what_a_colleague_has_taken(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎 Lin 来吧。", lin)
    undo_change(transcript=transcript, by=lin)
    move_row(row=below, start_ms=1700, end_ms=2600, base_version=1, by=ana)
    redo_change(transcript=transcript, by=lin)
    assert bounds(row) == (400, 1700)


def test_undo_leaves_where_a_colleague_moved_the_row_to(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "先欢迎 Lin 来。", lin)
    move_row(row=row, start_ms=100, end_ms=1600, base_version=2, by=ana)
    undo_change(transcript=transcript, by=lin)
    assert state(row)[:3] == (FIRST, 100, 1600)


def test_restore_brings_the_bounds_back(transcript: Transcript, row: Utterance, lin: User) -> None:
    before = state(row)
    edit(row, "先欢迎 Lin 来吧。", lin)
    reached = state(row)
    restore_transcript(transcript=transcript, version=1, by=lin)
    assert state(row) == before
    restore_row(row=row, version=2, base_version=3, by=lin)
    assert state(row) == reached


def test_words_are_those_of_the_stored_bounds(transcript: Transcript, row: Utterance, lin: User) -> None:
    edit(row, "我们先欢迎 Lin 来吧。", lin)
    row.refresh_from_db()
    assert row.words == align_words(row)


def test_rows_split_and_merged_keep_what_they_reached(transcript: Transcript, row: Utterance, lin: User) -> None:
    edit(row, "先欢迎 Lin 来吧。", lin)
    before = state(row)
    left, right = split_row(row=row, offset=4, base_version=2, by=lin)
    assert (left.start_ms, right.end_ms) == (200, 1800)
    merge_row(row=left, base_version=left.version, below=right.pk, below_version=right.version, by=lin)
    assert state(row)[1:] == before[1:]


def test_bulk_change_shares_a_pause_between_the_rows_beside_it(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    texts = {row.pk: "欢迎 Lin 来看看吧。", below.pk: "那么我说大家好。"}
    take_over_texts(transcript=transcript, texts=texts, versions={row.pk: 1, below.pk: 1}, by=lin)
    assert (bounds(row), bounds(below)) == ((400, 1800), (1800, 2600))
    assert right_words(below) == [word for word in below.engine_words if word[1] >= 0]


def test_replaced_words_reach_out_too(transcript: Transcript, row: Utterance, lin: User) -> None:
    search = Search("欢迎", replace="我们欢迎")
    replace_ticked(transcript=transcript, search=search, ticked=[TickedHit(row.pk, 1, 0)], by=lin)
    assert bounds(row) == (0, 1600)


def test_room_that_somebody_takes_meanwhile_is_not_taken_twice(
    row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    stale = Utterance.objects.with_room().select_related("transcript").get(pk=row.pk)
    edit(below, "那么大家好。", ana)
    assert bounds(below) == (1600, 2600)
    edit_utterance(utterance=stale, save=Save(text="欢迎 Lin 来看看吧。", base_version=1), by=lin)
    assert bounds(row) == (400, 1600)


def test_room_of_a_deleted_row_is_free(row: Utterance, below: Utterance, lin: User) -> None:
    delete_row(row=row, base_version=1, by=lin)
    edit(below, "我们都说大家好。", lin)
    assert bounds(below) == (1200, 2600)


def overlaps(rows: Iterable[Utterance]) -> set[tuple[int, int]]:
    listed = list(rows)
    return {
        (one.pk, other.pk)
        for one in listed
        for other in listed
        if one.pk < other.pk and one.start_ms < other.end_ms and other.start_ms < one.end_ms
    }


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_no_edit_makes_rows_overlap(transcript: Transcript, lin: User, seed: int) -> None:
    """In rows that overlap and touch at random, edited at random and back."""
    draw = random.Random(seed)
    template = transcript.utterances.all()[0]
    transcript.utterances.all().delete()
    transcript.recording.duration_ms = 4000
    transcript.recording.save(update_fields=["duration_ms"])
    for _ in range(6):
        start_ms = draw.randrange(0, 3400, 40)
        words = [[char, start_ms + 80 * at, start_ms + 80 * at + 80] for at, char in enumerate("天地玄黄")]
        template.pk, template.start_ms, template.end_ms, template.text = None, start_ms, start_ms + 320, "天地玄黄"
        template.engine_words, template.words = words, [[*word, "engine"] for word in words]
        template.save(force_insert=True)
    before = overlaps(transcript.utterances.all())
    states = {row.pk: state(row) for row in transcript.utterances.all()}
    for _ in range(24):
        row = draw.choice(list(transcript.utterances.all()))
        added = "".join(draw.choices("宇宙洪荒", k=draw.randrange(4)))
        text = draw.choice([added + "天地玄黄", "天地玄黄" + added, added + "天地玄黄" + added, "天地" + added + "黄"])
        edit(row, text, lin)
        assert overlaps(transcript.utterances.all()) == before
        for one in transcript.utterances.all():
            assert 0 <= one.start_ms < one.end_ms <= 4000
            assert one.words == align_words(one)
            times = [time for word in one.words for time in word[1:3]]
            assert times == sorted(times)
            assert one.start_ms <= times[0] <= times[-1] <= one.end_ms
    for row in transcript.utterances.all():
        edit(row, "天地玄黄", lin)
    assert {row.pk: state(row) for row in transcript.utterances.all()} == states
