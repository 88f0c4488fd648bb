"""Telling speakers apart in a worker, with one result whatever dies on the way.

It computes for minutes, so that one runs at a time on each machine, and only by what nobody else asks the processors
for: the limited child is nice. Embeddings are kept beside the playback copy, so that asking again takes seconds.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from transcripts import queue
from transcripts.audio.results import NotAudio, name_for_track
from transcripts.diarization import sandbox
from transcripts.diarization.installed import name_encoder
from transcripts.diarization.results import Diarized, EncoderMissing, NotWindows, Span
from transcripts.enums import DiarizationState, PreparationState
from transcripts.errors import Gone, NotFetched, Superseded, is_disk_full, is_out_of_reach
from transcripts.logs import FILE_STORE, add_log_fields
from transcripts.models import Change, Diarization, Recording
from transcripts.models.diarizations import UNFINISHED
from transcripts.services.editing.changes import lock_transcript
from transcripts.services.editing.comment_anchors import publish_annotation
from transcripts.services.editing.diarization import Labels
from transcripts.services.reach import OUT_OF_REACH, WAITS, is_readable
from transcripts.services.recognition.leases import keep_lease
from transcripts.services.store.recording_files import put_files
from transcripts.services.store.scratch import scratch_folder
from transcripts.services.store.store import get_store

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
PAUSE_SECONDS = 5
REPORT_SECONDS = 1.5
NO_ROOM, BROKEN, NO_ENCODER = "download_no_room", "diarization_broken", "no_encoder"
"""What `error` says, keys of `messages.MACHINE` as OUT_OF_REACH is."""


class _StillFetched(Exception):
    """The recording's file is still being fetched."""


def run_next_diarization() -> None:
    """Runs the one whose turn it is, unless this machine is busy with another, which sees to the next at its end.

    Can be called any number of times, by any number of workers.
    """
    with _alone_on_machine() as alone:
        if not alone:
            return
        due = Diarization.objects.in_turn().values_list("pk", flat=True)[:2]
        any(run_diarization(pk) for pk in due)  # The first may be another machine's by now.
    if (pk := Diarization.objects.in_turn().values_list("pk", flat=True).first()) is not None:
        queue.enqueue("tell_apart", pk)


@contextmanager
def _alone_on_machine() -> Iterator[bool]:
    """The kernel releases the lock when its holder dies."""
    with (Path(settings.DATA_DIR) / "diarizing").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def run_diarization(pk: UUID) -> bool:
    """Returns whether it was due."""
    diarization = Diarization.objects.select_related("transcript__recording", "transcript__transcription").claim(pk)
    if diarization is None:
        return False
    add_log_fields(diarization=pk, recording=diarization.transcript.recording_id)
    if diarization.attempt > MAX_ATTEMPTS + diarization.put_off:  # It may be what kills its workers.
        _end(diarization, DiarizationState.FAILED, error=BROKEN)
        return True
    with keep_lease(diarization) as lost:
        try:
            finish_diarization(diarization, _tell_apart(diarization, lost))
        except (Superseded, Gone, sandbox.WorkCancelled):
            log.info("Diarization %s: attempt %d is dropped.", pk, diarization.attempt)
        except _StillFetched:
            Diarization.objects.postpone(diarization, "")
        except EncoderMissing:
            _end(diarization, DiarizationState.FAILED, error=NO_ENCODER)
        except NotFetched as error:
            _end(diarization, DiarizationState.FAILED, error=error.reason)
        except NotAudio as error:
            if is_readable(diarization.transcript.recording):
                _end(diarization, DiarizationState.FAILED, error=str(error.reason))
            else:
                _wait_for_file(diarization)
        except Exception as error:
            if is_disk_full(error):
                Diarization.objects.postpone(diarization, NO_ROOM)
            elif is_out_of_reach(error):
                _wait_for_file(diarization)
            else:
                log.exception("Diarization %s: attempt %d failed.", pk, diarization.attempt)
                not_before = timezone.now() + timedelta(seconds=PAUSE_SECONDS)
                Diarization.objects.held(diarization).move_to(
                    DiarizationState.QUEUED, lease_until=None, not_before=not_before
                )
    return True


def _wait_for_file(diarization: Diarization) -> None:
    if Diarization.objects.postpone(diarization, OUT_OF_REACH):
        FILE_STORE.failed(WAITS)


def finish_diarization(diarization: Diarization, diarized: Diarized) -> None:
    """Stores the result, and the labels with it where no row has a speaker. Raises Superseded, and Gone."""
    labels = Labels(diarization, diarized)
    _end(diarization, DiarizationState.DONE, diarized, labels if labels.prepare() else None)


