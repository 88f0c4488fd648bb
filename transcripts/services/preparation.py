"""Making what the browser needs of a recording: the playback copy and the waveform peaks."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from transcripts import jobs
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.enums import PreparationState
from transcripts.models import Recording
from transcripts.services import leases

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 50
PAUSE_SECONDS = 5


def run(pk: UUID) -> None:
    """Prepares the recording if it is due; may be called any number of times, by any number of workers."""
    recording = Recording.objects.claim(pk)
    if recording is None:
        return
    with leases.kept(recording) as lost:
        try:
            made = sandbox.make_playback(recording.original, recording.playback, recording.peaks, cancelled=lost.is_set)
        except sandbox.Cancelled:
            return
        except NotAudio as error:
            log.warning("Recording %s can't be prepared: %s", pk, error.reason)
            Recording.objects.held(recording).update(state=PreparationState.FAILED, lease_until=None)
            return
        except OSError:
            # The machine's trouble, such as a full disk or a child killed from outside.
            log.exception("Recording %s: attempt %d failed.", pk, recording.attempt)
            again = bool(recording.attempt % MAX_ATTEMPTS)  # A person's retry starts a new count.
            Recording.objects.held(recording).update(
                state=PreparationState.QUEUED if again else PreparationState.FAILED,
                not_before=timezone.now() + timedelta(seconds=PAUSE_SECONDS),
                lease_until=None,
            )
            return
        Recording.objects.held(recording).update(
            state=PreparationState.DONE, duration_ms=made.duration_ms, lease_until=None
        )


def retry(*, recording: Recording) -> bool:
    """Whether the preparation had failed and is now in the queue again."""
    with transaction.atomic():
        again = Recording.objects.filter(pk=recording.pk, state=PreparationState.FAILED).update(
            state=PreparationState.QUEUED, not_before=None
        )
        if again:
            transaction.on_commit(lambda: jobs.dispatch(jobs.prepare, recording.pk))
    return bool(again)
