"""Recognising a recording, with one result whatever dies on the way.

`run_next_transcription` takes a slot of the service, or leaves everything as it is. `run_transcription` claims the row,
prepares the requests, sends them and stores the answer. Each step is a compare-and-swap on the attempt number of the
claim, so that a worker that lost its lease can't move the row or store a second result.
"""

from __future__ import annotations

import logging
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from transcripts import queue
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.errors import AlreadyRunning, NotFetched, Superseded, is_out_of_reach
from transcripts.flash.audio import AudioFile, AudioUrl
from transcripts.flash.errors import ErrorKind, FlashError, RecognitionCancelled
from transcripts.flash.hot_words import add_terms
from transcripts.flash.options import RecognitionOptions
from transcripts.flash.reply import Recognition
from transcripts.flash.stitching import RecognisedPart, stitch_recognitions
from transcripts.logs import FILE_STORE, FLASH_SERVICE, add_log_fields
from transcripts.models import Recording, Transcript, Transcription
from transcripts.models.transcriptions import MAX_TRIES, name_service
from transcripts.queries.glossary import list_terms_in_use
from transcripts.services.holds import check_audio
from transcripts.services.quotas import check_minutes
from transcripts.services.reach import OUT_OF_REACH, WAITS, is_readable
from transcripts.services.recognition.answer_files import store_answer_files
from transcripts.services.recognition.api_requests import ADDRESS_REFUSED, ApiRequest, prepare_requests
from transcripts.services.recognition.dispatch import send_request
from transcripts.services.recognition.from_answer import attach_transcript, build_rows, store_rows
from transcripts.services.recognition.kept_answers import (
    find_unsaid_body,
    forget_unread_answers,
    keep_part,
    keep_reply,
    read_kept_part,
    read_kept_parts,
    read_kept_reply,
)
from transcripts.services.recognition.leases import keep_lease, share_out, take_slot
from transcripts.services.short_transactions import remove_unfinished
from transcripts.services.store.recording_files import files_for_api, keep_for_api

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.5
# Only a fault that kills worker after worker gets this far. It must end, as every attempt may be billed.
MAX_ATTEMPTS = 50
# Pauses of 2, 6, 18 and 54 s between tries, and up to a quarter more so that many rows do not come back at once.
FIRST_PAUSE_SECONDS = 2
TRIES_WITHIN = timedelta(minutes=15)
UNCLEAR_RETRIES = 1
NOT_YET_SECONDS = 60  # At most: `prepare_playback` wakes the row as soon as the copy is there.


def request_transcription(*, recording: Recording, options: RecognitionOptions, by: User) -> Transcription:
    """Requests another run of the recogniser.

    Raises AlreadyRunning while one is unfinished, OverQuota, and NotPossible if the audio was deleted.
    """
    check_audio(recording)
    check_minutes(project=recording.project, by=by, more_ms=recording.duration_ms or 0)
    try:
        with transaction.atomic():
            transcription = Transcription.objects.create(
                recording=recording, requested_by=by, options=options.to_json(), track=recording.track
            )
            transaction.on_commit(lambda: queue.enqueue("recognise", transcription.pk))
    except IntegrityError as error:
        raise AlreadyRunning from error
    return transcription


def run_next_transcription() -> None:
    """Runs the transcription whose turn it is, if a slot is free. Else it stays queued, and holds no thread.

    The slot is held while the recording is converted, too. Can be called any number of times, by any number of workers.
    """
    with take_slot() as taken:
        if taken:
            due = Transcription.objects.in_turn().values_list("pk", flat=True)[: settings.FLASH_CONCURRENCY]
            any(run_transcription(pk) for pk in due)  # The first may be another worker's by now.


