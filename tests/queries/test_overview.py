from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER
from transcripts.enums import Role, TranscriptionState
from transcripts.models import (
    Assignment,
    Change,
    Comment,
    Membership,
    Move,
    Notice,
    Project,
    Recording,
    Transcript,
    Transcription,
    Utterance,
)
from transcripts.queries.assignments import CLAIM_LEASE
from transcripts.queries.overview import (
    EARLIER,
    Work,
    compute_work,
    list_counts,
    list_people_work,
    list_untouched,
    list_weeks,
    sum_weeks,
    sum_work,
)
from transcripts.queries.waiting import Waiting, find_waiting
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.projects.counts import count_rows
from transcripts.services.projects.projects import create_project

HOUR_MS = 3_600_000
SHANGHAI, KATHMANDU = ZoneInfo("Asia/Shanghai"), ZoneInfo("Asia/Kathmandu")


@pytest.fixture
def project(transcript: Transcript) -> Project:
    """Of Lin, with one recording of an hour, which was added, recognised and partly verified at known times."""
    return transcript.recording.project


@pytest.fixture
def thursday(monkeypatch: pytest.MonkeyPatch) -> datetime:
    now = datetime(2026, 12, 3, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


@pytest.fixture(autouse=True)
def zone() -> Iterator[None]:
    with timezone.override(SHANGHAI):
        yield


def work_of(project: Project, weeks: int = 4) -> Any:
    count_rows(project)
    return compute_work(project, list_weeks(weeks), list_counts(project))


def waiting_in(project: Project) -> Waiting:
    count_rows(project)
    return find_waiting(project, list_counts(project))


def set_times(transcript: Transcript, *, added: datetime, recognised: datetime) -> None:
    Recording.objects.filter(pk=transcript.recording_id).update(created_at=added, duration_ms=HOUR_MS)
    Transcript.objects.filter(pk=transcript.pk).update(created_at=recognised)


def test_weeks_begin_on_the_readers_monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 29, 17, tzinfo=UTC))
    assert list_weeks(3) == [date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 30)]
    with timezone.override(UTC):
        assert list_weeks(1) == [date(2026, 11, 23)]


@pytest.mark.parametrize("zone", [SHANGHAI, KATHMANDU, ZoneInfo("America/New_York"), UTC])
def test_work_falls_into_the_week_in_which_it_was_done(
    lin: User, project: Project, transcript: Transcript, row: Utterance, thursday: datetime, zone: Any
) -> None:
    with timezone.override(zone):
        monday = datetime.combine(list_weeks(1)[0], datetime.min.time(), zone)
        set_times(transcript, added=monday - timedelta(weeks=9), recognised=monday - timedelta(seconds=1))
        Utterance.objects.filter(pk=row.pk).update(verified_by=lin, verified_at=monday)
        table = work_of(project)
        assert table == {
            (EARLIER, lin.pk): Work(recordings=1, recorded_ms=HOUR_MS),
            (2, lin.pk): Work(recognised_ms=HOUR_MS),
            (3, lin.pk): Work(verified_ms=1200, verified_rows=1),
        }
        assert sum_weeks(table, 4)[2:] == [Work(recognised_ms=HOUR_MS), Work(verified_ms=1200, verified_rows=1)]
        assert sum_work(table.values()) == Work(1, HOUR_MS, HOUR_MS, 1200, 1)


def test_recording_that_is_recognised_again_counts_once(project: Project, transcript: Transcript) -> None:
    quick.again(transcript.recording, ANSWER)
    assert sum_work(work_of(project).values()).recognised_ms == 5547


def test_project_without_recordings_has_done_nothing(lin: User) -> None:
    empty = create_project(name="Empty", by=lin)
    table = work_of(empty)
    assert (table, sum_weeks(table, 2)) == ({}, [Work(), Work()])
    assert [(one.name, one.total, one.lately) for one in list_people_work(empty, table, 4)] == [("lin", Work(), Work())]
    assert not waiting_in(empty)
    assert list(list_untouched(empty)) == []


def test_people_are_members_who_may_work_and_whoever_has(
    lin: User, ana: User, project: Project, row: Utterance, thursday: datetime
) -> None:
    Membership.objects.create(project=project, user=ana, role=Role.VIEWER)
    wei, left = User.objects.create_user("wei"), User.objects.create_user("left")
    Membership.objects.create(project=project, user=wei, role=Role.EDITOR)
    Utterance.objects.filter(pk=row.pk).update(verified_by=left, verified_at=thursday - timedelta(weeks=5))
    people = list_people_work(project, work_of(project, 12), 12)
    assert [(one.name, one.total.verified_ms, one.lately.verified_ms) for one in people] == [
        ("left", 1200, 0),
        ("lin", 0, 0),
        ("wei", 0, 0),
    ]
    Recording.objects.update(uploaded_by=None)
    assert [one.name for one in list_people_work(project, work_of(project), 4)] == ["left", "", "lin", "wei"]


