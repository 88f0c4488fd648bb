from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection

from tests.quick import stands
from tests.services.at_once import at_once
from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, NothingToUndo
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.changes import STATE
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.reviewing import flag_rows, verify_rows
from transcripts.services.editing.rows import delete_row, insert_row_after, merge_row, move_row, split_row
from transcripts.services.editing.utterances import Save, edit_utterance

FIRST, SECOND = "欢迎 Lin 来。", "大家好。"


def edit(row: Utterance, text: str, by: User, base: int = 1, key: str = "") -> Utterance:
    return edit_utterance(utterance=row, save=Save(text=text, base_version=base, request_key=key), by=by)


def undone(transcript: Transcript, by: User) -> Utterance:
    """The one row whose change was taken back."""
    (row,) = undo_change(transcript=transcript, by=by)
    return row


def states(transcript: Transcript) -> list[tuple[object, ...]]:
    """Everything that the standing rows are, words included, but for their versions."""
    return list(transcript.utterances.visible().values_list("pk", "words", *STATE))


def test_undo_takes_back_the_last_change_of_the_person(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    second = transcript.utterances.last()
    assert second is not None
    edit(row, "欢迎 Bob 来。", lin)
    edit(second, "大家早。", ana)
    back = undone(transcript, lin)
    assert (back.pk, back.text, back.version) == (row.pk, FIRST, 3)
    assert stands(transcript) == (4, [(FIRST, 3), ("大家早。", 2)], 4)
    change = transcript.changes.get(version=4)
    assert (change.kind, change.by, change.undoes) == (ChangeKind.UNDONE, lin, transcript.changes.get(version=2))
    revision = change.revisions.get()
    assert (revision.before, revision.after) == ({"text": "欢迎 Bob 来。"}, {"text": FIRST})
    row.refresh_from_db()
    assert row.words == [[*word, "engine"] for word in row.engine_words]


def test_undo_again_takes_back_the_one_before(transcript: Transcript, row: Utterance, lin: User) -> None:
    edit(row, "欢迎。", lin)
    edit(row, "大欢迎。", lin, base=2)
    texts = [undone(transcript, lin).text for _time in range(2)]
    assert texts == ["欢迎。", FIRST]
    with pytest.raises(NothingToUndo):
        undo_change(transcript=transcript, by=lin)
    assert stands(transcript) == (5, [(FIRST, 5), (SECOND, 1)], 5)


def test_undo_keeps_what_others_wrote_beside_it(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    edit(row, "欢迎 Bob 来！", ana, base=2)
    assert undone(transcript, lin).text == "欢迎 Lin 来！"
    step = transcript.changes.get(kind=ChangeKind.UNDONE)
    assert step.details["also_changed_by"] == [ana.pk]


def test_undo_of_words_that_others_wrote_over_is_a_conflict(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    edit(row, "欢迎 Eve 来。", ana, base=2)
    before = stands(transcript)
    with pytest.raises(EditConflict) as refused:
        undo_change(transcript=transcript, by=lin)
    assert (refused.value.theirs, refused.value.mine, refused.value.version) == ("欢迎 Eve 来。", FIRST, 3)
    assert stands(transcript) == before


def test_undo_of_nothing_is_told(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    with pytest.raises(NothingToUndo):
        undo_change(transcript=transcript, by=ana)
    assert stands(transcript)[0] == 2


def test_edit_after_an_undo_is_based_on_it(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    undo_change(transcript=transcript, by=lin)
    assert edit(row, "欢迎 Bob 来！", ana, base=2).text == "欢迎 Lin 来！"
    assert undone(transcript, ana).text == FIRST


def test_undo_twice_at_once_takes_back_two_changes(
    transactional_db: None, transcript: Transcript, row: Utterance, lin: User
) -> None:
    edit(row, "欢迎。", lin)
    edit(row, "大欢迎。", lin, base=2)
    at_once(*[lambda: undo_change(transcript=transcript, by=lin)] * 2)
    assert stands(transcript) == (5, [(FIRST, 5), (SECOND, 1)], 5)


def test_redo_does_again_what_was_taken_back(transcript: Transcript, row: Utterance, lin: User) -> None:
    edit(row, "欢迎。", lin)
    edit(row, "大欢迎。", lin, base=2)
    for _time in range(2):
        undo_change(transcript=transcript, by=lin)
    redone = [redo_change(transcript=transcript, by=lin)[0].text for _time in range(2)]
    assert redone == ["欢迎。", "大欢迎。"]
    with pytest.raises(NothingToUndo):
        redo_change(transcript=transcript, by=lin)
    kinds = list(transcript.changes.values_list("kind", flat=True))
    assert kinds == ["recognised", "edited", "edited", "undone", "undone", "redone", "redone"]
    assert [undone(transcript, lin).text for _time in range(2)] == ["欢迎。", FIRST]


def test_nothing_is_redone_after_a_new_change(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎。", lin)
    undo_change(transcript=transcript, by=lin)
    edit(row, "欢迎 Lin 来！", ana, base=3)  # Somebody else's does not count.
    assert redo_change(transcript=transcript, by=lin)[0].text == "欢迎！"
    undo_change(transcript=transcript, by=lin)
    edit(row, "啊", lin, base=6)
    with pytest.raises(NothingToUndo):
        redo_change(transcript=transcript, by=lin)


def test_undo_asked_for_twice_by_one_request_takes_back_one_change(
    transcript: Transcript, row: Utterance, lin: User
) -> None:
    edit(row, "欢迎。", lin)
    edit(row, "大欢迎。", lin, base=2)
    answers = [undo_change(transcript=transcript, by=lin, request_key="k") for _time in range(2)]
    assert [[one.text for one in answer] for answer in answers] == [["欢迎。"], ["欢迎。"]]
    assert stands(transcript) == (4, [("欢迎。", 4), (SECOND, 1)], 4)


CHANGES: dict[str, Callable[[Utterance, Utterance, User], list[Utterance]]] = {
    "split": lambda row, _below, by: split_row(row=row, offset=3, base_version=1, by=by),
    "merge": lambda row, below, by: merge_row(row=row, base_version=1, below=below.pk, below_version=1, by=by),
    "delete": lambda row, _below, by: delete_row(row=row, base_version=1, by=by),
    "insert": lambda row, _below, by: insert_row_after(row=row, base_version=1, by=by),
    "move": lambda row, _below, by: move_row(row=row, start_ms=500, end_ms=1500, base_version=1, by=by),
}


@pytest.mark.parametrize("change", CHANGES)
def test_undo_of_a_change_of_rows_gives_back_exactly_what_was_there(
    transcript: Transcript, row: Utterance, lin: User, change: str
) -> None:
    below = transcript.utterances.last()
    assert below is not None
    before = states(transcript)
    CHANGES[change](row, below, lin)
    after = states(transcript)
    assert after != before
    for _time in range(2):
        undo_change(transcript=transcript, by=lin)
        assert states(transcript) == before
        redo_change(transcript=transcript, by=lin)
        assert states(transcript) == after


def test_row_that_others_wrote_in_is_not_merged_back(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    left, right = split_row(row=row, offset=3, base_version=1, by=lin)
    edit(right, "Lin 又来。", ana)
    before = states(transcript)
    with pytest.raises(EditConflict):
        undo_change(transcript=transcript, by=lin)
    assert states(transcript) == before
    assert undone(transcript, ana).text == "Lin 来。"
    undo_change(transcript=transcript, by=lin)
    assert next(one[0] for one in states(transcript)) == left.pk


def test_edit_of_a_row_that_others_deleted_is_not_taken_back(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎。", lin)
    delete_row(row=row, base_version=2, by=ana)
    with pytest.raises(EditConflict):
        undo_change(transcript=transcript, by=lin)
    undo_change(transcript=transcript, by=ana)
    assert undone(transcript, lin).text == FIRST


def saved(row: Utterance, texts: list[str], by: User, session: str, base: int = 1) -> None:
    """What saving by itself makes of a text that grows while one person stays in the row."""
    for text in texts:
        row = edit_utterance(utterance=row, save=Save(text=text, base_version=base, edit_session=session), by=by)
        base = row.version


def test_edits_of_one_stay_in_a_row_are_taken_back_at_once(transcript: Transcript, row: Utterance, lin: User) -> None:
    edit(row, "欢迎 Bob 来。", lin)
    row.refresh_from_db()
    saved(row, ["欢迎 Bob 又", "欢迎 Bob 又来", "欢迎 Bob 又来了。"], lin, "one", base=2)
    row.refresh_from_db()
    saved(row, ["欢迎！", "欢迎 Ana！"], lin, "two", base=5)
    texts = [undone(transcript, lin).text for _ in range(3)]
    assert texts == ["欢迎 Bob 又来了。", "欢迎 Bob 来。", FIRST]
    with pytest.raises(NothingToUndo):
        undo_change(transcript=transcript, by=lin)
    again = [redo_change(transcript=transcript, by=lin)[0].text for _ in range(2)]
    assert again == ["欢迎 Bob 来。", "欢迎 Bob 又来了。"]
    assert undone(transcript, lin).text == "欢迎 Bob 来。"
    assert undone(transcript, lin).text == FIRST


def test_stay_in_which_others_wrote_is_taken_back_without_their_words(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    saved(row, ["欢迎 Lin 又来。"], lin, "stay")
    edit(row, "你好 Lin 又来。", ana, base=2)
    saved(row, ["欢迎 Lin 又来了。"], lin, "stay", base=2)
    row.refresh_from_db()
    assert row.text == "你好 Lin 又来了。"
    assert [undone(transcript, lin).text for _ in range(2)] == ["你好 Lin 又来。", "你好 Lin 来。"]


def refused(transcript: Transcript, by: User, *told: int) -> int:
    """The version of the change that can't be taken back."""
    with pytest.raises(EditConflict) as conflict:
        undo_change(transcript=transcript, by=by, acknowledged=told)
    return conflict.value.change


def test_undo_goes_on_once_the_person_knows_what_can_not_be_taken_back(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    second = transcript.utterances.last()
    assert second is not None
    edit(second, "大家早。", lin)
    edit(row, "欢迎 Bob 来。", lin)
    edit(row, "欢迎 Eve 来。", ana, base=2)
    assert refused(transcript, lin) == refused(transcript, lin) == 3
    (back,) = undo_change(transcript=transcript, by=lin, acknowledged=[3])
    assert (back.pk, back.text) == (second.pk, SECOND)
    with pytest.raises(NothingToUndo):
        undo_change(transcript=transcript, by=lin, acknowledged=[3])
    assert stands(transcript)[1] == [("欢迎 Eve 来。", 3), (SECOND, 3)]
    undo_change(transcript=transcript, by=ana)
    assert undo_change(transcript=transcript, by=lin, acknowledged=[3])[0].text == FIRST  # Now it can be.


def test_stay_that_can_not_be_taken_back_is_passed_over_whole(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    second = transcript.utterances.last()
    assert second is not None
    edit(second, "大家早。", lin)
    saved(row, ["欢迎 B 来。", "欢迎 Bo 来。", "欢迎 Bob 来。"], lin, "stay")
    edit(row, "欢迎 Eve 来。", ana, base=4)
    version = refused(transcript, lin)
    assert undo_change(transcript=transcript, by=lin, acknowledged=[version])[0].text == SECOND


def test_rest_of_a_change_of_many_rows_is_taken_back_and_done_again(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    second = transcript.utterances.last()
    assert second is not None
    flag_rows(transcript=transcript, versions={row.pk: 1, second.pk: 1}, on=True, by=lin)
    flag_rows(transcript=transcript, versions={row.pk: 2}, on=False, by=ana)
    (back,) = undo_change(transcript=transcript, by=lin, acknowledged=[refused(transcript, lin)])
    assert (back.pk, back.flagged) == (second.pk, False)
    step = transcript.changes.get(kind=ChangeKind.UNDONE)
    assert (step.undoes, step.details) == (
        transcript.changes.get(version=2),
        {"undoes": 2, "also_changed_by": [ana.pk]},
    )
    with pytest.raises(NothingToUndo):
        undo_change(transcript=transcript, by=lin)
    (again,) = redo_change(transcript=transcript, by=lin)
    assert (again.pk, again.flagged) == (second.pk, True)


def test_rows_that_belong_together_are_taken_back_together_or_not_at_all(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    _left, right = split_row(row=row, offset=3, base_version=1, by=lin)
    edit(right, "Lin 又来。", ana)
    before = states(transcript)
    with pytest.raises(NothingToUndo):
        undo_change(transcript=transcript, by=lin, acknowledged=[refused(transcript, lin)])
    assert states(transcript) == before


@pytest.mark.parametrize("kind", ["merge", "delete"])
def test_row_that_came_back_and_was_written_in_is_not_taken_away_again(
    transcript: Transcript, row: Utterance, lin: User, ana: User, kind: str
) -> None:
    second = transcript.utterances.last()
    assert second is not None
    if kind == "merge":
        merge_row(row=row, below=second.pk, base_version=1, below_version=1, by=lin)
    else:
        delete_row(row=second, base_version=1, by=lin)
    undo_change(transcript=transcript, by=lin)
    second.refresh_from_db()
    edit(second, "大家早上好。", ana, second.version)
    was = stands(transcript)
    with pytest.raises(EditConflict) as conflict:
        redo_change(transcript=transcript, by=lin)
    assert (conflict.value.theirs, conflict.value.row) == ("大家早上好。", second.pk)
    assert stands(transcript) == was
    second.refresh_from_db()
    edit(second, SECOND, ana, second.version)  # As it came back: nothing would be lost.
    redo_change(transcript=transcript, by=lin)
    assert [text for text, _version in stands(transcript)[1]] == ([FIRST + SECOND] if kind == "merge" else [FIRST])


def test_redo_that_is_refused_goes_on_too(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    second = transcript.utterances.last()
    assert second is not None
    edit(row, "欢迎 Bob 来。", lin)
    edit(second, "大家早。", lin)
    for _time in range(2):
        undo_change(transcript=transcript, by=lin)
    edit(row, "欢迎 Eve 来。", ana, base=3)
    with pytest.raises(EditConflict) as conflict:
        redo_change(transcript=transcript, by=lin)
    (again,) = redo_change(transcript=transcript, by=lin, acknowledged=[conflict.value.change])
    assert (again.pk, again.text) == (second.pk, "大家早。")


def moved(row: Utterance, start_ms: int, end_ms: int, by: User, base: int) -> Utterance:
    (one,) = move_row(row=row, start_ms=start_ms, end_ms=end_ms, base_version=base, by=by)
    return one


def test_moved_start_is_taken_back_beside_an_end_that_somebody_else_moved(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    start, end = row.start_ms, row.end_ms
    moved(row, start + 300, end, lin, 1)
    moved(row, start + 300, end - 100, ana, 2)
    back = undone(transcript, lin)
    assert (back.start_ms, back.end_ms) == (start, end - 100)
    assert [word[1:3] for word in back.words] == [[one[1], min(one[2], end - 100)] for one in row.words]


def test_moved_start_stays_where_nothing_would_be_left_of_the_row(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    start, end = row.start_ms, row.end_ms
    moved(row, end - 200, end, lin, 1)
    moved(row, start, end, lin, 2)
    moved(row, start, end - 300, ana, 3)
    before = states(transcript)
    assert refused(transcript, lin) == 3
    with pytest.raises(EditConflict):
        undo_change(transcript=transcript, by=lin)
    assert states(transcript) == before


def test_mark_of_an_account_that_is_gone_comes_back_without_its_name(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    verify_rows(transcript=transcript, versions={row.pk: 1}, on=True, by=ana)
    edit(row, "欢迎 Bob 来。", lin, base=2)
    undone(transcript, lin)
    ana.delete()
    (again,) = redo_change(transcript=transcript, by=lin)
    assert (again.text, again.is_verified) == ("欢迎 Bob 来。", False)
    back = undone(transcript, lin)
    assert (back.text, back.is_verified, back.verified_by) == (FIRST, True, None)
    connection.check_constraints()
