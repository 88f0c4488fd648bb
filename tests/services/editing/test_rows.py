from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.services.at_once import at_once
from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone, NotPossible
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.changes import STATE, apply_edits
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.rows import (
    delete_row,
    delete_rows,
    insert_row_after,
    merge_row,
    merge_rows,
    move_row,
    move_rows,
    pass_words,
    split_row,
)
from transcripts.services.editing.utterances import Save, edit_utterance

FIRST, SECOND = "欢迎 Lin 来。", "大家好。"


def timed(transcript: Transcript) -> tuple[int, list[tuple[str, int, int, int]]]:
    """The transcript's version; text, start, end and version of its rows."""
    transcript.refresh_from_db()
    found = transcript.utterances.visible().values_list("text", "start_ms", "end_ms", "version")
    return transcript.version, list(found)


def heard(transcript: Transcript) -> list[list[object]]:
    """Every engine word that a standing row has."""
    return [word for row in transcript.utterances.visible() for word in row.engine_words]


def test_split_cuts_text_times_and_engine_words(transcript: Transcript, row: Utterance, lin: User) -> None:
    words, engine = row.words, heard(transcript)
    left, right = split_row(row=row, offset=3, base_version=1, by=lin)
    assert (left.pk, left.text, left.engine_text) == (row.pk, "欢迎", "欢迎")
    assert (right.text, right.engine_text) == ("Lin 来。", "Lin 来。")
    assert (left.speaker, left.channel) == (right.speaker, right.channel)
    assert (left.words, right.words) == (words[:2], words[2:])
    assert left.start_ms == row.start_ms < left.end_ms <= right.start_ms < right.end_ms == row.end_ms
    assert heard(transcript) == engine
    version, found = timed(transcript)
    assert (version, [(text, number) for text, _start, _end, number in found]) == (
        2,
        [("欢迎", 2), ("Lin 来。", 1), (SECOND, 1)],
    )
    change = transcript.changes.get(version=2)
    assert (change.kind, change.by, change.revisions.count()) == (ChangeKind.SPLIT, lin, 2)


@pytest.mark.parametrize("offset", [0, len(FIRST), 99])
def test_split_without_a_word_on_both_sides_is_not_possible(
    transcript: Transcript, row: Utterance, lin: User, offset: int
) -> None:
    with pytest.raises(NotPossible) as refused:
        split_row(row=row, offset=offset, base_version=1, by=lin)
    assert (refused.value.what, timed(transcript)[0]) == ("split", 1)


def test_merge_joins_texts_and_engine_words(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    engine = heard(transcript)
    one, gone = merge_row(row=row, base_version=1, below=below.pk, below_version=1, by=lin)
    assert (one.pk, gone.pk, gone.removed) == (row.pk, below.pk, True)
    assert (one.text, one.engine_text) == (FIRST + SECOND, FIRST + SECOND)
    assert timed(transcript) == (2, [(FIRST + SECOND, row.start_ms, below.end_ms, 2)])
    assert heard(transcript) == engine
    assert {word[3] for word in one.words} == {"engine"}


def test_only_neighbours_are_merged(transcript: Transcript, row: Utterance, below: Utterance, lin: User) -> None:
    for upper, lower in ((below, row), (row, row)):
        with pytest.raises(NotPossible):
            merge_row(row=upper, base_version=1, below=lower.pk, below_version=1, by=lin)
    left, _right = split_row(row=row, offset=3, base_version=1, by=lin)
    with pytest.raises(NotPossible):
        merge_row(row=left, base_version=2, below=below.pk, below_version=1, by=lin)


def test_deleted_row_is_kept_for_the_history(transcript: Transcript, row: Utterance, lin: User) -> None:
    (gone,) = delete_row(row=row, base_version=1, by=lin)
    assert (gone.removed, [text for text, *_rest in timed(transcript)[1]]) == (True, [SECOND])
    assert transcript.utterances.get(pk=row.pk).text == FIRST


def test_inserted_row_stands_in_the_pause(transcript: Transcript, row: Utterance, below: Utterance, lin: User) -> None:
    (new,) = insert_row_after(row=row, base_version=1, by=lin)
    assert (new.text, new.words, new.engine_words, new.speaker) == ("", [], [], row.speaker)
    assert [text for text, *_rest in timed(transcript)[1]] == [FIRST, "", SECOND]
    assert row.end_ms == new.start_ms < new.end_ms
    (last,) = insert_row_after(row=below, base_version=1, by=lin)
    assert [text for text, *_rest in timed(transcript)[1]] == [FIRST, "", SECOND, ""]
    stored = edit_utterance(utterance=last, save=Save(text="再见", base_version=1), by=lin)
    assert [word[0] for word in stored.words] == ["再", "见"]


def test_inserted_row_that_is_left_empty_is_taken_back(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=1), by=lin)
    (new,) = insert_row_after(row=row, base_version=2, by=lin)
    delete_row(row=new, base_version=1, by=lin)
    kinds = list(transcript.changes.order_by("version").values_list("kind", flat=True))
    assert kinds[1:] == [ChangeKind.EDITED, ChangeKind.INSERTED, ChangeKind.UNDONE]
    undo_change(transcript=transcript, by=lin)
    assert [text for text, *_rest in timed(transcript)[1]] == [FIRST, SECOND]
    (other,) = insert_row_after(row=row, base_version=3, by=lin)
    delete_row(row=other, base_version=1, by=ana)
    undo_change(transcript=transcript, by=ana)
    assert [text for text, *_rest in timed(transcript)[1]] == [FIRST, "", SECOND]


