"""An answer that the database can't take is kept on the disk, and the service is not asked again."""

from __future__ import annotations

import errno
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.utils import timezone

from tests.conftest import ANSWER
from tests.processes import wait_for
from transcripts.enums import TranscriptionState
from transcripts.flashserver.server import FlashServer
from transcripts.models import AnswerPart, Recording, Transcription
from transcripts.models import leases as lease_models
from transcripts.models.leases import let_holders_renew
from transcripts.services.recognition import answer_files
from transcripts.services.recognition.answer_files import answer_file, store_answer_files
from transcripts.services.recognition.run import cancel_transcription, retry_transcription, run_transcription

Flash = Callable[..., FlashServer]
QUEUED, DONE, SENDING = TranscriptionState.QUEUED, TranscriptionState.DONE, TranscriptionState.SENDING
FIELDS = {"status_code": "20000000", "message": "OK", "logid": "log", "request_id": "1"}
BODY = json.dumps(ANSWER).encode()


class Killed(BaseException):
    pass


@pytest.fixture
def run(lin: User, upload: Callable[..., Recording]) -> Transcription:
    return upload(lin).transcriptions.get()


@contextmanager
def database_away(error: BaseException, *, when: Callable[[str], bool] = lambda _sql: True) -> Iterator[None]:
    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if when(sql):
            raise error
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


def keeps_answer(sql: str) -> bool:
    return sql.startswith("UPDATE") and '"answer_body"' in sql.partition("WHERE")[0]


def files(data_dir: Path) -> list[Path]:
    return sorted((data_dir / "answers").iterdir())


def let_the_lease_run_out() -> None:
    Transcription.objects.update(lease_until=timezone.now() - timedelta(seconds=1), not_before=None)


def test_answer_of_a_worker_that_is_killed_while_the_database_is_away_is_stored_by_the_next(
    run: Transcription, flash: Flash, data_dir: Path
) -> None:
    server = flash({"body": ANSWER})
    with pytest.raises(Killed), database_away(Killed(), when=keeps_answer):
        run_transcription(run.pk)
    (kept,) = files(data_dir)
    assert kept.name == f"{run.pk}-0"
    let_the_lease_run_out()
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.raw_answer, len(run.logid), server.requests) == (DONE, ANSWER, 34, 1)
    assert files(data_dir) == []


def test_sweep_of_a_new_worker_stores_what_was_left(run: Transcription, flash: Flash, data_dir: Path) -> None:
    """Before anybody asks again, whichever worker that is."""
    server = flash({"body": ANSWER})
    with pytest.raises(Killed), database_away(Killed(), when=keeps_answer):
        run_transcription(run.pk)
    assert store_answer_files()
    run.refresh_from_db()
    assert (json.loads(bytes(run.answer_body or b"")), files(data_dir)) == (ANSWER, [])
    let_the_lease_run_out()
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, server.requests) == (DONE, 1)
    assert not store_answer_files()


def test_draft_of_a_killed_worker_stops_no_other(run: Transcription, data_dir: Path) -> None:
    folder = data_dir / "answers"
    folder.mkdir()
    for content in (b"", b'{"track": null, "fields": {}}\n{}'):
        (folder / f".{run.pk}-0.7.8").write_bytes(content)
        assert not store_answer_files()


def test_worker_waits_until_the_database_is_back(
    transactional_db: None, run: Transcription, flash: Flash, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    server, tried = flash({"body": ANSWER}), threading.Event()
    back = threading.Event()
    monkeypatch.setattr(answer_files, "PAUSES_S", (0.01,))

    def away(sql: str) -> bool:
        if keeps_answer(sql):
            tried.set()
            return not back.is_set()
        return False

    def work() -> None:
        with database_away(OperationalError("gone"), when=away):
            run_transcription(run.pk)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert tried.wait(60)
        assert [path.name for path in files(data_dir)] == [f"{run.pk}-0"]
    finally:
        back.set()
        worker.join(timeout=60)
    run.refresh_from_db()
    assert (run.state, run.attempt, server.requests, files(data_dir)) == (DONE, 1, 1, [])


def test_database_that_is_away_while_the_recording_is_sent_ends_no_request(
    transactional_db: None, run: Transcription, flash: Flash
) -> None:
    server = flash({"body": ANSWER})
    with database_away(OperationalError("gone"), when=lambda sql: '"sent_bytes" = ' in sql and "total" not in sql):
        run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, server.requests) == (DONE, 1, 1)


def test_part_is_stored_once(run: Transcription, data_dir: Path) -> None:
    part = {**FIELDS, "start_ms": 0, "end_ms": 5}
    for _time in range(2):
        with pytest.raises(Killed), answer_file(run, 2, part, BODY):
            raise Killed
        assert store_answer_files(run.pk)
    stored = AnswerPart.objects.get()
    assert (stored.number, stored.end_ms, bytes(stored.answer_body or b""), stored.raw_answer) == (2, 5, BODY, None)
    assert files(data_dir) == []


@pytest.mark.parametrize("why", ["deleted", "other track", "answered"])
def test_answer_that_nobody_wants_is_dropped(run: Transcription, data_dir: Path, why: str) -> None:
    with pytest.raises(Killed), answer_file(run, 0, FIELDS, BODY):
        raise Killed
    if why == "deleted":
        run.delete()
    if why == "other track":
        Transcription.objects.update(track=1)
    if why == "answered":
        Transcription.objects.update(answer_body=b"first")
    store_answer_files()
    assert files(data_dir) == []
    assert [bytes(one.answer_body or b"") for one in Transcription.objects.all()] == {
        "deleted": [],
        "other track": [b""],
        "answered": [b"first"],
    }[why]


def test_answer_to_what_was_cancelled_meanwhile_waits_for_another_try(run: Transcription, flash: Flash) -> None:
    server = flash({"body": ANSWER})
    with pytest.raises(Killed), database_away(Killed(), when=keeps_answer):
        run_transcription(run.pk)
    cancel_transcription(transcription=run)
    store_answer_files()
    run.refresh_from_db()
    assert (run.state, bytes(run.answer_body or b"") != b"") == (TranscriptionState.CANCELLED, True)
    retry_transcription(transcription=run)
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, server.requests) == (DONE, 1)


def test_disk_that_takes_no_file_keeps_no_answer_from_the_database(
    run: Transcription, flash: Flash, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(answer_files, "_write", fail)
    flash({"body": ANSWER})
    run_transcription(run.pk)
    run.refresh_from_db()
    assert run.state == DONE


def test_after_an_outage_holders_come_first(run: Transcription, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their leases ran out while they could not renew them."""
    settings.LEASE_SECONDS = 0.3
    monkeypatch.setattr(lease_models, "_nothing_is_taken_over_until", 0.0)
    held = Transcription.objects.claim(run.pk)
    assert held is not None
    let_the_lease_run_out()
    let_holders_renew()
    assert not Transcription.objects.due().exists()
    assert held.renew()
    let_the_lease_run_out()
    wait_for("takeover", lambda: Transcription.objects.due().exists(), 30, 0.05)
    let_holders_renew()
    Transcription.objects.update(state=QUEUED)
    assert Transcription.objects.due().exists()
