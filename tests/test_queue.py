"""The queue is only a hint: what it loses the sweep finds, and what comes twice is done once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from huey import SqliteHuey

from tests import quick
from tests.conftest import ANSWER
from transcripts import queue, tasks  # noqa: F401 - what the tasks do is registered there
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.flashserver.server import FlashServer
from transcripts.models import Recording, Slot, Transcript, Transcription
from transcripts.services.maintenance import enqueue_due_work


@pytest.fixture(autouse=True)
def quiet(settings: Any) -> None:
    settings.LEASE_SECONDS = 60
    quick.empty_queue()


@pytest.fixture
def recording(lin: User, data_dir: Path) -> Recording:
    recording = quick.create_recording(lin)
    recording.refresh_from_db()
    return recording


def waiting() -> list[tuple[str, Any]]:
    return queue.list_waiting()


def work() -> int:
    """What a worker does until the queue is empty; how many tasks that were."""
    done = 0
    for lane in queue.LANES:
        while task := lane.dequeue():
            lane.execute(task)
            done += 1
    return done


def test_sweep_dispatches_what_nobody_was_told_of(recording: Recording) -> None:
    run = recording.transcriptions.get()
    assert waiting() == []
    enqueue_due_work()
    assert waiting() == [("recognise", run.pk), ("prepare", recording.pk)]


def test_sweep_does_not_dispatch_twice_what_still_waits(recording: Recording) -> None:
    for _time in range(3):
        enqueue_due_work()
    assert len(waiting()) == 2


def test_sweep_finds_what_a_dead_worker_left_when_its_lease_is_over(recording: Recording) -> None:
    soon, gone = timezone.now() + timedelta(minutes=1), timezone.now() - timedelta(seconds=1)
    run = recording.transcriptions.get()
    Transcription.objects.update(state=TranscriptionState.WAITING, lease_until=soon, attempt=1)
    Recording.objects.update(state=PreparationState.RUNNING, lease_until=soon, attempt=1)
    enqueue_due_work()
    assert waiting() == []
    Transcription.objects.update(lease_until=gone)
    enqueue_due_work()
    assert waiting() == [("recognise", run.pk)]
    quick.empty_queue()
    Transcription.objects.update(state=TranscriptionState.DONE)
    Recording.objects.update(lease_until=gone)
    enqueue_due_work()
    assert waiting() == [("prepare", recording.pk)]


def test_sweep_leaves_what_waits_for_its_next_try(recording: Recording) -> None:
    Transcription.objects.update(not_before=timezone.now() + timedelta(minutes=1))
    Recording.objects.update(state=PreparationState.DONE)
    enqueue_due_work()
    assert waiting() == []


def test_sweep_takes_the_oldest_first(lin: User, recording: Recording) -> None:
    Recording.objects.update(state=PreparationState.DONE)
    runs = [recording.transcriptions.get().pk]
    for minutes in (5, 3):
        other = quick.create_recording(lin)
        Recording.objects.filter(pk=other.pk).update(state=PreparationState.DONE)
        run = other.transcriptions.get()
        Transcription.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(minutes=minutes))
        runs.insert(len(runs) - 1, run.pk)
    enqueue_due_work()
    assert waiting() == [("recognise", pk) for pk in runs]


def test_sweep_enqueues_no_more_recognitions_than_have_a_slot(
    lin: User, recording: Recording, settings: Any, data_dir: Path
) -> None:
    """Those that wait for a slot are not gone through again and again; other work is not held up by them."""
    settings.FLASH_CONCURRENCY = 2
    others = [quick.create_recording(lin) for _number in range(3)]
    taken = Slot.take(2)
    enqueue_due_work()
    oldest = recording.transcriptions.get().pk
    assert [pk for name, pk in waiting() if name == "recognise"] == [oldest]
    assert [pk for name, pk in waiting() if name == "prepare"] == [recording.pk, *(one.pk for one in others)]
    quick.empty_queue()
    assert (taken is not None, Slot.take(2) is not None) == (True, True)
    Recording.objects.update(state=PreparationState.DONE)
    enqueue_due_work()
    assert waiting() == []


def test_recognitions_that_wait_keep_the_sweep_from_no_other_work(recording: Recording) -> None:
    queue.enqueue("recognise", recording.transcriptions.get().pk)
    enqueue_due_work()
    assert [name for name, _pk in waiting()] == ["recognise", "prepare"]


def test_queue_that_does_not_answer_is_survived(
    recording: Recording, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = SqliteHuey("broken", filename=str(data_dir / "queue.sqlite3"))
    broken.storage.close()
    (data_dir / "queue.sqlite3").write_bytes(b"no database at all" * 100)
    with monkeypatch.context() as patch:
        patch.setattr(queue.RECOGNITIONS, "storage", broken.storage)
        queue.enqueue("recognise", recording.transcriptions.get().pk)
    assert waiting() == []
    enqueue_due_work()
    assert len(waiting()) == 2


@pytest.mark.long
def test_tasks_bring_a_recording_to_its_end_once_however_often_they_come(
    transactional_db: None, recording: Recording, flash: Callable[..., FlashServer]
) -> None:
    quick.empty_queue()
    server = flash({"body": ANSWER})
    run = recording.transcriptions.get()
    for _time in range(3):
        queue.enqueue("recognise", run.pk)
        queue.enqueue("prepare", recording.pk)
    assert work() == 6
    recording.refresh_from_db()
    run.refresh_from_db()
    assert (recording.state, recording.attempt) == (PreparationState.DONE, 1)
    assert (run.state, run.attempt, server.requests) == (TranscriptionState.DONE, 1, 1)
    assert Transcript.objects.count() == 1
    enqueue_due_work()
    assert waiting() == []


def test_task_of_what_is_gone_does_nothing(transactional_db: None, recording: Recording) -> None:
    quick.empty_queue()
    queue.enqueue("recognise", recording.transcriptions.get().pk)
    queue.enqueue("prepare", recording.pk)
    recording.delete()
    assert work() == 2