def run_transcription(pk: UUID) -> bool:
    """Runs the transcription, by a caller that has a slot. Returns whether it was due."""
    transcription = Transcription.objects.claim(pk)
    if transcription is None:
        return False
    add_log_fields(recording=transcription.recording_id, transcription=pk)
    with keep_lease(transcription) as lost:
        try:
            if transcription.attempt > transcription.attempts_before + MAX_ATTEMPTS:
                _fail_transcription(transcription, error=ErrorKind.INTERNAL, message="too many attempts")
                return True
            _advance_state(
                transcription, TranscriptionState.CONVERTING, started_at=timezone.now(), service=name_service()
            )
            finish_transcription(transcription, _get_recognition(transcription, lost))
        except (Superseded, RecognitionCancelled, sandbox.WorkCancelled):
            log.info("Transcription %s: attempt %d is dropped.", pk, transcription.attempt)
        except _NotReady:
            Transcription.objects.held(transcription).move_to(
                TranscriptionState.QUEUED,
                lease_until=None,
                not_before=timezone.now() + timedelta(seconds=NOT_YET_SECONDS),
                attempts_before=F("attempts_before") + 1,
                error="",
            )
        except NotAudio as error:
            if is_readable(transcription.recording):
                _fail_transcription(transcription, error=str(error.reason))
            else:
                _wait_for_file(transcription)
        except NotFetched as error:
            _fail_transcription(transcription, error=error.reason)
        except FlashError as error:
            _try_later_or_fail(transcription, error)
        except Exception as error:
            if is_out_of_reach(error):
                _wait_for_file(transcription)
                return True
            # The machine's fault, such as a full disk or a converter killed from outside; or a bug, which must not pass
            # the row from one worker to the next, as every attempt may be billed.
            # Without the error's message: a database quotes the row that it refuses, and that is somebody's text.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("Transcription %s: attempt %d: %s\n%s", pk, transcription.attempt, type(error).__name__, where)
            _try_later_or_fail(transcription, FlashError(ErrorKind.INTERNAL, type(error).__name__))
    return True


def cancel_transcription(*, transcription: Transcription) -> bool:
    """Cancels the transcription. Returns whether it was unfinished."""
    return Transcription.objects.filter(pk=transcription.pk).cancel()


def retry_transcription(*, transcription: Transcription) -> bool:
    """Enqueues the transcription, if it ended without a result or is waiting for its next try. Returns whether so.

    An answer that could not be read is given up, and the service is asked anew; one that nobody came to read is read.
    Raises NotPossible if the audio was deleted.
    """
    check_audio(transcription.recording)
    ended = [TranscriptionState.FAILED, TranscriptionState.CANCELLED]
    waiting = Q(state=TranscriptionState.QUEUED, not_before__isnull=False)
    with transaction.atomic():
        forget_unread_answers(transcription)
        again = Transcription.objects.filter(Q(state__in=ended) | waiting, pk=transcription.pk).move_to(
            TranscriptionState.QUEUED,
            not_before=None,
            queued_at=timezone.now(),
            attempts_before=F("attempt"),
            tries=[],
            finished_at=None,
            put_off=0,
            sent_bytes=0,
            total_bytes=0,
            error="",
        )
        if again:
            unanswered = Transcription.objects.filter(pk=transcription.pk, answer_body=None)
            unanswered.update(status_code="", message="", logid="", request_id="")
            transaction.on_commit(lambda: queue.enqueue("recognise", transcription.pk))
    return bool(again)


def _wait_for_file(transcription: Transcription) -> None:
    """No try is counted: the file is no worse for it."""
    if Transcription.objects.postpone(transcription, OUT_OF_REACH, attempts_before=F("attempts_before") + 1):
        FILE_STORE.failed(WAITS)


def _advance_state(transcription: Transcription, state: TranscriptionState, **fields: Any) -> None:
    if not Transcription.objects.held(transcription).move_to(state, **fields):
        raise Superseded


def _fail_transcription(transcription: Transcription, *, error: str, **fields: Any) -> None:
    add_log_fields(error=error)
    log.warning("Transcription %s failed: %s %s", transcription.pk, error, fields.get("logid", ""))
    Transcription.objects.held(transcription).move_to(
        TranscriptionState.FAILED, error=error, lease_until=None, finished_at=timezone.now(), **fields
    )


def _try_later_or_fail(transcription: Transcription, error: FlashError) -> None:
    """Puts the row back into the queue if another try may help, after a pause that grows with every try.

    An unclear failure may have been billed, so the real service is tried only once more. The local flash server bills
    nothing, and may work for longer than we wait for the service.
    """
    if error.kind in {ErrorKind.REFUSED, ErrorKind.BUSY}:
        FLASH_SERVICE.failed(str(error.kind))
    fields = {
        "error": str(error.kind),
        "status_code": error.code,
        "message": error.message,
        "logid": error.logid,
        "request_id": error.request_id,
    }
    tries = [*transcription.tries, {**fields, "at": timezone.now().isoformat()}]
    if transcription.answer_body is not None:  # It is read as what its code says.
        fields |= {name: getattr(transcription, name) for name in ("status_code", "message", "logid", "request_id")}
    unclear = sum(failed["error"] == ErrorKind.UNCLEAR for failed in tries)
    if error.kind == ErrorKind.UNCLEAR:
        again = settings.FLASH_IS_LOCAL or unclear <= UNCLEAR_RETRIES
    else:
        again = error.retryable or (error.kind in ADDRESS_REFUSED and _goes_by_address(transcription))
    pause = FIRST_PAUSE_SECONDS * 3 ** (len(tries) - 1) * random.uniform(1, 1.25)
    next_try = timezone.now() + timedelta(seconds=pause)
    in_time = settings.FLASH_IS_LOCAL or next_try - datetime.fromisoformat(tries[0]["at"]) <= TRIES_WITHIN
    if not again or not in_time or len(tries) >= MAX_TRIES:
        _fail_transcription(transcription, tries=tries, **fields)
        return
    add_log_fields(error=f"{error.kind}, tried again", attempt=len(tries), logid=error.logid)
    Transcription.objects.held(transcription).move_to(
        TranscriptionState.QUEUED,
        lease_until=None,
        not_before=next_try,
        tries=tries,
        **fields,
    )


