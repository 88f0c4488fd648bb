from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from tests import quick
from tests.services.at_once import at_once
from transcripts.errors import Claimed, Gone
from transcripts.models import Change, Recording, Transcript
from transcripts.queries.assignments import CLAIM_LEASE, list_assignments
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.live.assignments import (
    RENEWAL,
    claim_assignment,
    claim_next_assignment,
    cut_assignments,
    hand_back_assignment,
    remove_assignments,
)
from transcripts.services.live.presence import open_page, renew_process

MINUTE = 60_000


@pytest.fixture
def long(lin: User, upload: Callable[..., Recording]) -> Transcript:
    """Six minutes, a row every twenty seconds, cut into three assignments."""
    rows = [
        {"start_time": n * 20_000, "end_time": n * 20_000 + 15_000, "text": f"Row {n}.", "words": []} for n in range(18)
    ]
    answer = {"audio_info": {"duration": 6 * MINUTE}, "result": {"text": "", "utterances": rows}}
    transcript = quick.recognised(upload(lin), answer)
    cut_assignments(transcript=transcript, minutes=2)
    return transcript


def held(transcript: Transcript) -> list[str | None]:
    return [state.holder and state.holder.username for state in list_assignments(transcript)]


def nth(transcript: Transcript, number: int) -> int:
    return list_assignments(transcript)[number - 1].assignment.pk


def later(transcript: Transcript, by: timedelta) -> None:
    """As if everything had been done so much earlier."""
    for assignment in transcript.assignments.exclude(lease_until=None):
        assignment.lease_until -= by
        assignment.save()
    for change in transcript.changes.all():
        Change.objects.filter(pk=change.pk).update(at=change.at - by)


def verify(transcript: Transcript, first: int, last: int, by: User) -> None:
    versions = dict(transcript.utterances.values_list("pk", "version")[first:last])
    verify_rows(transcript=transcript, versions=versions, on=True, by=by)


def test_recording_is_cut_at_pauses(long: Transcript) -> None:
    assert [
        (one.number, one.assignment.start_ms, one.assignment.end_ms, one.rows) for one in list_assignments(long)
    ] == [
        (1, 0, 117_500, 6),
        (2, 117_500, 237_500, 6),
        (3, 237_500, 355_000, 6),
    ]
    cut_assignments(transcript=long, minutes=4)
    assert len(list_assignments(long)) == 1
    remove_assignments(transcript=long)
    assert list_assignments(long) == []


def test_every_change_of_assignments_is_counted_and_leaves_the_text_alone(long: Transcript, lin: User) -> None:
    claim_next_assignment(transcript=long, by=lin)
    hand_back_assignment(transcript=long, assignment=nth(long, 1), by=lin)
    long.refresh_from_db()
    assert (long.annotation_version, long.version) == (3, 1)


def test_assignment_belongs_to_one_person_until_they_hand_it_back(long: Transcript, lin: User, ana: User) -> None:
    claim_assignment(transcript=long, assignment=nth(long, 2), by=lin)
    with pytest.raises(Claimed, match="lin"):
        claim_assignment(transcript=long, assignment=nth(long, 2), by=ana)
    hand_back_assignment(transcript=long, assignment=nth(long, 2), by=ana)
    assert held(long) == [None, "lin", None]
    hand_back_assignment(transcript=long, assignment=nth(long, 2), by=lin)
    claim_assignment(transcript=long, assignment=nth(long, 2), by=ana)
    assert held(long) == [None, "ana", None]
    claim_assignment(transcript=long, assignment=nth(long, 2), by=lin, over=True)
    assert held(long) == [None, "lin", None]


def test_next_free_assignment_is_one_that_nobody_has_and_that_is_not_done(
    long: Transcript, lin: User, ana: User
) -> None:
    verify(long, 0, 6, lin)
    second = claim_next_assignment(transcript=long, by=lin)
    third = claim_next_assignment(transcript=long, by=ana)
    assert second
    assert third
    assert ([second.start_ms, third.start_ms], held(long)) == ([117_500, 237_500], [None, "lin", "ana"])
    assert claim_next_assignment(transcript=long, by=lin) is None


def test_claim_never_guards_the_text(long: Transcript, lin: User, ana: User) -> None:
    claim_assignment(transcript=long, assignment=nth(long, 1), by=lin)
    row = long.utterances.all()[0]
    assert edit_utterance(utterance=row, save=Save(text="By Ana.", base_version=1), by=ana).text == "By Ana."


def test_claim_runs_out_by_itself(long: Transcript, lin: User, ana: User) -> None:
    claim_next_assignment(transcript=long, by=lin)
    later(long, CLAIM_LEASE - timedelta(seconds=30))
    assert held(long)[0] == "lin"
    later(long, timedelta(minutes=1))
    assert held(long)[0] is None
    assert claim_next_assignment(transcript=long, by=ana) == long.assignments.all()[0]


def test_working_renews_a_claim_and_the_work_of_others_does_not(long: Transcript, lin: User, ana: User) -> None:
    claim_next_assignment(transcript=long, by=lin)
    later(long, CLAIM_LEASE - timedelta(minutes=1))
    first, second = long.utterances.all()[:2]
    edit_utterance(utterance=first, save=Save(text="By Ana.", base_version=1), by=ana)
    later(long, timedelta(minutes=2))
    assert held(long)[0] is None
    edit_utterance(utterance=second, save=Save(text="By Lin.", base_version=1), by=lin)
    assert held(long)[0] == "lin"
    later(long, CLAIM_LEASE)
    assert held(long)[0] is None


def test_open_page_renews_a_claim(long: Transcript, lin: User, ana: User) -> None:
    process = uuid4()
    claim_assignment(transcript=long, assignment=nth(long, 1), by=lin)
    claim_assignment(transcript=long, assignment=nth(long, 2), by=ana)
    page = uuid4()
    open_page(page=page, transcript=long.pk, user=lin.pk, process=process)
    later(long, 2 * CLAIM_LEASE)
    renew_process(process=uuid4(), pages=[])
    assert held(long) == [None, None, None]
    renew_process(process=process, pages=[page])
    assert held(long) == ["lin", None, None]
    (until,) = [one.until for one in list_assignments(long) if one.until]
    assert until > timezone.now() + CLAIM_LEASE - RENEWAL


def test_progress_is_told_in_rows_and_in_time(long: Transcript, lin: User) -> None:
    verify(long, 4, 8, lin)
    assert [(one.verified, one.verified_ms, one.ms, one.is_done) for one in list_assignments(long)] == [
        (2, 30_000, 90_000, False),
        (2, 30_000, 90_000, False),
        (0, 0, 90_000, False),
    ]


def test_assignment_that_no_longer_exists_is_gone(long: Transcript, lin: User) -> None:
    first = nth(long, 1)
    cut_assignments(transcript=long, minutes=1)
    for change in (claim_assignment, hand_back_assignment):
        with pytest.raises(Gone):
            change(transcript=long, assignment=first, by=lin)


def test_many_who_want_the_next_assignment_at_once_get_one_each(transactional_db: None, long: Transcript) -> None:
    people = [User.objects.create_user(f"person-{number}") for number in range(5)]
    got = at_once(*(lambda one=one: claim_next_assignment(transcript=long, by=one) for one in people))
    starts = [assignment.start_ms for assignment in got if assignment]
    assert (sorted(starts), got.count(None)) == ([0, 117_500, 237_500], 2)
