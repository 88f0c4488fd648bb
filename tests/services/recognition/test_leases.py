"""Who may bring a result: the worker whose attempt is the current one, and nobody else, whatever happens when."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests.conftest import ANSWER
from tests.files import path_of
from tests.processes import wait_for
from transcripts import queue
from transcripts.enums import TRANSCRIPTION_TRANSITIONS, TranscriptionState
from transcripts.flashserver.server import FlashServer
from transcripts.models import Recording, Slot, Transcript, Transcription
from transcripts.services.recognition.leases import keep_lease
from transcripts.services.recognition.run import (
    MAX_TRIES,
    cancel_transcription,
    retry_transcription,
    run_next_transcription,
    run_transcription,
)
from transcripts.services.recordings.delete import remove_recording

Flash = Callable[..., FlashServer]
Upload = Callable[..., Recording]

QUEUED, CONVERTING, SENDING, WAITING, DONE, FAILED, CANCELLED = TranscriptionState
UPDATE = 'UPDATE "transcripts_transcription"'


@pytest.fixture
def run(lin: User, upload: Upload) -> Transcription:
    return upload(lin).transcriptions.get()


@contextmanager
def when(state: TranscriptionState, happen: Callable[[], object]) -> Iterator[None]:
    """Has something happen right after a worker in this thread has stored that it is at `state`, once."""
    happened = False

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal happened
        result = execute(sql, params, many, context)
        if not happened and sql.startswith(UPDATE) and params[0] == state:
            happened = True
            happen()
        return result

    with connection.execute_wrapper(watch):
        yield
    assert happened


@contextmanager
def seen() -> Iterator[set[tuple[str, str]]]:
    """The changes of state that are stored meanwhile."""
    pairs: set[tuple[str, str]] = set()

    def states() -> dict[Any, str]:
        return dict(Transcription.objects.values_list("pk", "state"))

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(UPDATE):
            return execute(sql, params, many, context)
        before = states()
        result = execute(sql, params, many, context)
        pairs.update((state, states()[pk]) for pk, state in before.items())
        return result

    with connection.execute_wrapper(watch):
        yield pairs


def let_the_lease_run_out() -> None:
    Transcription.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


def take_over(run: Transcription) -> Transcription:
    let_the_lease_run_out()
    taken = Transcription.objects.claim(run.pk)
    assert taken is not None
    return taken


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """The results of `work` done by several threads that start at the same moment."""
    start = threading.Barrier(count)

    def one(_number: int) -> Any:
        try:
            start.wait(timeout=120)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.parametrize("state", [CONVERTING, SENDING, WAITING])
@pytest.mark.parametrize("answer", [{"body": ANSWER}, {"code": "45000151"}, {"code": "55000031"}])
def test_cancelled_while_running_stays_cancelled(
    run: Transcription, flash: Flash, state: TranscriptionState, answer: dict[str, Any]
) -> None:
    flash(answer)
    with when(state, lambda: cancel_transcription(transcription=run)):
        run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, run.raw_answer, run.tries, run.lease_until) == (CANCELLED, "", None, [], None)
    assert run.finished_at is not None
    assert not Transcript.objects.exists()


@pytest.mark.parametrize("state", [CONVERTING, SENDING, WAITING])
@pytest.mark.parametrize("answer", [{"body": ANSWER}, {"code": "45000151"}])
def test_deleted_while_running_leaves_nothing(
    run: Transcription, flash: Flash, lin: User, state: TranscriptionState, answer: dict[str, Any]
) -> None:
    flash(answer)
    with when(state, lambda: remove_recording(run.recording)):
        run_transcription(run.pk)
    assert (Recording.objects.count(), Transcription.objects.count(), Transcript.objects.count()) == (0, 0, 0)
    assert not path_of(run.recording.folder).exists()


@pytest.mark.parametrize("state", [CONVERTING, SENDING, WAITING])
@pytest.mark.parametrize("answer", [{"body": ANSWER}, {"code": "45000151"}, {"code": "55000031"}])
def test_late_worker_is_refused_after_another_took_over(
    run: Transcription, flash: Flash, state: TranscriptionState, answer: dict[str, Any]
) -> None:
    flash(answer)
    with when(state, lambda: take_over(run)):
        run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.error, run.raw_answer) == (CONVERTING, 2, "", None)
    assert not Transcript.objects.exists()
    let_the_lease_run_out()
    flash({"body": ANSWER})
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, Transcript.objects.count()) == (DONE, 3, 1)


def test_late_answer_is_refused_after_a_retry_of_the_cancelled_one(run: Transcription, flash: Flash) -> None:
    """Cancelled and tried again while the first worker still waits for its answer."""
    flash({"body": ANSWER})

    def change_of_mind() -> None:
        cancel_transcription(transcription=run)
        retry_transcription(transcription=run)

    with when(WAITING, change_of_mind):
        run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, Transcript.objects.exists()) == (QUEUED, 1, False)
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, Transcript.objects.count()) == (DONE, 2, 1)


@pytest.mark.long
def test_every_transition_of_the_table_happens_and_no_other(
    lin: User, upload: Upload, flash: Flash, settings: Any
) -> None:
    def fresh() -> Transcription:
        Recording.objects.all().delete()
        return upload(lin).transcriptions.get()

    def last_try() -> list[dict[str, str]]:
        return [{"error": "busy", "at": timezone.now().isoformat()}] * (MAX_TRIES - 1)

    def worked(run: Transcription) -> None:
        run_transcription(run.pk)

    with seen() as pairs:
        flash({"body": ANSWER})
        worked(fresh())
        for state in Transcription.RUNNING:
            run = fresh()
            with when(state, lambda run=run: take_over(run)):
                worked(run)
            run = fresh()
            with when(state, lambda run=run: cancel_transcription(transcription=run)):
                worked(run)
            retry_transcription(transcription=run)
        cancel_transcription(transcription=run)
        for code in ("55000031", "45000151"):
            flash({"code": code})
            worked(run := fresh())
        retry_transcription(transcription=run)
        flash({"body": ANSWER}).close()
        worked(fresh())
        run = fresh()
        Transcription.objects.update(answer_body=json.dumps(ANSWER).encode(), status_code="20000000")
        worked(run)
        run = fresh()
        Transcription.objects.update(tries=last_try())
        worked(run)
        run = fresh()
        Recording.objects.update(api_format="")
        path_of(run.recording.original).unlink()
        worked(run)
        run = fresh()
        Recording.objects.update(api_format="")
        path_of(run.recording.original).write_bytes(b"")
        worked(run)
    written = {(before, after) for before, after in pairs if before != after or before == CONVERTING}
    allowed = {(str(before), str(after)) for before, afters in TRANSCRIPTION_TRANSITIONS.items() for after in afters}
    assert written == allowed


def test_claim_is_won_by_one_of_many(transactional_db: None, run: Transcription) -> None:
    won = [row.attempt for row in in_threads(8, lambda: Transcription.objects.claim(run.pk)) if row]
    assert won == [1]
    let_the_lease_run_out()
    won = [row.attempt for row in in_threads(8, lambda: Transcription.objects.claim(run.pk)) if row]
    assert won == [2]


def test_recognition_started_by_many_is_done_once(transactional_db: None, run: Transcription, flash: Flash) -> None:
    server = flash({"body": ANSWER})
    in_threads(6, lambda: run_transcription(run.pk))
    run.refresh_from_db()
    assert (run.state, run.attempt, server.requests, Transcript.objects.count()) == (DONE, 1, 1, 1)


@pytest.mark.long
def test_late_answer_of_a_stalled_worker_is_dropped(transactional_db: None, run: Transcription, flash: Flash) -> None:
    late = {"audio_info": {"duration": 1}, "result": {"text": "late"}}
    flash({"delay_s": 1.5, "body": late}, {"body": ANSWER})
    stalled = threading.Thread(target=lambda: (run_transcription(run.pk), connection.close()))
    stalled.start()
    try:
        wait_for("request under way", lambda: Transcription.objects.get().state == WAITING, 30)
        let_the_lease_run_out()
        run_transcription(run.pk)
    finally:
        stalled.join(timeout=120)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.raw_answer) == (DONE, 2, ANSWER)
    assert Transcript.objects.get().changes.count() == 1


@pytest.mark.long
def test_kept_lease_is_renewed_until_the_row_is_lost(transactional_db: None, run: Transcription, settings: Any) -> None:
    settings.LEASE_SECONDS = 0.5
    row = Transcription.objects.claim(run.pk)
    assert row is not None
    with keep_lease(row) as lost:
        let_the_lease_run_out()
        wait_for("renewed lease", lambda: not Transcription.objects.due().exists(), 30)
        assert not lost.is_set()
        cancel_transcription(transcription=run)
        assert lost.wait(30)
    assert Transcription.objects.get().state == CANCELLED


def test_lease_is_no_longer_renewed_when_the_work_is_over(transactional_db: None, run: Transcription) -> None:
    row = Transcription.objects.claim(run.pk)
    assert row is not None
    with keep_lease(row):
        pass
    assert [thread.name for thread in threading.enumerate() if thread.name == f"lease-{row.pk}"] == []


def test_slots_are_as_many_as_allowed(db: None) -> None:
    taken = [Slot.take(2) for _request in range(3)]
    assert {slot.number for slot in taken if slot} == {1, 2}
    assert taken[2] is None
    assert taken[0] is not None
    taken[0].give_back()
    again = Slot.take(2)
    assert again is not None
    assert again.number == taken[0].number
    # What was given back is the next one's, so that the first holder can neither keep it nor give it away.
    assert not taken[0].renew()
    taken[0].give_back()
    assert (again.renew(), Slot.take(2)) == (True, None)


def test_slot_of_a_dead_worker_is_free_again(db: None) -> None:
    dead = Slot.take(1)
    Slot.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    taken = Slot.take(1)
    assert dead is not None
    assert taken is not None
    assert (dead.renew(), taken.renew()) == (False, True)


def test_slots_are_taken_once_by_many(transactional_db: None) -> None:
    taken = in_threads(8, lambda: Slot.take(3))
    assert len([slot for slot in taken if slot]) <= 3
    assert len({slot.number for slot in taken if slot}) == len([slot for slot in taken if slot])


def test_recognition_without_a_slot_holds_no_thread(run: Transcription, flash: Flash, settings: Any) -> None:
    settings.FLASH_CONCURRENCY = 1
    server = flash({"body": ANSWER})
    taken = Slot.take(1)
    assert taken is not None
    run_next_transcription()
    run.refresh_from_db()
    assert (run.state, run.attempt, server.requests) == (QUEUED, 0, 0)
    taken.give_back()
    run_next_transcription()
    run.refresh_from_db()
    assert (run.state, run.attempt, server.requests) == (DONE, 1, 1)


def test_slot_that_is_given_back_goes_to_the_next(lin: User, upload: Upload, flash: Flash, settings: Any) -> None:
    settings.FLASH_CONCURRENCY = 1
    flash({"body": ANSWER})
    runs = [upload(lin).transcriptions.get() for _number in range(3)]
    run_next_transcription()
    assert queue.list_waiting() == [("recognise", runs[1].pk)]
    run_next_transcription()
    run_next_transcription()
    assert [Transcription.objects.get(pk=run.pk).state for run in runs] == [DONE] * 3
    assert queue.list_waiting() == [("recognise", run.pk) for run in runs[1:]]  # After the last, nobody is told.


def test_one_upload_waits_for_no_hundred_of_somebody_else(
    lin: User, ana: User, upload: Upload, django_assert_num_queries: Any
) -> None:
    """Who has fewer running is first; among the same, the oldest."""
    early = [upload(lin).transcriptions.get() for _number in range(3)]
    late = upload(ana).transcriptions.get()

    def turns() -> list[Any]:
        return list(Transcription.objects.in_turn().values_list("pk", flat=True))

    assert turns() == [*(run.pk for run in early), late.pk]
    assert Transcription.objects.claim(early[0].pk)
    with django_assert_num_queries(2):
        assert turns() == [late.pk, early[1].pk, early[2].pk]
    assert Transcription.objects.claim(late.pk)
    assert turns() == [early[1].pk, early[2].pk]


def test_what_nobody_asked_for_has_its_turn(run: Transcription) -> None:
    Transcription.objects.update(requested_by=None)
    assert [one.pk for one in Transcription.objects.in_turn()] == [run.pk]


def test_slot_is_given_back_after_a_fault(run: Transcription, flash: Flash, settings: Any) -> None:
    settings.FLASH_CONCURRENCY = 1
    flash({"code": "45000151"})
    run_next_transcription()
    assert Slot.take(1) is not None
