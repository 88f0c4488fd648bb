from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests.conftest import ANSWER, AUDIO
from tests.files import names_in, path_of
from tests.processes import wait_for
from transcripts.audio import sandbox
from transcripts.audio.sandbox import ChildFailed
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.flashserver.server import serve
from transcripts.models import Recording
from transcripts.services.recognition import api_requests
from transcripts.services.recognition.run import retry_transcription, run_transcription
from transcripts.services.recordings.delete import remove_recording
from transcripts.services.recordings.playback import MAX_ATTEMPTS, prepare_playback

Upload = Callable[..., Recording]


@pytest.fixture
def recording(lin: User, upload: Upload) -> Recording:
    return upload(lin)


def test_prepared_recording_has_its_playback_copy_its_peaks_and_its_true_length(recording: Recording) -> None:
    Recording.objects.update(duration_ms=99)
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.attempt, recording.lease_until) == (PreparationState.DONE, 1, None)
    assert recording.duration_ms is not None
    assert abs(recording.duration_ms - 5547) <= 20
    assert sandbox.probe(path_of(recording.playback)).codec == "aac"
    assert abs(path_of(recording.peaks).stat().st_size - 2 * 50 * 5.547) <= 4
    assert names_in(recording.folder) == ["original", "peaks.dat", "playback.m4a"]


def test_prepared_recording_is_not_prepared_again(recording: Recording) -> None:
    Recording.objects.update(state=PreparationState.DONE)
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.attempt, path_of(recording.playback).exists()) == (0, False)


def test_recording_that_turns_out_to_hold_no_sound_has_nothing_to_play(recording: Recording) -> None:
    shutil.copy(AUDIO / "odd/html_page.mp3", path_of(recording.original))
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.lease_until) == (PreparationState.FAILED, None)
    assert [path.name for path in path_of(recording.folder).iterdir()] == ["original"]


def test_preparation_is_tried_again_after_the_machines_own_trouble(recording: Recording) -> None:
    path_of(recording.original).rename(path_of(recording.folder) / "away")
    for attempt in range(1, 3):
        before = timezone.now()
        prepare_playback(recording.pk)
        recording.refresh_from_db()
        assert (recording.state, recording.attempt, recording.lease_until) == (
            PreparationState.QUEUED,
            attempt,
            None,
        )
        assert (recording.error, recording.put_off) == ("out_of_reach", attempt)
        assert recording.not_before is not None
        assert recording.not_before > before
        Recording.objects.update(not_before=None)
    (path_of(recording.folder) / "away").rename(path_of(recording.original))
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.attempt) == (PreparationState.DONE, 3)
    assert (recording.error, recording.put_off) == ("", 0)


def test_preparation_is_not_tried_for_ever(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ChildFailed("killed")

    monkeypatch.setattr(sandbox, "make_playback", fail)
    Recording.objects.update(attempt=MAX_ATTEMPTS - 1)
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert recording.state == PreparationState.FAILED


@pytest.mark.long
def test_recording_deleted_while_it_is_prepared_leaves_nothing(
    transactional_db: None, lin: User, upload: Upload, settings: Any
) -> None:
    settings.LEASE_SECONDS = 0.5
    recording = upload(lin)
    shutil.copy(AUDIO / "zh_autumn.ogg", path_of(recording.original))  # Long enough to be caught at it.
    worker = threading.Thread(target=lambda: (prepare_playback(recording.pk), connection.close()))
    worker.start()
    try:
        scratch = settings.DATA_DIR / "scratch"
        wait_for("preparation under way", lambda: len(list(scratch.glob("*/.part-*/*"))) > 1, 30)
        remove_recording(recording)
    finally:
        worker.join(timeout=120)
    assert (Recording.objects.count(), path_of(recording.folder).exists()) == (0, False)


@pytest.mark.parametrize("too_large", [False, True])
def test_what_the_service_does_not_take_is_sent_as_ogg_opus(
    recording: Recording, settings: Any, monkeypatch: pytest.MonkeyPatch, too_large: bool
) -> None:
    if too_large:
        monkeypatch.setattr(api_requests, "ADVISED_AUDIO_BYTES", 1000)
    else:
        shutil.copy(AUDIO / "odd/stereo_48k_two_voices.flac", path_of(recording.original))
        Recording.objects.update(api_format="")
    with serve(script=[{"code": "55000031"}, {"body": ANSWER}], keep_requests=True) as server:
        settings.FLASH_IS_LOCAL, settings.FLASH_API_URL = True, server.url
        run = recording.transcriptions.get()
        run_transcription(run.pk)
        made = (path_of(recording.folder) / "sendable-1.ogg").stat().st_mtime_ns
        retry_transcription(transcription=run)
        run_transcription(run.pk)
        bodies = [json.loads(taken.body)["audio"] for taken in server.received]
    run.refresh_from_db()
    assert (run.state, run.total_bytes) == (
        TranscriptionState.DONE,
        (path_of(recording.folder) / "sendable-1.ogg").stat().st_size,
    )
    sent = base64.b64encode((path_of(recording.folder) / "sendable-1.ogg").read_bytes()).decode()
    assert bodies == [{"format": "ogg", "codec": "opus", "data": sent}] * 2
    assert (path_of(recording.folder) / "sendable-1.ogg").stat().st_mtime_ns == made
    assert sandbox.probe(path_of(recording.folder) / "sendable-1.ogg").codec == "opus"


def test_recording_without_sound_is_not_sent(recording: Recording, settings: Any) -> None:
    shutil.copy(AUDIO / "odd/html_page.mp3", path_of(recording.original))
    Recording.objects.update(api_format="")
    with serve(script=[{"body": ANSWER}]) as server:
        settings.FLASH_IS_LOCAL, settings.FLASH_API_URL = True, server.url
        run_transcription(recording.transcriptions.get().pk)
        assert server.requests == 0
    run = recording.transcriptions.get()
    assert (run.state, run.error) == (TranscriptionState.FAILED, "unreadable")
