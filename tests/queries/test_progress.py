"""Estimates of recognitions, learnt from earlier ones: robust, by service, and never done before the end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import quick
from transcripts.enums import LOCAL_SERVICE, TranscriptionState
from transcripts.models import Recording, Transcription
from transcripts.queries.library import list_recordings
from transcripts.queries.progress import add_progress, draw_progress, learn

MINUTE = 60_000
HELD_UP = [(MINUTE, 3_600_000), (MINUTE, 3_600_000), (90 * MINUTE, 10)]


def test_nothing_is_learnt_from_nothing() -> None:
    assert learn([]) is None


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([(MINUTE, 20_000)], 40_000),
        ([(MINUTE, 20_000), (4 * MINUTE, 80_000)], 40_000),
        # 10 s and 5 s a minute; two of nine were held up for an hour, one came at once.
        (
            [(n * MINUTE, 10_000 + n * 5_000) for n in range(3, 9)] + HELD_UP,
            20_000,
        ),
        # All of one length, and longer ones that are quicker.
        ([(MINUTE, 30_000), (MINUTE, 30_000), (MINUTE, 90_000)], 60_000),
        ([(MINUTE, 9_000), (2 * MINUTE, 8_000), (4 * MINUTE, 7_000)], 8_000),
        # What would take less than nothing for no audio.
        ([(n * MINUTE, n * n * 1_000) for n in range(1, 6)], 6_000),
    ],
)
def test_estimate_is_of_a_fixed_part_and_one_for_the_length(runs: list[tuple[int, int]], expected: int) -> None:
    estimate = learn(runs)
    assert estimate is not None
    assert round(estimate.expect(2 * MINUTE)) == expected


def test_bar_grows_and_is_never_full() -> None:
    drawn = [draw_progress(part * 1000, 1000) for part in (0, 0.5, 1, 1.5, 2, 4, 100)]
    assert (drawn[:3], drawn == sorted(drawn), drawn[-1] < 1000) == ([0, 450, 900], True, True)
    assert draw_progress(5, 0) < 1000


@pytest.fixture(autouse=True)
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)


def ran(by: User, service: str, minutes: int, seconds: int) -> None:
    recording = quick.create_recording(by)
    Recording.objects.filter(pk=recording.pk).update(duration_ms=minutes * MINUTE)
    now = timezone.now()
    Transcription.objects.filter(recording=recording).update(
        state=TranscriptionState.DONE, service=service, started_at=now - timedelta(seconds=seconds), finished_at=now
    )


def running(by: User, service: str = LOCAL_SERVICE, minutes: int = 10, elapsed_s: int = 10) -> Recording:
    recording = quick.create_recording(by)
    Recording.objects.filter(pk=recording.pk).update(duration_ms=minutes * MINUTE)
    started = timezone.now() - timedelta(seconds=elapsed_s)
    runs = Transcription.objects.filter(recording=recording)
    runs.update(state=TranscriptionState.WAITING, service=service, started_at=started)
    return recording


def progress(by: User, recording: Recording) -> Any:
    listed = list(list_recordings(by).filter(pk=recording.pk))
    add_progress(listed)
    return listed[0].transcriptions.all()[0]


def test_each_service_has_its_own_pace_and_those_of_all_count_where_it_has_none(lin: User, data_dir: Any) -> None:
    recording = running(lin)
    run = progress(lin, recording)
    assert (run.elapsed_ms // 1000, run.expected_ms, hasattr(run, "shown")) == (10, None, False)
    for minutes in (2, 4, 6):
        ran(lin, "fast.example", minutes, 2 * minutes)
    assert progress(lin, recording).expected_ms == 20_000
    for minutes in (2, 4, 6):
        ran(lin, LOCAL_SERVICE, minutes, 20 + 30 * minutes)
    run = progress(lin, recording)
    assert (run.expected_ms, run.left_ms // 1000, run.shown) == (320_000, 310, 28)


def test_recognition_that_takes_longer_says_so(lin: User, data_dir: Any, lins_client: Client) -> None:
    for minutes in (2, 4, 6):
        ran(lin, LOCAL_SERVICE, minutes, 12 * minutes)
    shown = {300: "longer than usual", 100: "less than a minute left", 10: "about 2 min left"}
    for elapsed_s, sentence in shown.items():
        recording = running(lin, elapsed_s=elapsed_s)
        text = lins_client.get(f"/recordings/{recording.pk}/", headers={"HX-Request": "true"}).text
        assert sentence in text
        drawn = re.search(r'value="(\d+)" max="1000"', text)
        assert drawn
        assert 0 <= progress(lin, recording).shown - int(drawn[1]) <= 9


def test_queued_one_says_how_many_come_before_and_when_it_begins(
    lin: User, ana: User, data_dir: Any, settings: Any, lins_client: Client
) -> None:
    settings.FLASH_CONCURRENCY, settings.FLASH_IS_LOCAL = 2, True
    for minutes in (2, 4, 6):
        ran(lin, LOCAL_SERVICE, minutes, 60 * minutes)
    first = quick.create_recording(lin)
    assert (progress(lin, first).ahead, progress(lin, first).wait_ms) == (0, 0)
    running(lin, minutes=10, elapsed_s=0)
    running(lin, minutes=20, elapsed_s=0)
    hers = quick.create_recording(ana)  # She has none running, and comes before.
    Recording.objects.filter(pk=hers.pk).update(duration_ms=2 * MINUTE)
    run = progress(lin, first)
    assert (run.ahead, round(run.wait_ms / MINUTE)) == (1, 16)
    text = lins_client.get(f"/recordings/{first.pk}/", headers={"HX-Request": "true"}).text
    assert ("1 before it" in text, "starts in about 16 min" in text) == (True, True)
    Recording.objects.filter(pk=hers.pk).update(duration_ms=None)
    assert progress(lin, first).wait_ms is None


def test_page_asks_as_often_for_many_running_as_for_one(lin: User, data_dir: Any) -> None:
    counted = []
    for _each in range(3):
        running(lin)
        quick.create_recording(lin)
        listed = list(list_recordings(lin))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            add_progress(listed)
        counted.append(len(seen))
    assert counted == [2, 2, 2]
    Transcription.objects.filter(state=TranscriptionState.QUEUED).delete()
    listed = list(list_recordings(lin))
    with CaptureQueriesContext(connection) as seen:
        add_progress(listed)
    assert len(seen) == 1