def finish_transcription(transcription: Transcription, recognition: Recognition) -> None:
    """Stores the rows, and then ends the transcription with its transcript in one transaction."""
    FLASH_SERVICE.worked()
    split = bool(transcription.options.get("channel_split"))
    transcript = store_rows(build_rows(recognition.answer.utterances, speaker_each_channel=split))
    try:
        _end_transcription(transcription, transcript, recognition)
    except BaseException:
        remove_unfinished(transcript)
        raise


def _end_transcription(transcription: Transcription, transcript: Transcript, recognition: Recognition) -> None:
    with transaction.atomic():
        _advance_state(
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
            answer_body=find_unsaid_body(transcription.answer_body, recognition.answer),
        )
        attach_transcript(transcript, transcription=transcription)


def _get_recognition(transcription: Transcription, lost: threading.Event) -> Recognition:
    """What an earlier attempt was answered, if it was kept; else what the service answers now."""
    if transcription.answer_body is None and store_answer_files(transcription.pk):
        transcription.refresh_from_db(fields=["answer_body", "status_code", "message", "logid", "request_id"])
    if transcription.answer_body is not None:
        _advance_state(transcription, TranscriptionState.WAITING)
        return read_kept_reply(transcription)
    read_kept_parts(transcription)
    options = _add_glossary(transcription, RecognitionOptions.from_mapping(transcription.options))
    with _prepare_requests(transcription, options, lost) as requests:
        return _recognise_recording(transcription, requests, options, lost)


def _add_glossary(transcription: Transcription, options: RecognitionOptions) -> RecognitionOptions:
    """The options with what is on in the project's glossary by now; stores how many terms that is."""
    if terms := list_terms_in_use(transcription.recording.project_id):
        options, count = add_terms(options, terms, is_local=settings.FLASH_IS_LOCAL)
        _advance_state(transcription, TranscriptionState.CONVERTING, glossary_words=count)
    return options


@contextmanager
def _prepare_requests(
    transcription: Transcription, options: RecognitionOptions, lost: threading.Event
) -> Iterator[list[ApiRequest]]:
    """What to send, for the length of the `with`. Raises _NotReady while the recording is still being fetched."""
    recording = transcription.recording
    if _goes_by_address(transcription):
        yield [ApiRequest(1, 0, 0, AudioUrl(recording.source_url))]
        return
    if recording.source_url and not recording.size_bytes:
        if recording.state == PreparationState.FAILED:
            raise NotFetched(recording.error)
        raise _NotReady
    _begin_track(transcription, recording.track)
    with files_for_api(recording) as (original, folder):
        requests = prepare_requests(
            original,
            folder,
            options=options,
            api_format=recording.api_format,
            channels=recording.channels,
            duration_ms=recording.duration_ms,
            track=recording.track,
            cancelled=lost.is_set,
        )
        keep_for_api(recording, folder)
        yield requests


def _begin_track(transcription: Transcription, track: int | None) -> None:
    """Stores which track this attempt recognises. Answers to parts of another one are of no use any more."""
    if transcription.track == track:
        return
    with transaction.atomic():
        _advance_state(transcription, TranscriptionState.CONVERTING, track=track)
        transcription.parts.all().delete()
    transcription.track = track


def _goes_by_address(transcription: Transcription) -> bool:
    """Whether the service gets the address, until it refuses it. The local server fetches nothing.

    Of several tracks the service would choose by itself, so it gets a copy of ours.
    """
    recording = transcription.recording
    if settings.FLASH_IS_LOCAL or not recording.source_url or recording.track is not None:
        return False
    return not any(failed["error"] in ADDRESS_REFUSED for failed in transcription.tries)


