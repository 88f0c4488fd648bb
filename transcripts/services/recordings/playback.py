"""Making what the browser needs of a recording: the playback copy and the waveform peaks."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from transcripts import queue
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.errors import NotFetched, is_out_of_reach
from transcripts.logs import FILE_STORE, add_log_fields
from transcripts.models import Diarization, Recording
from transcripts.services.reach import OUT_OF_REACH, WAITS, is_readable
from transcripts.services.recognition.leases import keep_lease
from transcripts.services.recordings.fetching import fetch_recording
from transcripts.services.recordings.known import hash_file
from transcripts.services.store.recording_files import put_files
from transcripts.services.store.scratch import scratch_folder
from transcripts.services.store.store import get_store

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 50
PAUSE_SECONDS = 5


def prepare_playback(pk: UUID) -> None:
    """Prepares the recording if it is due. Can be called any number of times, by any number of workers."""
    recording = Recording.objects.claim(pk)
    if recording is None:
        return
    add_log_fields(recording=pk)
    with keep_lease(recording) as lost:
        try:
            if recording.source_url and not recording.size_bytes:
                _fetch_original(recording, lost)
            made = _make_playback(recording, lost)
        except sandbox.WorkCancelled:
            return
        except (NotAudio, NotFetched) as error:
            if isinstance(error, NotAudio) and not is_readable(recording):
                _wait_for_file(recording)
                return
            log.warning("Recording %s cannot be prepared: %s", pk, error.reason)
            Recording.objects.held(recording).move_to(
                PreparationState.FAILED, error=str(error.reason), lease_until=None
            )
            _wake_transcriptions(recording)
            return
        except Exception as error:
            if is_out_of_reach(error):
                _wait_for_file(recording)
                return
            # The machine's fault, such as a full disk or a child killed from outside; or a bug, which must not pass the
            # row from one worker to the next for ever.
            log.exception("Recording %s: attempt %d failed.", pk, recording.attempt)
            again = bool(recording.attempt % MAX_ATTEMPTS)  # A person's retry starts a new count.
            Recording.objects.held(recording).move_to(
                PreparationState.QUEUED if again else PreparationState.FAILED,
                not_before=timezone.now() + timedelta(seconds=PAUSE_SECONDS),
                lease_until=None,
            )
            return
        FILE_STORE.worked()
        Recording.objects.held(recording).move_to(PreparationState.DONE, lease_until=None, error="", put_off=0, **made)
    _wake_diarizations(recording)


def _wait_for_file(recording: Recording) -> None:
    if Recording.objects.postpone(recording, OUT_OF_REACH):
        FILE_STORE.failed(WAITS)


def _fetch_original(recording: Recording, lost: threading.Event) -> None:
    """Fetches the recording from its address, checks that it has audio, and wakes waiting recognitions.

    A track that was asked for is taken if there is one.
    """
    with scratch_folder() as folder:
        file = folder / "original"
        fetch_recording(recording.source_url, file, cancelled=lost.is_set)
        info = sandbox.probe(file, track=recording.track, cancelled=lost.is_set)
        if not recording.renew():
            raise sandbox.WorkCancelled
        put_files(recording, {recording.original: file})
        described = recording.describe_file(file.stat().st_size, info)
    if not Recording.objects.held(recording).update(**described):
        raise sandbox.WorkCancelled
    _wake_transcriptions(recording)


def _make_playback(recording: Recording, lost: threading.Event) -> dict[str, Any]:
    """Stores the files, and returns what the row is to say of them."""
    with get_store().local(recording.original) as source, scratch_folder() as folder:
        playback, peaks = folder / "playback.m4a", folder / "peaks.dat"
        made = sandbox.make_playback(source, playback, peaks, track=recording.track, cancelled=lost.is_set)
        put_files(recording, {recording.playback: playback, recording.peaks: peaks})
        return {
            "duration_ms": made.duration_ms,
            "playback_bytes": playback.stat().st_size,
            "peaks_bytes": peaks.stat().st_size,
            "prepared_at": timezone.now(),
            "content_hash": recording.content_hash or hash_file(source),
        }


def _wake_transcriptions(recording: Recording) -> None:
    """Enqueues recognitions that were waiting for the recording to be fetched."""
    waiting = recording.transcriptions.filter(state=TranscriptionState.QUEUED, error="")
    waiting.update(not_before=None)
    for pk in waiting.values_list("pk", flat=True):
        queue.enqueue("recognise", pk)


def _wake_diarizations(recording: Recording) -> None:
    """Enqueues those that were waiting for the recording to be fetched."""
    waiting = Diarization.objects.filter(transcript__recording=recording.pk, state=Diarization.QUEUED, error="")
    for pk in waiting.values_list("pk", flat=True):
        Diarization.objects.filter(pk=pk).update(not_before=None)
        queue.enqueue("tell_apart", pk)


def retry_playback(*, recording: Recording) -> bool:
    """Enqueues the preparation again if it had failed. Returns whether it had."""
    with transaction.atomic():
        again = Recording.objects.filter(pk=recording.pk, state=PreparationState.FAILED, audio_deleted_at=None).move_to(
            PreparationState.QUEUED, not_before=None, error=""
        )
        if again:
            transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
    return bool(again)
