"""Having a recording recognised, once, whatever dies on the way.

The steps of `run`: claim the row, make what is sent, send it, store what came. Each step is a compare-and-swap on the
attempt number that the claim gave, so that a worker that lost its lease can't move the row or store a second result.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from transcripts import jobs
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.errors import NotFetched, Superseded
from transcripts.flash.client import AudioFile, AudioUrl, Recognition
from transcripts.flash.errors import SILENCE, SUCCESS, Cancelled, ErrorKind, FlashError
from transcripts.flash.options import RecognitionOptions
from transcripts.flash.stitching import AnsweredPart, stitch
from transcripts.models import Part, Transcription
from transcripts.models.transcriptions import MAX_TRIES
from transcripts.services import leases, sending, storing
from transcripts.services.sending import Piece

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5
# Only a fault that kills worker after worker gets here; it must not do so for ever, as every attempt may be billed.
MAX_ATTEMPTS = 50
# Pauses of 2, 6, 18 and 54 s between the tries, and up to a quarter more so that many rows do not come back at once.
FIRST_PAUSE_SECONDS = 2
TRIES_WITHIN = timedelta(minutes=15)
UNCLEAR_RETRIES = 1
NOT_YET_SECONDS = 10  # At most: `preparation` wakes the row as soon as the copy is there.


def run(pk: UUID) -> None:
    """Recognises if the transcription is due; may be called any number of times, by any number of workers."""
    transcription = Transcription.objects.claim(pk)
    if transcription is None:
        return
    with leases.kept(transcription) as lost:
        try:
            if transcription.attempt > transcription.attempts_before + MAX_ATTEMPTS:
                _fail(transcription, error=ErrorKind.INTERNAL, message="too many attempts")
                return
            _advance(transcription, TranscriptionState.CONVERTING, started_at=timezone.now())
            options = RecognitionOptions.from_mapping(transcription.options)
            pieces = _pieces(transcription, options, lost)
            finish(transcription, _recognise(transcription, pieces, options, lost))
        except (Superseded, Cancelled, sandbox.Cancelled):
            log.info("Transcription %s: attempt %d is dropped.", pk, transcription.attempt)
        except _NotYet:
            Transcription.objects.held(transcription).update(
                state=TranscriptionState.QUEUED,
                lease_until=None,
                not_before=timezone.now() + timedelta(seconds=NOT_YET_SECONDS),
                attempts_before=F("attempts_before") + 1,
                error="",
            )
        except (NotAudio, NotFetched) as error:
            _fail(transcription, error=str(error.reason))
        except FlashError as error:
            _try_later_or_fail(transcription, error)
        except Exception as error:
            # The machine's trouble, such as a full disk or a converter killed from outside; or a fault of our own,
            # which must not leave the row to one worker after the other, as every attempt may be billed.
            # Without the error's own words: a database quotes the row that it refuses, and that is somebody's text.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("Transcription %s: attempt %d: %s\n%s", pk, transcription.attempt, type(error).__name__, where)
            _try_later_or_fail(transcription, FlashError(ErrorKind.INTERNAL, type(error).__name__))


def cancel(*, transcription: Transcription) -> bool:
    """Whether there was anything left to cancel. What a worker brings later is dropped."""
    unfinished = [TranscriptionState.QUEUED, *Transcription.RUNNING]
    return bool(
        Transcription.objects.filter(pk=transcription.pk, state__in=unfinished).update(
            state=TranscriptionState.CANCELLED, lease_until=None, finished_at=timezone.now()
        )
    )


def retry(*, transcription: Transcription) -> bool:
    """Whether the transcription had ended without a result, or waits for its next try, and is now next in the queue."""
    ended = [TranscriptionState.FAILED, TranscriptionState.CANCELLED]
    waiting = Q(state=TranscriptionState.QUEUED, not_before__isnull=False)
    with transaction.atomic():
        again = Transcription.objects.filter(Q(state__in=ended) | waiting, pk=transcription.pk).update(
            state=TranscriptionState.QUEUED,
            not_before=None,
            attempts_before=F("attempt"),
            tries=[],
            finished_at=None,
            sent_bytes=0,
            total_bytes=0,
            error="",
            status_code="",
            message="",
            logid="",
            request_id="",
        )
        if again:
            transaction.on_commit(lambda: jobs.dispatch(jobs.recognise, transcription.pk))
    return bool(again)


def _advance(transcription: Transcription, state: TranscriptionState, **fields: Any) -> None:
    if not Transcription.objects.held(transcription).update(state=state, **fields):
        raise Superseded


def _fail(transcription: Transcription, *, error: str, **fields: Any) -> None:
    log.warning("Transcription %s failed: %s %s", transcription.pk, error, fields.get("logid", ""))
    Transcription.objects.held(transcription).update(
        state=TranscriptionState.FAILED, error=error, lease_until=None, finished_at=timezone.now(), **fields
    )


def _try_later_or_fail(transcription: Transcription, error: FlashError) -> None:
    """Puts the row back into the queue where another try may help, at a time that grows with every try.

    An unclear failure may have been billed, so that the real service is asked once more only. The local flash server
    bills nothing, and may work for longer than a service is waited for.
    """
    fields = {
        "error": str(error.kind),
        "status_code": error.code,
        "message": error.message,
        "logid": error.logid,
        "request_id": error.request_id,
    }
    tries = [*transcription.tries, {**fields, "at": timezone.now().isoformat()}]
    unclear = sum(one["error"] == ErrorKind.UNCLEAR for one in tries)
    if error.kind == ErrorKind.UNCLEAR:
        again = settings.FLASH_IS_LOCAL or unclear <= UNCLEAR_RETRIES
    else:
        again = error.retryable or (error.kind in sending.ADDRESS_REFUSED and _goes_by_address(transcription))
    pause = FIRST_PAUSE_SECONDS * 3 ** (len(tries) - 1) * random.uniform(1, 1.25)
    next_try = timezone.now() + timedelta(seconds=pause)
    in_time = settings.FLASH_IS_LOCAL or next_try - datetime.fromisoformat(tries[0]["at"]) <= TRIES_WITHIN
    if not again or not in_time or len(tries) >= MAX_TRIES:
        _fail(transcription, tries=tries, **fields)
        return
    log.info("Transcription %s: try %d failed: %s %s", transcription.pk, len(tries), error.kind, error.logid)
    Transcription.objects.held(transcription).update(
        state=TranscriptionState.QUEUED,
        lease_until=None,
        not_before=next_try,
        tries=tries,
        **fields,
    )


def finish(transcription: Transcription, recognition: Recognition) -> None:
    """Stores the transcript in one transaction with the end of the transcription, so that there is one or none."""
    with transaction.atomic():
        _advance(
            transcription,
            TranscriptionState.DONE,
            lease_until=None,
            finished_at=timezone.now(),
            error="",
            status_code=recognition.code,
            message=recognition.message,
            logid=recognition.logid,
            request_id=recognition.request_id,
            raw_answer=recognition.answer.raw,
        )
        storing.store(transcription=transcription, answer=recognition.answer)


def _pieces(transcription: Transcription, options: RecognitionOptions, lost: threading.Event) -> list[Piece]:
    """What to send; raises _NotYet where that is still being fetched."""
    recording = transcription.recording
    if _goes_by_address(transcription):
        return [Piece(1, 0, 0, AudioUrl(recording.source_url))]
    if recording.source_url and not recording.original.exists():
        if recording.state == PreparationState.FAILED:
            raise NotFetched(recording.error)
        raise _NotYet
    return sending.pieces(
        recording.original,
        recording.folder,
        options=options,
        api_format=recording.api_format,
        channels=recording.channels,
        duration_ms=recording.duration_ms,
        cancelled=lost.is_set,
    )


def _goes_by_address(transcription: Transcription) -> bool:
    """Whether the service gets the address itself, as it does until it refuses it. The local one fetches nothing."""
    if settings.FLASH_IS_LOCAL or not transcription.recording.source_url:
        return False
    return not any(one["error"] in sending.ADDRESS_REFUSED for one in transcription.tries)


def _recognise(
    transcription: Transcription, pieces: list[Piece], options: RecognitionOptions, lost: threading.Event
) -> Recognition:
    if len(pieces) > 1:
        return _recognise_parts(transcription, pieces, options, lost)
    progress = _Progress(transcription, pieces, lost)
    with leases.slot(lost):
        return sending.client().recognize(
            pieces[0].audio, options, on_progress=progress.of(pieces[0]), cancelled=lost.is_set
        )


def _recognise_parts(
    transcription: Transcription, pieces: list[Piece], options: RecognitionOptions, lost: threading.Event
) -> Recognition:
    """Every part at once with the others, as far as there are slots; and one answer of them all.

    An answer that came is kept whatever happens to the others, so that a later try asks for the missing ones only.
    """
    started = time.monotonic()
    kept = {(part.number, part.start_ms, part.end_ms) for part in transcription.parts.all()}
    missing = [piece for piece in pieces if (piece.number, piece.start_ms, piece.end_ms) not in kept]
    progress = _Progress(transcription, pieces, lost, missing)

    def recognise(piece: Piece) -> None:
        try:
            with leases.slot(lost):
                found = sending.client().recognize(
                    piece.audio, options, on_progress=progress.of(piece), cancelled=lost.is_set
                )
            _keep(transcription, piece, found)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=max(1, len(missing))) as pool:
        errors = [
            error for future in [pool.submit(recognise, piece) for piece in missing] if (error := future.exception())
        ]
    if errors:
        raise min(errors, key=_urgency)
    parts = list(transcription.parts.all())
    code = SILENCE if all(part.status_code == SILENCE for part in parts) else SUCCESS
    answer = stitch([AnsweredPart(part.start_ms, part.end_ms, part.answer) for part in parts])
    first = parts[0]
    return Recognition(code, first.message, first.logid, first.request_id, time.monotonic() - started, answer)


def _keep(transcription: Transcription, piece: Piece, found: Recognition) -> None:
    with transaction.atomic():
        if not transcription.renew():
            raise Superseded
        Part.objects.update_or_create(
            transcription=transcription,
            number=piece.number,
            defaults={
                "start_ms": piece.start_ms,
                "end_ms": piece.end_ms,
                "status_code": found.code,
                "message": found.message,
                "logid": found.logid,
                "request_id": found.request_id,
                "raw_answer": found.answer.raw,
            },
        )


def _urgency(error: BaseException) -> int:
    """Of several parts' errors the one to go by: what ends the work, then what may have been billed, then the rest."""
    if isinstance(error, Superseded | Cancelled):
        return 0
    if not isinstance(error, FlashError) or error.retryable:
        return 3
    return 2 if error.kind == ErrorKind.UNCLEAR else 1