def test_row_after_the_last_one_stays_in_the_recording(transcript: Transcript, below: Utterance, lin: User) -> None:
    duration = transcript.recording.duration_ms
    assert duration
    move_row(row=below, start_ms=below.start_ms, end_ms=duration, base_version=1, by=lin)
    (last,) = insert_row_after(row=below, base_version=2, by=lin)
    assert below.start_ms < last.start_ms < last.end_ms == duration


def test_row_is_inserted_before_one_that_starts_at_once(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    move_row(row=row, start_ms=row.start_ms, end_ms=below.start_ms + 400, base_version=1, by=lin)
    row.refresh_from_db()
    insert_row_after(row=row, base_version=2, by=lin)
    assert [text for text, *_rest in timed(transcript)[1]] == [FIRST, "", SECOND]


def test_moved_row_times_its_words_anew(transcript: Transcript, row: Utterance, lin: User) -> None:
    (moved,) = move_row(row=row, start_ms=500, end_ms=1500, base_version=1, by=lin)
    assert (moved.start_ms, moved.end_ms, moved.version) == (500, 1500, 2)
    assert (moved.words[0][1] >= 500, moved.words[-1][2] <= 1500) == (True, True)
    with pytest.raises(NotPossible):
        move_row(row=row, start_ms=500, end_ms=500, base_version=2, by=lin)


def test_change_of_a_row_that_changed_since_is_a_conflict(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    edit_utterance(utterance=below, save=Save(text="大家早。", base_version=1), by=ana)
    with pytest.raises(EditConflict) as refused:
        merge_row(row=row, base_version=1, below=below.pk, below_version=1, by=lin)
    assert (refused.value.theirs, refused.value.version) == ("大家早。", 2)
    delete_row(row=below, base_version=2, by=ana)
    with pytest.raises(Gone):
        merge_row(row=row, base_version=1, below=below.pk, below_version=2, by=lin)
    with pytest.raises(Gone):
        edit_utterance(utterance=below, save=Save(text="大家晚。", base_version=2), by=lin)
    assert timed(transcript) == (3, [(FIRST, row.start_ms, row.end_ms, 1)])


def test_same_request_changes_rows_once(
    transactional_db: None, transcript: Transcript, row: Utterance, lin: User
) -> None:
    answers = at_once(*[lambda: split_row(row=row, offset=3, base_version=1, by=lin, request_key="k")] * 4)
    assert [[one.text for one in answer] for answer in answers] == [["欢迎", "Lin 来。"]] * 4
    assert timed(transcript)[0] == 2


def test_edit_of_a_verified_row_takes_the_mark_off(transcript: Transcript, row: Utterance, lin: User) -> None:
    mark = {"verified_by_id": lin.pk, "verified_at": row.transcript.created_at.replace(microsecond=0)}
    apply_edits(transcript=transcript, kind=ChangeKind.VERIFIED, by=lin, edits=[(row, mark)])
    assert Utterance.objects.get(pk=row.pk).is_verified
    stored = edit_utterance(utterance=row, save=Save(text="欢迎。", base_version=2), by=lin)
    assert (stored.is_verified, stored.verified_by) == (False, None)
    (back,) = undo_change(transcript=transcript, by=lin)
    assert (back.is_verified, back.verified_by, back.text) == (True, lin, FIRST)
    (unmarked,) = undo_change(transcript=transcript, by=lin)
    assert (unmarked.is_verified, unmarked.verified_by) == (False, None)


STEPS = st.lists(
    st.tuples(st.sampled_from(("split", "merge", "delete", "insert", "move", "edit")), st.integers(0, 40)), max_size=8
)


@pytest.mark.long
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_taking_everything_back_gives_the_first_rows_with_the_first_times(
    transcript: Transcript, lin: User, steps: list[tuple[str, int]]
) -> None:
    """Whatever was done; and no engine word is ever out of reach of a row or of the history."""

    def standing() -> list[tuple[object, ...]]:
        return list(transcript.utterances.visible().values_list("pk", "words", *STATE))

    first = standing()
    before = transcript.changes.count()
    undone = transcript.changes.filter(kind=ChangeKind.UNDONE).count()
    for step, number in steps:
        found = list(transcript.utterances.visible())
        if not found:
            break
        row = found[number % len(found)]
        base = {"row": row, "base_version": row.version, "by": lin}
        below = found[found.index(row) + 1] if row is not found[-1] else row
        try:
            if step == "split":
                split_row(offset=number % max(1, len(row.text)), **base)
            elif step == "merge":
                merge_row(below=below.pk, below_version=below.version, **base)
            elif step == "delete":
                delete_row(**base)
            elif step == "insert":
                insert_row_after(**base)
            elif step == "move":
                move_row(start_ms=row.start_ms + number, end_ms=row.end_ms + 2 * number + 1, **base)
            else:
                text = f"{row.text[: number % 7]}好 {number}"
                edit_utterance(utterance=row, save=Save(text=text, base_version=row.version), by=lin)
        except NotPossible:
            continue
        for one in transcript.utterances.visible():
            times = [time for word in one.words for time in word[1:3]]
            assert times == sorted(times)
            assert all(one.start_ms <= time <= one.end_ms for time in times)
    # A new row that was left empty and removed has been taken back already.
    undone = transcript.changes.filter(kind=ChangeKind.UNDONE).count() - undone
    for _time in range(transcript.changes.count() - before - 2 * undone):
        undo_change(transcript=transcript, by=lin)
    assert standing() == first


def test_several_rows_merge_as_one_change(transcript: Transcript, row: Utterance, below: Utterance, lin: User) -> None:
    split_row(row=row, offset=3, base_version=1, by=lin)
    before = timed(transcript)[1]
    seen = dict(transcript.utterances.visible().values_list("pk", "version"))
    merge_rows(transcript=transcript, versions=seen, by=lin)
    version, found = timed(transcript)
    assert (version, [text for text, *_times in found]) == (3, [FIRST + SECOND])
    assert (found[0][1], found[0][2]) == (before[0][1], before[-1][2])
    undo_change(transcript=transcript, by=lin)
    assert [one[:3] for one in timed(transcript)[1]] == [one[:3] for one in before]


@pytest.mark.parametrize("wanted", [[0], [1, 0], [0, 2]])
def test_only_neighbours_in_their_order_merge(
    transcript: Transcript, row: Utterance, lin: User, wanted: list[int]
) -> None:
    split_row(row=row, offset=3, base_version=1, by=lin)
    seen = list(transcript.utterances.visible().values_list("pk", "version"))
    with pytest.raises(NotPossible) as refused:
        merge_rows(transcript=transcript, versions=dict(seen[index] for index in wanted), by=lin)
    assert (refused.value.what, timed(transcript)[0]) == ("merge", 2)


def test_several_rows_are_deleted_as_one_change(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    delete_rows(transcript=transcript, versions={row.pk: 1, below.pk: 1}, by=lin)
    assert timed(transcript) == (2, [])
    undo_change(transcript=transcript, by=lin)
    assert [text for text, *_times in timed(transcript)[1]] == [FIRST, SECOND]


def test_several_rows_move_with_their_words(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    before, words = timed(transcript)[1], below.words
    move_rows(transcript=transcript, versions={row.pk: 1, below.pk: 1}, by_ms=50, by=lin)
    version, found = timed(transcript)
    assert version == 2
    assert [(start, end) for _text, start, end, _version in found] == [
        (start + 50, end + 50) for _t, start, end, _v in before
    ]
    below.refresh_from_db()
    assert [start for _text, start, *_rest in below.words] == [start + 50 for _text, start, *_rest in words]
    with pytest.raises(NotPossible) as refused:
        move_rows(transcript=transcript, versions={row.pk: 2, below.pk: 2}, by_ms=-10_000_000, by=lin)
    assert refused.value.what == "shift"


def test_words_pass_to_the_row_below_and_above(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    engine = heard(transcript)
    pass_words(row=row, offset=3, base_version=1, to=below.pk, to_version=1, by=lin)
    version, found = timed(transcript)
    assert (version, [text for text, *_times in found]) == (2, ["欢迎", f"Lin 来。{SECOND}"])
    assert heard(transcript) == engine
    assert found[0][2] <= found[1][1]
    below.refresh_from_db()
    pass_words(row=below, offset=6, base_version=2, to=row.pk, to_version=2, by=lin)
    assert [text for text, *_times in timed(transcript)[1]] == ["欢迎 Lin 来。", SECOND]
    undo_change(transcript=transcript, by=lin)
    undo_change(transcript=transcript, by=lin)
    assert [text for text, *_times in timed(transcript)[1]] == [FIRST, SECOND]


@pytest.mark.parametrize("offset", [0, len(FIRST)])
def test_no_row_is_left_without_words(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User, offset: int
) -> None:
    with pytest.raises(NotPossible) as refused:
        pass_words(row=row, offset=offset, base_version=1, to=below.pk, to_version=1, by=lin)
    assert (refused.value.what, timed(transcript)[0]) == ("split", 1)