def _end(
    diarization: Diarization,
    state: DiarizationState,
    diarized: Diarized | None = None,
    labels: Labels | None = None,
    *,
    error: str = "",
) -> None:
    """In the order in which all others lock: the transcript first."""
    if error:
        add_log_fields(error=error)
        log.warning("Diarization %s failed: %s", diarization.pk, error)
    result = diarized.to_json() if diarized else None
    with transaction.atomic():
        locked = lock_transcript(diarization.transcript_id)
        ended = Diarization.objects.held(diarization).move_to(
            state,
            lease_until=None,
            finished_at=timezone.now(),
            error=error,
            result=result,
            progress=100 if diarized else diarization.progress,
        )
        if not ended:
            raise Superseded
        if labels:
            labels.store(locked)
        if diarized:
            _forget_unused(diarization)
        publish_annotation(locked)


def _forget_unused(newest: Diarization) -> None:
    """Those before it, but for what people or the labels have taken of them."""
    changes = Change.objects.filter(transcript=newest.transcript_id, details__has_key="diarization")
    taken = [UUID(pk) for pk in changes.values_list("details__diarization", flat=True)]
    earlier = Diarization.objects.filter(transcript=newest.transcript_id).exclude(pk__in=[newest.pk, *taken])
    earlier.exclude(state__in=UNFINISHED).delete()


def _tell_apart(diarization: Diarization, lost: threading.Event) -> Diarized:
    transcript = diarization.transcript
    rows = transcript.utterances.visible()
    words = [
        (start, end) for row in rows.values_list("words", flat=True).iterator() for _text, start, end, _source in row
    ]
    examples = _list_examples(diarization) if diarization.examples else None
    within = None
    if diarization.within_id:
        mine = rows.filter(speaker=diarization.within_id, speaker_confidence__isnull=False, verified_at=None)
        within = list(mine.values_list("start_ms", "end_ms"))
    encoder = name_encoder(settings.SPEAKER_MODEL)
    track = transcript.transcription.track if transcript.transcription else None
    recording = transcript.recording
    track = recording.track if track is None else track
    key = f"{recording.folder}/{name_for_track('voices', track)}-{encoder}"
    with scratch_folder() as folder:
        windows = folder / "voices"
        is_kept = _fetch_windows(key, windows)
        while True:
            if not is_kept:
                _embed(diarization, recording, track, words, windows, lost)
                if not diarization.renew():
                    raise Superseded
                put_files(recording, {key: windows})
                FILE_STORE.worked()
            try:
                return sandbox.tell_apart(
                    windows, words, hint=diarization.hinted, examples=examples, within=within, cancelled=lost.is_set
                )
            except NotWindows:
                if not is_kept:
                    raise
                windows.unlink()
                is_kept = False


def _list_examples(diarization: Diarization) -> dict[str, list[Span]]:
    """The rows that people assigned by hand, by the ids of their speakers."""
    rows = diarization.transcript.utterances.visible().filter(speaker__isnull=False, speaker_confidence=None)
    examples: dict[str, list[Span]] = {}
    for speaker, start_ms, end_ms in rows.values_list("speaker", "start_ms", "end_ms"):
        examples.setdefault(str(speaker), []).append((start_ms, end_ms))
    return examples


def _fetch_windows(key: str, target: Path) -> bool:
    with suppress(FileNotFoundError):
        get_store().fetch(key, target)
        return True
    return False


def _embed(
    diarization: Diarization,
    recording: Recording,
    track: int | None,
    words: list[Span],
    target: Path,
    lost: threading.Event,
) -> None:
    """Of the playback copy, which is small, where it is there and of the same track; else of the original."""
    held = Diarization.objects.held(diarization)
    duration_ms = recording.duration_ms or (words[-1][1] if words else 0) or 1
    reported = time.monotonic()

    def report(done_ms: int) -> None:
        nonlocal reported
        if lost.is_set():
            raise Superseded
        if time.monotonic() - reported >= REPORT_SECONDS:
            reported = time.monotonic()
            if not held.update(progress=min(99, 100 * done_ms // duration_ms)):
                raise Superseded

    is_prepared = recording.state == PreparationState.DONE and recording.track == track
    if not is_prepared and not recording.size_bytes:
        if recording.state == PreparationState.FAILED:
            raise NotFetched(recording.error or BROKEN)
        raise _StillFetched
    source_key = recording.playback if is_prepared else recording.original
    with get_store().local(source_key) as source:
        sandbox.embed(
            source,
            words,
            target,
            track=None if is_prepared else track,
            model=settings.SPEAKER_MODEL,
            cancelled=lost.is_set,
            on_progress=report,
        )