def test_untouched_are_recognised_and_nothing_else(lin: User, project: Project, transcript: Transcript) -> None:
    recordings = [transcript.recording]
    for days in (3, 2):
        recording = quick.recognised(quick.create_recording(lin), ANSWER).recording
        Recording.objects.filter(pk=recording.pk).update(created_at=timezone.now() - timedelta(days=days))
        recordings.append(recording)
    quick.create_recording(lin)
    silent = quick.recognised(quick.create_recording(lin), {"audio_info": {"duration": 5550}, "result": {"text": ""}})
    count_rows(project)
    assert [one.pk for one in list_untouched(project)] == [recordings[n].pk for n in (1, 2, 0)]
    assert silent.recording not in list_untouched(project)
    Transcript.objects.filter(recording=recordings[1]).update(version=2)
    Change.objects.filter(transcript__recording=recordings[2]).update(kind="imported")
    assert [one.pk for one in list_untouched(project)] == [recordings[0].pk]


def test_what_waits_is_told_with_where_and_for_whom(
    lin: User, ana: User, project: Project, transcript: Transcript, row: Utterance
) -> None:
    Membership.objects.create(project=project, user=ana, role=Role.EDITOR)
    Utterance.objects.filter(pk=row.pk).update(flagged=True)
    thread = Comment.objects.create(transcript=transcript, utterance=row, author=lin, body="@ana?")
    reply = Comment.objects.create(transcript=transcript, thread=thread, author=ana, body="@ana")
    for comment in (thread, reply):
        Notice.objects.create(comment=comment, user=ana, is_mention=True)
    assignment = Assignment.objects.create(
        transcript=transcript, start_ms=0, end_ms=5000, claimed_by=ana, lease_until=timezone.now() + CLAIM_LEASE
    )
    Move.objects.create(recording=transcript.recording, source=project, target=create_project(name="T", by=lin))
    failed = quick.create_recording(lin)
    Transcription.objects.filter(recording=failed).update(state=TranscriptionState.FAILED)
    waiting = waiting_in(project)
    assert (waiting.flagged.count, waiting.flagged.most[0].title, waiting.flagged.others) == (1, "zh_welcome", 0)
    assert (waiting.comments.count, waiting.comments.most[0].transcript) == (1, transcript.pk)
    assert [(one.user, one.count, one.place.transcript) for one in waiting.mentions] == [(ana, 2, transcript.pk)]
    assert [claim.assignment for claim in waiting.claims] == [assignment]
    assert (waiting.moves, waiting.failed, waiting.second_reader.count) == (1, [failed], 0)
    Comment.objects.filter(pk=thread.pk).update(resolved_at=timezone.now())
    Transcription.objects.filter(recording=failed).update(state=TranscriptionState.QUEUED)
    waiting = waiting_in(project)
    assert (waiting.comments.count, waiting.mentions, waiting.failed) == (0, [], [])


def test_archived_recordings_wait_for_nobody(lin: User, project: Project) -> None:
    failed, untouched = quick.create_recording(lin), quick.recognised(quick.create_recording(lin), ANSWER).recording
    Transcription.objects.filter(recording=failed).update(state=TranscriptionState.FAILED)
    assert (waiting_in(project).failed, untouched in list_untouched(project)) == ([failed], True)
    Recording.objects.update(archived_at=timezone.now())
    assert (waiting_in(project).failed, list(list_untouched(project))) == ([], [])


def test_claim_waits_as_long_as_its_person_works(lin: User, project: Project, transcript: Transcript) -> None:
    past = timezone.now() - timedelta(hours=1)
    Change.objects.update(at=past)
    Assignment.objects.create(transcript=transcript, start_ms=0, end_ms=9, claimed_by=lin, lease_until=past)
    assert len(waiting_in(project).claims) == 0
    change = Change.objects.create(transcript=transcript, version=2, kind="edited", by=lin)
    assert [claim.until for claim in waiting_in(project).claims] == [change.at + CLAIM_LEASE]


def test_second_readers_wait_where_the_project_wants_them(
    lin: User, project: Project, transcript: Transcript, row: Utterance
) -> None:
    edit_utterance(utterance=row, save=Save(text="欢迎林来。", base_version=1), by=lin)
    assert waiting_in(project).second_reader.count == 0
    project.second_reader = True
    assert waiting_in(project).second_reader.count == 1
    Utterance.objects.filter(pk=row.pk).update(verified_at=timezone.now())
    Transcript.objects.filter(pk=transcript.pk).update(version=3)
    assert waiting_in(project).second_reader.count == 0


def test_nothing_in_the_bin_or_elsewhere_counts_or_waits(lin: User, project: Project, transcript: Transcript) -> None:
    other = create_project(name="Other", by=lin)
    comment = Comment.objects.create(transcript=transcript, utterance=transcript.utterances.first(), author=lin)
    Notice.objects.create(comment=comment, user=lin, is_mention=True)
    Utterance.objects.update(flagged=True, verified_at=timezone.now())
    count_rows(project)
    assert (work_of(other), bool(waiting_in(other))) == ({}, False)
    Recording.objects.update(binned_at=timezone.now())
    assert (work_of(project), bool(waiting_in(project)), list(list_untouched(project))) == ({}, False, [])
