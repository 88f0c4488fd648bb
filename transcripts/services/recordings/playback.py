"""Making what the browser needs of a recording: the playback copy and the waveform peaks."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from transcripts import queue
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.errors import NotFetched, is_out_of_reach
from transcripts.logs import add_log_fields
from transcripts.models import Recording
from transcripts.services.reach import OUT_OF_REACH, is_readable, note_reach
from transcripts.services.recognition.leases import keep_lease
from transcripts.services.recordings.fetching import fetch_recording

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
            if recording.source_url and not recording.original.exists():
                _fetch_original(recording, lost)
            made = sandbox.make_playback(
                recording.original,
                recording.playback,
                recording.peaks,
                track=recording.track,
                cancelled=lost.is_set,
            )
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
        note_reach(away=False)
        Recording.objects.held(recording).move_to(
            PreparationState.DONE, duration_ms=made.duration_ms, lease_until=None, error="", put_off=0
        )


def _wait_for_file(recording: Recording) -> None:
    if Recording.objects.postpone(recording, OUT_OF_REACH):
        note_reach(away=True)


def _fetch_original(recording: Recording, lost: threading.Event) -> None:
    """Fetches the recording from its address, checks that it has audio, and wakes waiting recognitions.

    A track that was asked for is taken if there is one.
    """
    half_made = Path(tempfile.mkdtemp(prefix=".part-", dir=recording.folder))
    try:
        file = half_made / "original"
        fetch_recording(recording.source_url, file, cancelled=lost.is_set)
        info = sandbox.probe(file, track=recording.track, cancelled=lost.is_set)
        if not Recording.objects.held(recording).update(**recording.describe_file(file, info)):
            raise sandbox.WorkCancelled
        file.rename(recording.original)
    finally:
        shutil.rmtree(half_made, ignore_errors=True)
    _wake_transcriptions(recording)


def _wake_transcriptions(recording: Recording) -> None:
    """Enqueues recognitions that were waiting for the recording to be fetched."""
    waiting = recording.transcriptions.filter(state=TranscriptionState.QUEUED, error="")
    waiting.update(not_before=None)
    for pk in waiting.values_list("pk", flat=True):
        queue.enqueue("recognise", pk)


def retry_playback(*, recording: Recording) -> bool:
    """Enqueues the preparation again if it had failed. Returns whether it had."""
    with transaction.atomic():
        again = Recording.objects.filter(pk=recording.pk, state=PreparationState.FAILED).move_to(
            PreparationState.QUEUED, not_before=None, error=""
        )
        if again:
            transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
    return bool(again)
