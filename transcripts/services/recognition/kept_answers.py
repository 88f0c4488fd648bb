"""Answers are paid for, so their bytes are stored before anything reads them; reading them again needs no new call.

The bytes go once `raw_answer` says the same. A worker that dies in between leaves them to the next one.
"""

from __future__ import annotations

import json
import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from transcripts import queue
from transcripts.enums import TranscriptionState
from transcripts.errors import Superseded
from transcripts.flash.answer import Answer, read_answer
from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.flash.reply import Recognition, Reply, read_reply
from transcripts.models import AnswerPart, Transcription
from transcripts.services.recognition.answer_files import WHOLE, answer_file, store_patiently
from transcripts.services.recognition.api_requests import ApiRequest

log = logging.getLogger(__name__)


def read_kept_answer(*, transcription: Transcription) -> bool:
    """Enqueues another reading of the answer that could not be read. Returns whether there was one."""
    unread = Transcription.objects.filter(
        pk=transcription.pk, state=TranscriptionState.FAILED, error=ErrorKind.ANSWER_KEPT
    )
    with transaction.atomic():
        again = unread.move_to(
            TranscriptionState.QUEUED,
            not_before=None,
            queued_at=timezone.now(),
            attempts_before=F("attempt"),
            tries=[],
            finished_at=None,
            error="",
        )
        if again:
            transaction.on_commit(lambda: queue.enqueue("recognise", transcription.pk))
    return again


def forget_unread_answers(transcription: Transcription) -> None:
    """Lets go of answers that could not be read, so that the service is asked anew."""
    failed = Transcription.objects.filter(
        pk=transcription.pk, state=TranscriptionState.FAILED, error=ErrorKind.ANSWER_KEPT
    )
    if failed.update(answer_body=None):
        transcription.parts.filter(raw_answer__isnull=True).delete()


def keep_reply(transcription: Transcription, reply: Reply) -> None:
    """Stores what came on the row, once the database is there. Raises Superseded if it is no longer ours."""
    fields = {**_get_fields(reply), "answer_body": reply.body, "state": TranscriptionState.WAITING}
    with _keep_file(transcription, WHOLE, reply):
        store_patiently(lambda: _update_held(transcription, **fields))


def read_kept_reply(transcription: Transcription, reply: Reply | None = None) -> Recognition:
    """What the kept bytes say. Raises FlashError: ANSWER_KEPT, or what went wrong if `reply` is no whole answer."""
    try:
        return _read_kept(transcription, reply)
    except _NoAnswer as error:
        _update_held(transcription, answer_body=None)
        raise error.reason from None


def keep_part(transcription: Transcription, request: ApiRequest, reply: Reply) -> AnswerPart:
    """Stores what came for one part, once the database is there. Raises Superseded if the row is no longer ours."""
    span = {"start_ms": request.start_ms, "end_ms": request.end_ms}
    fields = {**span, **_get_fields(reply), "raw_answer": None, "answer_body": reply.body}

    def store() -> AnswerPart:
        with transaction.atomic():
            _renew(transcription)
            return AnswerPart.objects.update_or_create(
                transcription=transcription, number=request.number, defaults=fields
            )[0]

    with _keep_file(transcription, request.number, reply, **span):
        return store_patiently(store)


def read_kept_part(transcription: Transcription, part: AnswerPart, reply: Reply | None = None) -> None:
    """Reads the part's bytes and stores what they say. Raises like `read_kept_reply`, and Superseded."""
    try:
        answer = _read_kept(part, reply).answer
    except _NoAnswer as error:
        with transaction.atomic():
            _renew(transcription)
            part.delete()
        raise error.reason from None
    with transaction.atomic():
        _renew(transcription)
        part.raw_answer = answer.raw
        part.answer_body = find_unsaid_body(part.answer_body, answer)
        part.save(update_fields=["raw_answer", "answer_body"])


def read_kept_parts(transcription: Transcription) -> None:
    """Reads the parts that an earlier attempt kept and did not come to read. Raises like `read_kept_part`."""
    for part in transcription.parts.filter(raw_answer__isnull=True):
        read_kept_part(transcription, part)


def find_unsaid_body(body: bytes | memoryview | None, answer: Answer) -> bytes | memoryview | None:
    """The body, unless the answer's `raw` says all of it. Invalid bytes, for one, are in no JSON."""
    try:
        return None if not body or json.loads(bytes(body)) == answer.raw else body
    except (ValueError, RecursionError):
        return body


def _read_kept(kept: Transcription | AnswerPart, reply: Reply | None) -> Recognition:
    try:
        if reply is not None:
            return read_reply(reply)
        answer = read_answer(kept.status_code, bytes(kept.answer_body or b""))
    except Exception as error:
        # Also a bug of the reader: a later version may read what this one can't.
        if isinstance(error, FlashError) and error.kind != ErrorKind.MALFORMED:
            raise _NoAnswer(error) from None
        log.warning("The answer with logid %s can't be read: %s", kept.logid, type(error).__name__)
        raise FlashError(
            ErrorKind.ANSWER_KEPT,
            kept.message,
            code=kept.status_code,
            logid=kept.logid,
            request_id=kept.request_id,
        ) from None
    return Recognition(kept.status_code, kept.message, kept.logid, kept.request_id, 0, answer)


def _keep_file(transcription: Transcription, number: int, reply: Reply, **span: int) -> AbstractContextManager[None]:
    """For what is paid for."""
    if not reply.succeeded:
        return nullcontext()
    return answer_file(transcription, number, {**span, **_get_fields(reply)}, reply.body)


def _get_fields(reply: Reply) -> dict[str, Any]:
    return {
        "status_code": reply.code,
        "message": reply.message,
        "logid": reply.logid,
        "request_id": reply.request_id,
    }


def _update_held(transcription: Transcription, **fields: Any) -> None:
    if not Transcription.objects.held(transcription).update(**fields):
        raise Superseded
    for name, value in fields.items():
        setattr(transcription, name, value)


def _renew(transcription: Transcription) -> None:
    if not transcription.renew():
        raise Superseded


class _NoAnswer(Exception):
    """The reply is no whole answer, and no later version will find one in it."""

    def __init__(self, reason: FlashError) -> None:
        super().__init__(reason)
        self.reason = reason
