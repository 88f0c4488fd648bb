from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transcripts.enums import ChangeKind
from transcripts.errors import EditConflict, Gone, NotPossible
from transcripts.models import Transcript, Utterance
from transcripts.services.editing.history import redo_change, undo_change
from transcripts.services.editing.restore import revert_person
from transcripts.services.editing.reviewing import find_own_rows, flag_rows, verify_rows
from transcripts.services.editing.rows import merge_row
from transcripts.services.editing.utterances import Save, edit_utterance


def versions(transcript: Transcript) -> dict[int, int]:
    return dict(transcript.utterances.visible().values_list("pk", "version"))


def marks(transcript: Transcript) -> list[tuple[str | None, bool]]:
    """Who verified each row, and whether it is flagged."""
    found = transcript.utterances.visible()
    assert all(bool(row.verified_by) == row.is_verified for row in found)
    return list(found.values_list("verified_by__username", "flagged"))


def test_rows_are_verified_by_somebody_at_a_moment(transcript: Transcript, lin: User) -> None:
    done = verify_rows(transcript=transcript, versions=versions(transcript), on=True, by=lin)
    assert marks(transcript) == [("lin", False), ("lin", False)]
    moments = {row.verified_at for row in done}
    assert len(done) == 2
    assert all(moment and timezone.now() >= moment and not moment.microsecond for moment in moments)
    assert transcript.changes.filter(kind=ChangeKind.VERIFIED, by=lin).count() == 1


def test_row_stays_with_who_verified_it_first(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    verify_rows(transcript=transcript, versions={row.pk: 1}, on=True, by=lin)
    (other,) = verify_rows(transcript=transcript, versions=versions(transcript), on=True, by=ana)
    assert (other.pk == row.pk, marks(transcript)) == (False, [("lin", False), ("ana", False)])


def test_mark_is_taken_off_by_hand_by_an_edit_and_by_a_merge(transcript: Transcript, row: Utterance, lin: User) -> None:
    below = transcript.utterances.last()
    assert below is not None

    def verify_all(on: bool = True) -> None:
        verify_rows(transcript=transcript, versions=versions(transcript), on=on, by=lin)

    verify_all()
    verify_all(False)
    assert marks(transcript) == [(None, False)] * 2
    verify_all()
    edited = edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=lin)
    assert marks(transcript) == [(None, False), ("lin", False)]
    verify_all()
    seen = versions(transcript)
    merge_row(row=edited, base_version=seen[row.pk], below=below.pk, below_version=seen[below.pk], by=lin)
    assert marks(transcript) == [(None, False)]


def test_flag_asks_for_another_look_until_it_is_taken_off(transcript: Transcript, row: Utterance, lin: User) -> None:
    (flagged,) = flag_rows(transcript=transcript, versions={row.pk: 1}, on=True, by=lin)
    assert marks(transcript) == [(None, True), (None, False)]
    assert flag_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=lin) == []
    edit_utterance(utterance=flagged, save=Save(text="欢迎 Bob 来。", base_version=2), by=lin)
    assert marks(transcript) == [(None, True), (None, False)]
    flag_rows(transcript=transcript, versions={row.pk: 3}, on=False, by=lin)
    assert marks(transcript) == [(None, False)] * 2
    kinds = list(transcript.changes.values_list("kind", flat=True))
    assert kinds == ["recognised", "flagged", "edited", "flagged"]


@pytest.mark.parametrize("mark", [verify_rows, flag_rows])
def test_mark_is_not_put_on_what_nobody_has_seen(
    transcript: Transcript, row: Utterance, lin: User, ana: User, mark: Callable[..., list[Utterance]]
) -> None:
    seen = versions(transcript)
    edit_utterance(utterance=row, save=Save(text="欢迎 Bob 来。", base_version=1), by=ana)
    with pytest.raises(EditConflict):
        mark(transcript=transcript, versions=seen, on=True, by=lin)
    with pytest.raises(Gone):
        mark(transcript=transcript, versions={2**40: 1}, on=True, by=lin)
    assert marks(transcript) == [(None, False)] * 2


@pytest.mark.parametrize("mark", [verify_rows, flag_rows])
def test_same_request_marks_once(
    transcript: Transcript, row: Utterance, lin: User, mark: Callable[..., list[Utterance]]
) -> None:
    answers = [mark(transcript=transcript, versions={row.pk: 1}, on=True, by=lin, request_key="k") for _ in range(2)]
    assert answers[0] == answers[1] == [row]
    assert transcript.changes.count() == 2