class _Progress:
    """Tells the row how much of all pieces is sent; raises Superseded, into the sending, where the row is lost."""

    def __init__(
        self,
        transcription: Transcription,
        pieces: list[Piece],
        lost: threading.Event,
        missing: list[Piece] | None = None,
    ) -> None:
        """`missing`: those of `pieces` that are still to be sent, if not all."""
        self.transcription = transcription
        self.lost = lost
        sizes = {p.number: p.audio.path.stat().st_size for p in pieces if isinstance(p.audio, AudioFile)}
        unsent = {piece.number for piece in (pieces if missing is None else missing)}
        self.total_bytes = sum(sizes.values())
        self.sent = {number: 0 if number in unsent else size for number, size in sizes.items()}
        self.told = time.monotonic()
        self.lock = threading.Lock()
        sent_bytes = sum(self.sent.values())
        _advance(transcription, TranscriptionState.SENDING, total_bytes=self.total_bytes, sent_bytes=sent_bytes)
        if sent_bytes == self.total_bytes:  # An address, or nothing is missing but the end.
            _advance(transcription, TranscriptionState.WAITING)

    def of(self, piece: Piece) -> Callable[[int, int], None]:
        def on_progress(sent: int, total: int) -> None:
            if self.lost.is_set():
                raise Superseded
            with self.lock:
                self.sent[piece.number] = sent
                sent_bytes = sum(self.sent.values())
                if sent < total and time.monotonic() - self.told < PROGRESS_SECONDS:
                    return
                self.told = time.monotonic()
                all_sent = sent_bytes >= self.total_bytes
                state = TranscriptionState.WAITING if all_sent else TranscriptionState.SENDING
                _advance(self.transcription, state, sent_bytes=sent_bytes)

        return on_progress


class _NotYet(Exception):
    """What is to be sent is not here yet."""
