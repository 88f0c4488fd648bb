from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import quick
from tests.conftest import ANSWER
from tests.services.at_once import at_once
from transcripts.models import Effort, Transcript, Utterance
from transcripts.queries.effort import Spent, compute_transcript_effort, list_own_efforts, list_uncounted_of
from transcripts.services.accounts.deletion import delete_account
from transcripts.services.editing.reviewing import verify_rows
from transcripts.services.effort import record_effort
from transcripts.services.projects.counts import count_transcripts

START = datetime(2026, 11, 29, 8, tzinfo=UTC)


class Clock:
    """The server's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def at(self, seconds: float) -> None:
        self.now = START + timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def seconds(transcript: Transcript, person: User) -> float:
    return Effort.objects.get(transcript=transcript, user=person).ms / 1000


def test_work_is_counted_up_to_the_last_that_was_done(transcript: Transcript, lin: User, clock: Clock) -> None:
    for at, idle_ms in ((2, 1000), (22, 0), (42, 15_000)):
        clock.at(at)
        record_effort(transcript=transcript.pk, user=lin.pk, idle_ms=idle_ms)
    assert seconds(transcript, lin) == 26  # from 1 to 27


def test_pause_counts_up_to_a_minute(transcript: Transcript, lin: User, clock: Clock) -> None:
    for at in (0, 60, 121, 131):
        clock.at(at)
        record_effort(transcript=transcript.pk, user=lin.pk, idle_ms=0)
    assert seconds(transcript, lin) == 70


def test_two_transcripts_at_the_same_time_are_one_persons_time(transcript: Transcript, lin: User, clock: Clock) -> None:
    other = quick.recognised(quick.create_recording(lin), ANSWER)
    for at in range(0, 100, 10):
        clock.at(at)
        record_effort(transcript=(transcript, other)[at // 10 % 2].pk, user=lin.pk, idle_ms=0)
    assert (seconds(transcript, lin), seconds(other, lin)) == (40, 50)


def test_pages_that_speak_at_the_same_moment_count_once(
    transactional_db: None, transcript: Transcript, lin: User
) -> None:
    record_effort(transcript=transcript.pk, user=lin.pk, idle_ms=0)
    Effort.objects.update(seen_at=timezone.now() - timedelta(seconds=30))
    at_once(*[lambda: record_effort(transcript=transcript.pk, user=lin.pk, idle_ms=0)] * 4)
    assert 30 <= seconds(transcript, lin) < 60


def test_clock_of_the_server_that_was_wrong_does_not_stop_the_count(
    transcript: Transcript, lin: User, clock: Clock
) -> None:
    for at in (0, 7200, 10, 20):
        clock.at(at)
        record_effort(transcript=transcript.pk, user=lin.pk, idle_ms=0)
    assert seconds(transcript, lin) == 10


def test_moment_that_is_told_costs_three_queries(transcript: Transcript, lin: User) -> None:
    record_effort(transcript=transcript.pk, user=lin.pk, idle_ms=0)
    with CaptureQueriesContext(connection) as asked:
        record_effort(transcript=transcript.pk, user=lin.pk, idle_ms=0)
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 3


SIGNALS = st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 90_000), st.booleans()), max_size=25)
"""Of each: ms since the one before, for how many ms nothing was done, from which of two transcripts."""


@pytest.mark.long
@given(signals=SIGNALS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sum_never_exceeds_the_time_on_the_wall_and_no_long_pause_counts(
    transcript: Transcript, lin: User, monkeypatch: pytest.MonkeyPatch, signals: list[tuple[int, int, bool]]
) -> None:
    other = Transcript.objects.exclude(pk=transcript.pk).first() or quick.recognised(
        quick.create_recording(lin), ANSWER
    )
    Effort.objects.all().delete()
    with monkeypatch.context() as patch:
        clock = Clock(patch)
        ms, moments = 0, set()
        for wait_ms, idle_ms, is_other in signals:
            ms += wait_ms
            clock.at(ms / 1000)
            moments.add(ms - min(idle_ms, 60_000))
            record_effort(transcript=(other if is_other else transcript).pk, user=lin.pk, idle_ms=idle_ms)
    total = Effort.objects.aggregate(ms=Sum("ms"))["ms"] or 0
    gaps = [after - before for before, after in pairwise(sorted(moments))]
    assert total <= sum(gap for gap in gaps if gap <= 60_000)
    if not any(idle_ms for _wait, idle_ms, _other in signals):
        assert total == sum(gap for gap in gaps if gap <= 60_000)


def spend(transcript: Transcript, person: User, minutes: float, began_at: datetime | None = None) -> None:
    now = timezone.now()
    began_at = began_at or now - timedelta(hours=1)
    Effort.objects.create(user=person, transcript=transcript, ms=minutes * 60_000, began_at=began_at, seen_at=now)


def verify(rows: list[Utterance], by: User) -> None:
    for row in rows:
        row.refresh_from_db()
    verify_rows(transcript=rows[0].transcript, versions={row.pk: row.version for row in rows}, on=True, by=by)


def count() -> None:
    assert count_transcripts(list_uncounted_of(Effort.objects.all())) == 0
    assert list_uncounted_of(Effort.objects.all()) == []


@pytest.fixture
def hour(transcript: Transcript) -> Transcript:
    """The recording lasts for an hour, of which the two rows are a half and a quarter."""
    transcript.recording.duration_ms = 3_600_000
    transcript.recording.save()
    for row, (start_ms, end_ms) in zip(
        transcript.utterances.all(), ((0, 1_800_000), (1_900_000, 2_800_000)), strict=True
    ):
        Utterance.objects.filter(pk=row.pk).update(start_ms=start_ms, end_ms=end_ms)
    return transcript


def test_hour_is_the_share_of_the_recording_that_the_person_verified(
    hour: Transcript, row: Utterance, below: Utterance, lin: User, ana: User
) -> None:
    verify([row], lin)
    verify([below], ana)
    spend(hour, lin, 20)
    count()
    found = compute_transcript_effort(hour, lin)
    assert found.people == [("lin", True, Spent(1_200_000, 2_400_000))]
    assert found.whole.minutes_an_hour == 30


def test_what_was_verified_before_work_was_counted_is_left_out(
    hour: Transcript, row: Utterance, below: Utterance, lin: User
) -> None:
    verify([row, below], lin)
    Utterance.objects.filter(pk=row.pk).update(verified_at=timezone.now() - timedelta(hours=2))
    spend(hour, lin, 20)
    count()
    assert compute_transcript_effort(hour, lin).whole == Spent(1_200_000, 1_200_000)


def test_too_little_audio_gives_no_figure_for_an_hour() -> None:
    assert (Spent(60_000, 59_999).minutes_an_hour, Spent(60_000, 60_000).minutes_an_hour) == (None, 60)


def test_own_work_is_listed_without_names_of_what_one_can_no_longer_open(
    hour: Transcript, lin: User, ana: User
) -> None:
    spend(hour, ana, 5)
    spend(hour, lin, 3)
    (lins,), (anas,) = list_own_efforts(lin), list_own_efforts(ana)
    assert (lins.title, lins.project, lins.is_open) == (hour.recording.title, hour.recording.project_id, True)
    assert (anas.title, anas.project, anas.is_open) == ("", 0, False)
    assert anas.spent.ms == 300_000


def test_work_goes_with_the_account_and_with_the_transcript(hour: Transcript, lin: User, ana: User) -> None:
    spend(hour, ana, 5)
    spend(hour, lin, 3)
    Utterance.objects.filter(transcript=hour).update(verified_by=ana)  # Her name stays.
    delete_account(user=ana)
    assert [one.user for one in Effort.objects.all()] == [lin]
    hour.recording.delete()
    assert not Effort.objects.exists()