def _recognise_recording(
    transcription: Transcription, requests: list[ApiRequest], options: RecognitionOptions, lost: threading.Event
) -> Recognition:
    if len(requests) > 1:
        return _recognise_parts(transcription, requests, options, lost)
    progress = _SendingProgress(transcription, requests, lost)
    reply = send_request(requests[0], options, on_progress=progress.of(requests[0]), cancelled=lost.is_set)
    keep_reply(transcription, reply)
    return read_kept_reply(transcription, reply)


def _recognise_parts(
    transcription: Transcription, requests: list[ApiRequest], options: RecognitionOptions, lost: threading.Event
) -> Recognition:
    """Recognises the parts at the same time, as far as there are slots that nobody waits for, and joins their answers.

    Each answer is kept whatever happens to the others, so that a later try asks only for the missing ones.
    """
    started = time.monotonic()
    kept = {(part.number, part.start_ms, part.end_ms) for part in transcription.parts.all()}
    missing = [request for request in requests if (request.number, request.start_ms, request.end_ms) not in kept]
    progress = _SendingProgress(transcription, requests, lost, missing)

    def recognise(request: ApiRequest) -> None:
        reply = send_request(request, options, on_progress=progress.of(request), cancelled=lost.is_set)
        read_kept_part(transcription, keep_part(transcription, request, reply), reply)

    if errors := share_out(missing, recognise):
        raise min(errors, key=_rank_urgency)
    _advance_state(transcription, TranscriptionState.WAITING)
    parts = [
        RecognisedPart(
            part.start_ms,
            part.end_ms,
            Recognition(part.status_code, part.message, part.logid, part.request_id, 0, part.answer),
        )
        for part in transcription.parts.all()
    ]
    whole = stitch_recognitions(parts, seconds=time.monotonic() - started)
    return replace(whole, logid=parts[0].recognition.logid)


def _rank_urgency(error: BaseException) -> int:
    """Orders the errors of several parts: first what ends the work, then what may have been billed, then the rest.

    An answer that can't be read comes before other failures: it is there to be read again, or to be given up.
    """
    if isinstance(error, Superseded | RecognitionCancelled):
        return 0
    if not isinstance(error, FlashError) or error.retryable:
        return 4
    return {ErrorKind.ANSWER_KEPT: 1, ErrorKind.UNCLEAR: 3}.get(error.kind, 2)


class _SendingProgress:
    """Stores how much of all requests was sent; ends the sending with Superseded once the row is lost."""

    def __init__(
        self,
        transcription: Transcription,
        requests: list[ApiRequest],
        lost: threading.Event,
        missing: list[ApiRequest] | None = None,
    ) -> None:
        """`missing`: the requests that are still to be sent, if not all."""
        self.transcription = transcription
        self.lost = lost
        sizes = {p.number: p.audio.path.stat().st_size for p in requests if isinstance(p.audio, AudioFile)}
        unsent = {request.number for request in (requests if missing is None else missing)}
        self.total_bytes = sum(sizes.values())
        self.sent = {number: 0 if number in unsent else size for number, size in sizes.items()}
        self._reported = time.monotonic()
        self.lock = threading.Lock()
        sent_bytes = sum(self.sent.values())
        sizes_known = {"total_bytes": self.total_bytes, "sent_bytes": sent_bytes, "put_off": 0}
        _advance_state(transcription, TranscriptionState.SENDING, **sizes_known)
        if sizes:
            FILE_STORE.worked()
        if sent_bytes == self.total_bytes:  # An address, or only the end is missing.
            _advance_state(transcription, TranscriptionState.WAITING)

    def of(self, request: ApiRequest) -> Callable[[int, int], None]:
        def on_progress(sent: int, total: int) -> None:
            if self.lost.is_set():
                raise Superseded
            with self.lock:
                self.sent[request.number] = sent
                sent_bytes = sum(self.sent.values())
                if sent < total and time.monotonic() - self._reported < PROGRESS_SECONDS:
                    return
                self._reported = time.monotonic()
                all_sent = sent_bytes >= self.total_bytes
                state = TranscriptionState.WAITING if all_sent else TranscriptionState.SENDING
                try:
                    _advance_state(self.transcription, state, sent_bytes=sent_bytes)
                except (OperationalError, InterfaceError):
                    log.warning("Progress could not be stored.")  # The request goes on: it may be billed.

        return on_progress


class _NotReady(Exception):
    """The recording to send is still being fetched."""
