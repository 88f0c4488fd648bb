"""Having a recording recognised, once, whatever dies on the way.

The steps of `run`: claim the row, make what is sent, send it, store what came. Each step is a compare-and-swap on the
attempt number that the claim gave, so that a worker that lost its lease can't move the row or store a second result.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from transcripts import jobs
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.enums import ChangeKind, TranscriptionState
from transcripts.errors import Superseded
from transcripts.flash.answer import MAX_TIME_MS, Answer
from transcripts.flash.client import AudioFile, Credentials, FlashClient, Recognition
from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Change, Recording, Speaker, Transcript, Transcription, Utterance
from transcripts.models.transcriptions import MAX_TRIES
from transcripts.services import leases
from transcripts.text.alignment import align

log = logging.getLogger(__name__)

SEND_AS_IT_IS_BYTES = 20 * 1024 * 1024
PROGRESS_SECONDS = 0.5
# Only a fault that kills worker after worker gets here; it must not do so for ever, as every attempt may be billed.
MAX_ATTEMPTS = 50
# Pauses of 2, 6, 18 and 54 s between the tries, and up to a quarter more so that many rows do not come back at once.
FIRST_PAUSE_SECONDS = 2
UNCLEAR_RETRIES = 1


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
            audio = _audio_to_send(transcription.recording, options, lost)
            with leases.slot(lost):
                recognition = _recognise(transcription, audio, options, lost)
            _store(transcription, recognition)
        except (Superseded, sandbox.Cancelled):
            log.info("Transcription %s: attempt %d is dropped.", pk, transcription.attempt)
        except NotAudio as error:
            _fail(transcription, error=str(error.reason))
        except FlashError as error:
            _try_later_or_fail(transcription, error)
        except Exception as error:
            # The machine's trouble, such as a full disk or a converter killed from outside; or a fault of our own,
            # which must not leave the row to one worker after the other, as every attempt may be billed.
            log.exception("Transcription %s: attempt %d failed.", pk, transcription.attempt)
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


def client() -> FlashClient:
    """The client for the configured service. The embedded recogniser may need as long as the recording lasts."""
    return FlashClient(
        url=settings.FLASH_API_URL,
        credentials=Credentials(
            api_key=settings.FLASH_API_KEY or ("local" if settings.FLASH_IS_LOCAL else ""),
            app_key=settings.FLASH_APP_KEY,
            access_key=settings.FLASH_ACCESS_KEY,
        ),
        resource_id=settings.FLASH_RESOURCE_ID,
        connect_timeout_s=10,
        read_timeout_s=4 * 60 * 60 if settings.FLASH_IS_LOCAL else 15 * 60,
    )


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

    An unclear failure may have been billed, so that the real service is asked once more only.
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
        again = error.retryable
    if not again or len(tries) >= MAX_TRIES:
        _fail(transcription, tries=tries, **fields)
        return
    pause = FIRST_PAUSE_SECONDS * 3 ** (len(tries) - 1) * random.uniform(1, 1.25)
    log.info("Transcription %s: try %d failed: %s %s", transcription.pk, len(tries), error.kind, error.logid)
    Transcription.objects.held(transcription).update(
        state=TranscriptionState.QUEUED,
        lease_until=None,
        not_before=timezone.now() + timedelta(seconds=pause),
        tries=tries,
        **fields,
    )


def _audio_to_send(recording: Recording, options: RecognitionOptions, lost: threading.Event) -> AudioFile:
    """The original where the service takes its format and it is small enough, otherwise an Ogg Opus copy."""
    if recording.api_format and recording.size_bytes <= SEND_AS_IT_IS_BYTES:
        return _audio_file(recording.original, recording.api_format)
    channels = 2 if options.channel_split and recording.channels > 1 else 1
    copy = recording.sendable(channels)
    if not copy.exists():
        sandbox.convert_for_api(recording.original, copy, channels=channels, cancelled=lost.is_set)
    return _audio_file(copy, "ogg")


def _audio_file(path: Path, api_format: str) -> AudioFile:
    return AudioFile(path=path, format=api_format, codec="opus" if api_format == "ogg" else "")


def _recognise(
    transcription: Transcription, audio: AudioFile, options: RecognitionOptions, lost: threading.Event
) -> Recognition:
    told = 0.0
    total_bytes = audio.path.stat().st_size
    _advance(transcription, TranscriptionState.SENDING, total_bytes=total_bytes, sent_bytes=0)

    def on_progress(sent: int, total: int) -> None:
        nonlocal told
        if lost.is_set():
            raise Superseded
        if sent >= total:
            _advance(transcription, TranscriptionState.WAITING, sent_bytes=sent)
        elif time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            _advance(transcription, TranscriptionState.SENDING, sent_bytes=sent)

    return client().recognize(audio, options, on_progress=on_progress)


def _store(transcription: Transcription, recognition: Recognition) -> None:
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
        transcript = Transcript.objects.create(
            transcription=transcription, recording=transcription.recording, version=1
        )
        speakers = _speakers(transcript, recognition.answer)
        Utterance.objects.bulk_create(_utterances(transcript, recognition.answer, speakers), batch_size=500)
        Change.objects.create(
            transcript=transcript, version=1, kind=ChangeKind.RECOGNISED, by=transcription.requested_by
        )


def _speakers(transcript: Transcript, answer: Answer) -> dict[str, Speaker]:
    labels = dict.fromkeys(_label(utterance.speaker) for utterance in answer.utterances if utterance.speaker)
    return {label: Speaker.objects.create(transcript=transcript, label=label) for label in labels}


def _label(speaker: str) -> str:
    """As much of the engine's label as the column holds."""
    return speaker[:40]


def _utterances(transcript: Transcript, answer: Answer, speakers: dict[str, Speaker]) -> list[Utterance]:
    rows = []
    for utterance in answer.utterances:
        start_ms = min(utterance.start_ms, MAX_TIME_MS - 1)
        end_ms = max(utterance.end_ms, start_ms + 1)
        words = align(utterance.words, utterance.text, bounds=(start_ms, end_ms))
        rows.append(
            Utterance(
                transcript=transcript,
                speaker=speakers.get(_label(utterance.speaker)),
                channel=utterance.channel[:8],
                start_ms=start_ms,
                end_ms=end_ms,
                text=utterance.text,
                words=[[w.text, w.start_ms, w.end_ms, w.source] for w in words],
                engine_text=utterance.text,
                engine_words=[[w.text, w.start_ms, w.end_ms] for w in utterance.words],
                additions=dict(utterance.additions),
            )
        )
    return rows
