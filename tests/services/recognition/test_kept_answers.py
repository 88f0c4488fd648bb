"""What was paid for is stored before it is read, and read as often as it takes, with one request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests.conftest import ANSWER
from transcripts import queue
from transcripts.enums import TranscriptionState
from transcripts.flash.answer import Answer, parse_answer
from transcripts.flash.errors import ErrorKind
from transcripts.flashserver.server import FlashServer
from transcripts.models import Recording, Transcript, Transcription
from transcripts.services.recognition.kept_answers import find_unsaid_body, read_kept_answer
from transcripts.services.recognition.run import cancel_transcription, retry_transcription, run_transcription

Flash = Callable[..., FlashServer]

QUEUED, DONE, FAILED = TranscriptionState.QUEUED, TranscriptionState.DONE, TranscriptionState.FAILED
BODY = json.dumps(ANSWER).encode()
BROKEN = '{"result": {"text": "欢'


@pytest.fixture
def run(lin: User, upload: Callable[..., Recording]) -> Transcription:
    return upload(lin).transcriptions.get()


def worked(run: Transcription) -> Transcription:
    """The row after one more turn of a worker, whatever pause it was given and whoever died over it."""
    Transcription.objects.filter(pk=run.pk).update(not_before=None)
    Transcription.objects.filter(pk=run.pk, lease_until__isnull=False).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )
    run_transcription(run.pk)
    return Transcription.objects.get(pk=run.pk)


class Killed(BaseException):
    pass


@contextmanager
def killed_after_keeping() -> Iterator[None]:
    """The worker dies at its first statement after the bytes are stored."""
    kept = False

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        nonlocal kept
        if kept:
            raise Killed
        kept = sql.startswith("UPDATE") and '"answer_body"' in sql.partition("WHERE")[0]
        return execute(sql, *rest)

    with pytest.raises(Killed), connection.execute_wrapper(watch):
        yield


def test_worker_killed_before_it_read_the_answer_costs_no_second_call(run: Transcription, flash: Flash) -> None:
    server = flash({"body": ANSWER})
    with killed_after_keeping():
        run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.status_code, run.message, run.raw_answer) == ("waiting", "20000000", "OK", None)
    assert json.loads(bytes(run.answer_body or b"")) == ANSWER
    logid, request_id = run.logid, run.request_id
    run = worked(run)
    assert (run.state, run.raw_answer, run.answer_body, run.attempt) == (DONE, ANSWER, None, 2)
    assert (run.status_code, run.message, run.logid, run.request_id) == ("20000000", "OK", logid, request_id)
    assert (server.requests, run.transcript.utterances.count()) == (1, 2)


def test_kept_silence_is_read_as_silence(run: Transcription, flash: Flash) -> None:
    server = flash({"code": "20000003", "message": "silence", "body": ""})
    with killed_after_keeping():
        run_transcription(run.pk)
    run = worked(run)
    assert (run.state, run.status_code, run.raw_answer, run.answer_body, server.requests) == (
        DONE,
        "20000003",
        {},
        None,
        1,
    )


def test_kept_answer_of_a_cancelled_run_is_read_when_it_is_tried_again(run: Transcription, flash: Flash) -> None:
    server = flash({"body": ANSWER})
    with killed_after_keeping():
        run_transcription(run.pk)
    assert cancel_transcription(transcription=run)
    assert retry_transcription(transcription=run)
    run = worked(run)
    assert (run.state, run.status_code, len(run.logid), server.requests) == (DONE, "20000000", 34, 1)


@pytest.mark.parametrize("body", [BROKEN, "<html>gateway</html>", "", "[]", '{"result": []}', "[" * 100_000])
def test_answer_that_cannot_be_read_is_kept_and_not_paid_for_again(
    run: Transcription, flash: Flash, body: str, django_capture_on_commit_callbacks: Any
) -> None:
    server = flash({"body": body})
    run = worked(run)
    assert (run.state, run.error, run.status_code, run.message) == (FAILED, ErrorKind.ANSWER_KEPT, "20000000", "OK")
    assert (bytes(run.answer_body or b""), run.may_be_reread, run.not_before) == (body.encode(), True, None)
    kept = (run.logid, run.request_id)
    with django_capture_on_commit_callbacks(execute=True):
        assert read_kept_answer(transcription=run)
    assert queue.list_waiting() == [("recognise", run.pk)]
    run = worked(run)
    assert (run.state, run.error, len(run.tries), bytes(run.answer_body or b"")) == (
        FAILED,
        ErrorKind.ANSWER_KEPT,
        1,
        body.encode(),
    )
    # A later version that reads what this one can't: other bytes stand for it.
    Transcription.objects.update(answer_body=BODY)
    assert read_kept_answer(transcription=run)
    run = worked(run)
    assert (run.state, run.error, run.raw_answer, run.answer_body) == (DONE, "", ANSWER, None)
    assert (run.logid, run.request_id) == kept
    assert (server.requests, Transcript.objects.count()) == (1, 1)


def test_retry_gives_up_what_cannot_be_read_and_asks_anew(run: Transcription, flash: Flash) -> None:
    server = flash({"body": BROKEN}, {"body": ANSWER})
    run = worked(run)
    assert retry_transcription(transcription=run)
    run.refresh_from_db()
    assert (run.state, run.status_code, run.logid, run.answer_body) == (QUEUED, "", "", None)
    run = worked(run)
    assert (run.state, run.raw_answer, server.requests) == (DONE, ANSWER, 2)


def test_bytes_that_the_stored_answer_does_not_say_stay(run: Transcription, flash: Flash) -> None:
    """Invalid bytes cost their characters, not the answer."""
    flash({"body": BODY.decode().replace("Lin", "L\udcffn").replace("\\u6b22", "L\udcff")})
    run = worked(run)
    assert (run.state, run.error) == (DONE, "")
    first = run.transcript.utterances.first()
    assert first is not None
    assert "\ufffd" in first.text
    assert b"L\xed\xb3\xbfn" in bytes(run.answer_body or b"")


@pytest.mark.parametrize(
    ("body", "stays"),
    [
        (BODY, False),
        (b"\xef\xbb\xbf" + BODY, False),
        (BODY + b" trailing", True),
        (BODY.replace(b"Lin", b"L\xffn"), True),
        (BODY.replace(b"Lin", b"L\\u0000n"), True),
        (BODY.replace(b'"confidence": 0', b'"confidence": NaN'), True),
    ],
)
def test_body_goes_only_where_the_answer_says_all_of_it(body: bytes, stays: bool) -> None:
    assert find_unsaid_body(body, parse_answer(body)) == (body if stays else None)


@pytest.mark.parametrize("body", [None, b""])
def test_no_bytes_are_no_body(body: bytes | None) -> None:
    assert find_unsaid_body(body, Answer("", 0, (), {}, {})) is None


def test_incomplete_answer_is_not_kept(run: Transcription, flash: Flash) -> None:
    """No version will read it: it is asked for once more, as it always was."""
    server = flash({"body": ANSWER, "cut_after": 40}, {"body": ANSWER})
    run = worked(run)
    assert (run.state, run.error, run.answer_body) == (QUEUED, ErrorKind.UNCLEAR, None)
    assert (worked(run).state, server.requests) == (DONE, 2)


@pytest.mark.parametrize("state", [QUEUED, *Transcription.RUNNING, DONE, TranscriptionState.CANCELLED])
def test_nothing_else_is_read_again(run: Transcription, state: TranscriptionState) -> None:
    Transcription.objects.update(state=state, error=ErrorKind.ANSWER_KEPT, answer_body=BODY)
    assert not read_kept_answer(transcription=run)
    Transcription.objects.update(state=FAILED, error=ErrorKind.BUSY)
    assert not read_kept_answer(transcription=run)
    run.refresh_from_db()
    assert (run.state, queue.count_waiting()) == (FAILED, 0)
