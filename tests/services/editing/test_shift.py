"""Moving all rows by the same time."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, NotPossible
from transcripts.models import Comment, Transcript, Utterance
from transcripts.queries.transcripts import Extent, get_extent
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.restore import restore_transcript
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.rows import delete_row, move_row, split_row
from transcripts.services.editing.shift import shift_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.editing.word_times import align_words

MANY = 2000


def states(transcript: Transcript) -> list[dict[str, Any]]:
    """All that a shift may change, and the text."""
    fields = ("pk", "text", "start_ms", "end_ms", "words", "engine_words", "removed")
    return list(transcript.utterances.order_by("pk").values(*fields))


def moved(before: list[dict[str, Any]], by_ms: int) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "start_ms": row["start_ms"] + by_ms,
            "end_ms": row["end_ms"] + by_ms,
            **{
                name: [[text, start + by_ms, end + by_ms, *source] for text, start, end, *source in row[name]]
                for name in ("words", "engine_words")
            },
        }
        for row in before
    ]


@pytest.fixture
def roomy(transcript: Transcript) -> Transcript:
    """A transcript of a recording that goes on for a minute after its last row."""
    recording = transcript.recording
    recording.duration_ms = get_extent(transcript).end_ms + 60_000
    recording.save(update_fields=["duration_ms"])
    return transcript


def test_all_rows_move_with_their_words_as_one_change(roomy: Transcript, lin: User) -> None:
    before = states(roomy)
    change = shift_rows(transcript=roomy, by_ms=1500, by=lin)
    assert change
    assert (change.kind, change.details) == (ChangeKind.MOVED, {"shift_ms": 1500})
    assert states(roomy) == moved(before, 1500)
    assert [row.words for row in roomy.utterances.all()] == [align_words(row) for row in roomy.utterances.all()]
    assert set(roomy.utterances.values_list("version", flat=True)) == {2}


def test_shift_is_undone_redone_and_restored_to_the_millisecond(roomy: Transcript, lin: User) -> None:
    before = states(roomy)
    shift_rows(transcript=roomy, by_ms=777, by=lin)
    undo_change(transcript=roomy, by=lin)
    assert (states(roomy), roomy.changes.get(version=3).details["shift_ms"]) == (before, -777)
    redo_change(transcript=roomy, by=lin)
    assert (states(roomy), roomy.changes.get(version=4).details["shift_ms"]) == (moved(before, 777), 777)
    restore_transcript(transcript=roomy, version=1, by=lin)
    assert states(roomy) == before


def test_undo_keeps_what_colleagues_wrote_since(roomy: Transcript, row: Utterance, lin: User, ana: User) -> None:
    before = states(roomy)
    shift_rows(transcript=roomy, by_ms=1500, by=lin)
    edit_utterance(utterance=row, save=Save(text="欢迎林来。", base_version=1), by=ana)
    undo_change(transcript=roomy, by=lin)
    assert [(now["text"], now["start_ms"]) for now in states(roomy)] == [
        ("欢迎林来。", before[0]["start_ms"]),
        (before[1]["text"], before[1]["start_ms"]),
    ]
    assert roomy.changes.get(version=4).details["also_changed_by"] == [ana.pk]


def test_row_that_a_colleague_moved_since_stays_when_undo_is_pressed_again(
    roomy: Transcript, row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    shift_rows(transcript=roomy, by_ms=1500, by=lin)
    move_row(row=row, start_ms=row.start_ms + 1600, end_ms=row.end_ms + 1500, base_version=2, by=ana)
    with pytest.raises(EditConflict) as refused:
        undo_change(transcript=roomy, by=lin)
    undo_change(transcript=roomy, by=lin, acknowledged=[refused.value.change])
    starts = list(roomy.utterances.values_list("start_ms", flat=True))
    assert starts == sorted([row.start_ms + 1600, below.start_ms])


def test_deleted_row_comes_back_in_its_place(roomy: Transcript, row: Utterance, lin: User, ana: User) -> None:
    before = states(roomy)
    delete_row(row=row, base_version=1, by=ana)
    shift_rows(transcript=roomy, by_ms=1500, by=lin)
    shift_rows(transcript=roomy, by_ms=500, by=lin)
    undo_change(transcript=roomy, by=ana)
    assert states(roomy) == moved(before, 2000)


def test_two_shifts_are_undone_beside_a_deleted_row(roomy: Transcript, row: Utterance, lin: User) -> None:
    delete_row(row=row, base_version=1, by=lin)
    before = states(roomy)
    for by_ms in (1500, 500):
        shift_rows(transcript=roomy, by_ms=by_ms, by=lin)
    for _shift in range(2):
        undo_change(transcript=roomy, by=lin)
    assert states(roomy) == before


def test_comments_follow_their_words(roomy: Transcript, row: Utterance, lin: User) -> None:
    at_ms = row.words[-1][1]
    comment = Comment.objects.create(transcript=roomy, utterance=row, author=lin, body="?", at_ms=at_ms)
    shift_rows(transcript=roomy, by_ms=1500, by=lin)
    _left, right = split_row(row=row, offset=3, base_version=2, by=lin)
    comment.refresh_from_db()
    assert (comment.at_ms, comment.utterance_id) == (at_ms + 1500, right.pk)
    for _change in range(2):
        undo_change(transcript=roomy, by=lin)
    comment.refresh_from_db()
    assert (comment.at_ms, comment.utterance_id) == (at_ms, row.pk)


def test_verified_rows_stay_verified(roomy: Transcript, row: Utterance, lin: User) -> None:
    verify_rows(transcript=roomy, versions={row.pk: 1}, on=True, by=lin)
    shift_rows(transcript=roomy, by_ms=1500, by=lin)
    row.refresh_from_db()
    assert row.is_verified


def test_no_row_leaves_the_recording(roomy: Transcript, row: Utterance, below: Utterance, lin: User) -> None:
    extent = get_extent(roomy)
    assert extent == Extent(2, row.start_ms, below.end_ms, 60_000)
    for by_ms in (-row.start_ms - 1, 60_001):
        with pytest.raises(NotPossible):
            shift_rows(transcript=roomy, by_ms=by_ms, by=lin)
    assert shift_rows(transcript=roomy, by_ms=60_000, by=lin)
    assert get_extent(roomy).most_ms == 0


def test_row_beyond_the_recording_holds_back_none(
    roomy: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    roomy.recording.duration_ms = row.end_ms + 100
    roomy.recording.save(update_fields=["duration_ms"])
    assert get_extent(roomy) == Extent(2, row.start_ms, below.end_ms, 100)
    assert shift_rows(transcript=roomy, by_ms=100, by=lin)


def test_two_people_who_mend_the_same_mend_it_once(roomy: Transcript, row: Utterance, lin: User, ana: User) -> None:
    shift_rows(transcript=roomy, by_ms=1500, by=lin, base_start_ms=row.start_ms)
    with pytest.raises(EditConflict):
        shift_rows(transcript=roomy, by_ms=1500, by=ana, base_start_ms=row.start_ms)
    assert get_extent(roomy).start_ms == row.start_ms + 1500


def test_same_request_shifts_once(roomy: Transcript, row: Utterance, lin: User) -> None:
    changes = [shift_rows(transcript=roomy, by_ms=1500, by=lin, request_key="k") for _time in range(2)]
    assert changes[0] == changes[1]
    assert get_extent(roomy).start_ms == row.start_ms + 1500


@pytest.mark.long
def test_queries_of_a_shift_and_its_undo_grow_by_the_batch(
    roomy: Transcript, row: Utterance, lin: User, django_assert_max_num_queries: Any
) -> None:
    fields = {name: getattr(row, name) for name in ("text", "search_text", "words", "engine_words", "engine_text")}
    Utterance.objects.bulk_create(
        Utterance(transcript=roomy, start_ms=row.start_ms, end_ms=row.end_ms + n, changed_at=timezone.now(), **fields)
        for n in range(MANY)
    )
    with django_assert_max_num_queries(60):
        shift_rows(transcript=roomy, by_ms=1500, by=lin)
        undo_change(transcript=roomy, by=lin)
