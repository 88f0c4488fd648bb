from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.changes import STATE
from transcripts.services.editing.history import undo_change
from transcripts.services.editing.restore import restore_row, restore_transcript, revert_person
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.rows import delete_row, insert_row_after, merge_row, move_row, split_row
from transcripts.services.editing.utterances import Save, edit_utterance

FIRST, SECOND = "欢迎 Lin 来。", "大家好。"


def edit(row: Utterance, text: str, by: User, base: int = 1) -> Utterance:
    return edit_utterance(utterance=row, save=Save(text=text, base_version=base), by=by)


def texts(transcript: Transcript) -> list[str]:
    return list(transcript.utterances.visible().values_list("text", flat=True))


def states(transcript: Transcript) -> list[tuple[object, ...]]:
    return list(transcript.utterances.visible().values_list("pk", "words", *STATE))


def test_row_is_restored_to_a_version_of_its_own(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎。", lin)
    edit(row, "大欢迎。", ana, 2)
    (back,) = restore_row(row=row, version=2, base_version=3, by=lin)
    assert (back.text, back.version, texts(transcript)) == ("欢迎。", 4, ["欢迎。", SECOND])
    change = transcript.changes.last()
    assert change is not None
    assert (change.kind, change.by) == (ChangeKind.RESTORED, lin)
    undo_change(transcript=transcript, by=lin)
    assert texts(transcript) == ["大欢迎。", SECOND]


def test_row_that_changed_since_is_not_restored_unseen(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎。", lin)
    with pytest.raises(EditConflict):
        restore_row(row=row, version=1, base_version=1, by=ana)
    assert texts(transcript) == ["欢迎。", SECOND]


def test_deleted_row_is_restored(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    delete_row(row=row, base_version=1, by=lin)
    restore_row(row=row, version=1, base_version=2, by=ana)
    assert texts(transcript) == [FIRST, SECOND]


def test_transcript_is_restored_to_a_version(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    first = states(transcript)
    edit(row, "欢迎 Bob 来。", lin)
    second = states(transcript)
    left, _right = split_row(row=row, offset=3, base_version=2, by=ana)
    merge_row(row=_right, base_version=1, below=below.pk, below_version=1, by=lin)
    insert_row_after(row=left, base_version=3, by=ana)
    delete_row(row=left, base_version=3, by=lin)
    last = states(transcript)
    restore_transcript(transcript=transcript, version=2, by=lin)
    assert states(transcript) == second
    restore_transcript(transcript=transcript, version=1, by=ana)
    assert states(transcript) == first
    restore_transcript(transcript=transcript, version=6, by=ana)
    assert states(transcript) == last
    assert transcript.changes.count() == 9


def test_work_of_one_person_is_taken_back_and_that_of_others_stays(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    edit(row, "欢迎 Bob 来。", ana)
    edit(below, "大家早。", ana)
    edit(row, "欢迎 Bob 来！", lin, 2)
    edit(below, "大家晚。", lin, 2)
    edit(row, "热烈欢迎 Bob 来！", ana, 3)
    changed, kept = revert_person(transcript=transcript, person=ana, version=1, by=lin)
    assert (texts(transcript), kept) == (["欢迎 Lin 来！", "大家晚。"], 1)
    assert [one.pk for one in changed] == [row.pk]
    undo_change(transcript=transcript, by=lin)
    assert texts(transcript) == ["热烈欢迎 Bob 来！", "大家晚。"]


def test_work_since_a_version_is_taken_back(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎。", ana)
    edit(row, "大欢迎。", ana, 2)
    insert_row_after(row=row, base_version=3, by=ana)
    revert_person(transcript=transcript, person=ana, version=2, by=lin)
    assert texts(transcript) == ["欢迎。", SECOND]


def test_same_request_restores_once(transcript: Transcript, row: Utterance, lin: User) -> None:
    edit(row, "欢迎。", lin)
    for _time in range(2):
        restore_transcript(transcript=transcript, version=1, by=lin, request_key="k")
        restore_row(row=row, version=2, base_version=3, by=lin, request_key="r")
        revert_person(transcript=transcript, person=lin, version=3, by=lin, request_key="p")
    assert transcript.changes.count() == 5


def test_what_stands_already_is_not_restored(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit(row, "欢迎。", lin)
    assert restore_row(row=row, version=2, base_version=2, by=ana) == []
    assert restore_transcript(transcript=transcript, version=2, by=ana) == []
    assert revert_person(transcript=transcript, person=ana, version=1, by=ana) == ([], 0)
    assert transcript.changes.count() == 2


def test_versions_with_marks_of_accounts_that_are_gone_are_restored(
    transcript: Transcript, row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    verify_rows(transcript=transcript, versions={row.pk: 1, below.pk: 1}, on=True, by=ana)
    edit(row, "欢迎。", ana, 2)
    edit(below, "大家早。", lin, 2)
    ana.delete()
    (back,) = restore_row(row=row, version=2, base_version=3, by=lin)
    assert (back.text, back.is_verified, back.verified_by_id) == (FIRST, True, None)
    changed, kept = revert_person(transcript=transcript, person=lin, version=2, by=lin)
    assert ([one.is_verified for one in changed], kept) == ([False, True], 0)
    restore_transcript(transcript=transcript, version=4, by=lin)
    assert texts(transcript) == ["欢迎。", "大家早。"]
    restore_transcript(transcript=transcript, version=2, by=lin)
    found = [(one.text, one.is_verified, one.verified_by_id) for one in transcript.utterances.all()]
    assert found == [(FIRST, True, None), (SECOND, True, None)]
    assert set(transcript.changes.values_list("by", flat=True)) == {None, lin.pk}
    connection.check_constraints()


def test_bounds_that_no_longer_fit_stay_when_work_is_taken_back(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    start, end = row.start_ms, row.end_ms
    move_row(row=row, start_ms=end - 200, end_ms=end, base_version=1, by=lin)
    move_row(row=row, start_ms=start, end_ms=end, base_version=2, by=ana)
    move_row(row=row, start_ms=start, end_ms=end - 300, base_version=3, by=lin)
    changed, kept = revert_person(transcript=transcript, person=ana, version=1, by=lin)
    row.refresh_from_db()
    assert ((row.start_ms, row.end_ms), changed, kept) == ((start, end - 300), [], 1)