@pytest.mark.parametrize("mark", [verify_rows, flag_rows])
def test_answer_that_is_asked_for_again_tells_no_marks_of_a_text_that_is_another_by_now(
    transcript: Transcript, row: Utterance, lin: User, ana: User, mark: Callable[..., list[Utterance]]
) -> None:
    """The page would take its own text for that of the later version, and write over what came in between."""
    again = {"transcript": transcript, "versions": {row.pk: 1}, "on": True, "by": lin, "request_key": "k"}
    mark(**again)
    edit_utterance(utterance=row, save=Save(text="大家早。", base_version=2), by=ana)
    assert mark(**again) == []


@pytest.mark.long
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([verify_rows, flag_rows]), st.booleans(), st.sampled_from([[0], [1], [0, 1]])),
        max_size=6,
    )
)
def test_marks_are_taken_back_and_put_on_again(
    transcript: Transcript, lin: User, steps: list[tuple[Callable[..., object], bool, list[int]]]
) -> None:
    while transcript.changes.exclude(kind__in=["recognised", "undone"]).filter(undone_by=None).exists():
        undo_change(transcript=transcript, by=lin)
    order = list(versions(transcript))
    seen = [marks(transcript)]
    for mark, on, which in steps:
        now, before = versions(transcript), transcript.changes.count()
        mark(transcript=transcript, versions={order[n]: now[order[n]] for n in which}, on=on, by=lin)
        if transcript.changes.count() > before:
            seen.append(marks(transcript))
    for expected in reversed(seen[:-1]):
        undo_change(transcript=transcript, by=lin)
        assert marks(transcript) == expected
    for expected in seen[1:]:
        redo_change(transcript=transcript, by=lin)
        assert marks(transcript) == expected


def test_mark_goes_when_the_text_is_taken_back_under_it_and_comes_back_with_its_own(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 Ana 来。", base_version=1), by=ana)
    verify_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=lin)
    undo_change(transcript=transcript, by=ana)
    assert marks(transcript)[0] == (None, False)
    redo_change(transcript=transcript, by=ana)
    assert marks(transcript)[0] == ("lin", False)
    revert_person(transcript=transcript, person=ana, version=1, by=lin)
    row.refresh_from_db()
    assert (row.text, marks(transcript)[0]) == ("欢迎 Lin 来。", (None, False))


@pytest.fixture
def second_reader(transcript: Transcript) -> None:
    transcript.recording.project.second_reader = True
    transcript.recording.project.save()


@pytest.mark.usefixtures("second_reader")
def test_row_is_verified_by_another_than_its_last_editor(
    transcript: Transcript, row: Utterance, lin: User, ana: User
) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 Lin。", base_version=1), by=lin)
    with pytest.raises(NotPossible, match="second_reader"):
        verify_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=lin)
    assert find_own_rows(transcript, versions(transcript), lin) == {row.pk}
    (other,) = verify_rows(transcript=transcript, versions=versions(transcript), on=True, by=lin)
    assert (other.pk == row.pk, marks(transcript)) == (False, [(None, False), ("lin", False)])
    verify_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=ana)
    assert marks(transcript) == [("ana", False), ("lin", False)]


@pytest.mark.usefixtures("second_reader")
def test_who_edits_after_another_reads_no_longer(transcript: Transcript, row: Utterance, lin: User, ana: User) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 Lin。", base_version=1), by=lin)
    edit_utterance(utterance=row, save=Save(text="欢迎 Ana。", base_version=2), by=ana)
    assert [find_own_rows(transcript, {row.pk}, one) for one in (lin, ana)] == [set(), {row.pk}]
    verify_rows(transcript=transcript, versions={row.pk: 3}, on=True, by=lin)
    flag_rows(transcript=transcript, versions={row.pk: 4}, on=True, by=ana)
    assert marks(transcript) == [("lin", True), (None, False)]


def test_anybody_verifies_where_no_second_reader_is_asked_for(
    transcript: Transcript, row: Utterance, lin: User
) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎 Lin。", base_version=1), by=lin)
    verify_rows(transcript=transcript, versions={row.pk: 2}, on=True, by=lin)
    assert marks(transcript) == [("lin", False), (None, False)]
