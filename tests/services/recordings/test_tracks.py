"""Of several audio tracks one is taken: it is sent, played and drawn, also after another choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User

from tests.conftest import ANSWER, AUDIO, DATA
from tests.files import path_of
from transcripts import queue
from transcripts.audio.decode import decode
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.errors import AlreadyRunning
from transcripts.exports.bundle import Bundle
from transcripts.flash.options import RecognitionOptions
from transcripts.models import AnswerPart, Recording, Transcription, Upload
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.exporting.export_bundle import build_bundle
from transcripts.services.recognition.run import request_transcription, run_transcription
from transcripts.services.recordings.create import TrackNotChosen, create_from_upload, create_recording
from transcripts.services.recordings.playback import prepare_playback
from transcripts.services.recordings.tracks import choose_track

FILM = DATA / "failing/a06_first_track_silent.mp4"  # Desktop is silent, Mic has speech.
SILENT, SPEECH = 0, 1


@pytest.fixture
def film(lin: User, data_dir: Path) -> Callable[..., Recording]:
    def create(clip: Path = FILM, **wanted: Any) -> Recording:
        file = data_dir / "uploads/film"
        file.write_bytes(clip.read_bytes())
        project = get_personal_project(lin)
        options = RecognitionOptions()
        made = create_recording(file=file, file_name="film.mp4", project=project, options=options, by=lin, **wanted)
        return Recording.objects.get(pk=made.pk)

    return create


def is_loud(path: Path) -> bool:
    return bool(np.abs(decode(path)).max() > 0.3)


@pytest.mark.parametrize(("wanted", "taken"), [(None, SPEECH), (SILENT, SILENT), (SPEECH, SPEECH), (7, SPEECH)])
def test_track_that_is_wanted_is_taken_or_the_one_with_speech(film: Any, wanted: int | None, taken: int) -> None:
    recording = film(track=wanted)
    assert (recording.track, [track.title for track in recording.audio_tracks]) == (taken, ["Desktop", "Mic"])
    assert recording.transcriptions.get().track == taken
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, is_loud(path_of(recording.playback))) == (PreparationState.DONE, taken == SPEECH)


def test_single_track_is_no_choice(film: Any) -> None:
    recording = film(AUDIO / "zh_welcome.wav", track=1, ask_track=True)
    assert (recording.track, recording.tracks, path_of(recording.playback).name) == (None, [], "playback.m4a")


def test_what_could_not_be_read_at_the_end_is_kept(film: Any, tmp_path: Path) -> None:
    joined = tmp_path / "joined.wav"
    joined.write_bytes((AUDIO / "zh_welcome.wav").read_bytes() + b"\x01" * 10_000)
    assert film(joined).unread_bytes == 10_000
    assert film(AUDIO / "zh_welcome.wav").unread_bytes == 0


def test_upload_is_kept_while_somebody_is_asked(lin: User, data_dir: Path) -> None:
    content = FILM.read_bytes()
    upload = Upload.objects.create(by=lin, file_name="film.mp4", size_bytes=len(content), modified_ms=0)
    path_of(upload.key).write_bytes(content)
    wanted = {"upload": upload, "project": get_personal_project(lin), "options": RecognitionOptions(), "by": lin}
    with pytest.raises(TrackNotChosen) as several:
        create_from_upload(**wanted, ask_track=True)
    assert (several.value.info.track, len(several.value.info.tracks)) == (SPEECH, 2)
    assert (Recording.objects.count(), path_of(upload.key).read_bytes() == content) == (0, True)
    assert create_from_upload(**wanted, track=SILENT).track == SILENT
    assert (Upload.objects.count(), path_of(upload.key).exists()) == (0, False)


def test_another_track_is_played_and_never_the_old_one(
    film: Any, lin: User, django_capture_on_commit_callbacks: Any
) -> None:
    recording = film()
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    before = path_of(recording.playback)
    with django_capture_on_commit_callbacks(execute=True):
        choose_track(recording=recording, track=SILENT, by=lin)
    recording = Recording.objects.get()
    assert (recording.track, recording.state, recording.attempt) == (SILENT, PreparationState.QUEUED, 1)
    assert path_of(recording.playback) != before
    assert not path_of(recording.playback).exists()
    assert not path_of(recording.peaks).exists()
    assert ("prepare", recording.pk) in queue.list_waiting()
    assert recording in Recording.objects.due()  # also if the queue has lost it
    prepare_playback(recording.pk)
    assert not is_loud(path_of(recording.playback))
    assert not np.fromfile(path_of(recording.peaks), np.int8).any()
    choose_track(recording=recording, track=SPEECH, by=lin)
    assert is_loud(path_of(Recording.objects.get().playback))


def test_worker_that_prepares_the_old_track_cannot_end_it(film: Any, lin: User) -> None:
    recording = film()
    claimed = Recording.objects.claim(recording.pk)
    assert claimed is not None
    choose_track(recording=recording, track=SILENT, by=lin)
    assert not Recording.objects.held(claimed).move_to(PreparationState.DONE)
    assert not claimed.renew()
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.attempt, is_loud(path_of(recording.playback))) == (
        PreparationState.DONE,
        2,
        False,
    )


def test_the_same_track_again_changes_nothing(film: Any, lin: User) -> None:
    recording = film()
    Recording.objects.update(state=PreparationState.DONE)
    choose_track(recording=recording, track=SPEECH, by=lin)
    assert Recording.objects.get().state == PreparationState.DONE


def test_another_track_is_recognised_in_the_same_step_or_not_chosen(film: Any, lin: User) -> None:
    recording = film()
    Recording.objects.update(state=PreparationState.DONE)
    with pytest.raises(AlreadyRunning):
        choose_track(recording=recording, track=SILENT, by=lin, options=RecognitionOptions())
    assert list(Recording.objects.values_list("track", "state")) == [(SPEECH, PreparationState.DONE)]
    Transcription.objects.update(state=TranscriptionState.CANCELLED)
    choose_track(recording=recording, track=SILENT, by=lin, options=RecognitionOptions())
    assert Recording.objects.get().track == SILENT
    assert Transcription.objects.get(state=TranscriptionState.QUEUED).track == SILENT


def test_the_track_is_what_is_sent(film: Any, lin: User, flash: Any) -> None:
    flash({"body": ANSWER})
    recording = film()
    run_transcription(recording.transcriptions.get().pk)
    choose_track(recording=recording, track=SILENT, by=lin)
    run_transcription(request_transcription(recording=recording, options=RecognitionOptions(), by=lin).pk)
    runs = recording.transcriptions.order_by("created_at")
    assert list(runs.values_list("state", "track")) == [("done", SPEECH), ("done", SILENT)]
    copies = sorted(path_of(recording.folder).glob("sendable*"))
    assert [(copy.name, is_loud(copy)) for copy in copies] == [
        ("sendable-1-track-0.ogg", False),
        ("sendable-1-track-1.ogg", True),
    ]


def test_answers_to_parts_of_another_track_are_not_joined(film: Any, lin: User, flash: Any) -> None:
    flash({"body": ANSWER})
    recording = film()
    run = recording.transcriptions.get()
    AnswerPart.objects.create(transcription=run, number=1, start_ms=0, end_ms=9, status_code="20000000", raw_answer={})
    choose_track(recording=recording, track=SILENT, by=lin)
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.track, run.parts.count()) == (TranscriptionState.DONE, SILENT, 0)


def test_bundle_brings_its_track(film: Any, lin: User, flash: Any, tmp_path: Path) -> None:
    flash({"body": ANSWER})
    recording = film(track=SILENT)
    run_transcription(recording.transcriptions.get().pk)
    prepare_playback(recording.pk)

    def stored(bundle: Bundle) -> Path:
        file = tmp_path / "film.zip"
        file.write_bytes(b"".join(bundle.stream()))
        return file

    content = stored(build_bundle(recording.transcripts.get()))
    first = content.read_bytes()
    project = get_personal_project(lin)
    made = create_recording(file=content, file_name="a.zip", project=project, options=RecognitionOptions(), by=lin)
    made = Recording.objects.get(pk=made.pk)
    assert (made.track, made.state, path_of(made.playback).name) == (
        SILENT,
        PreparationState.DONE,
        "playback-track-0.m4a",
    )
    assert stored(build_bundle(made.transcripts.get())).read_bytes() == first
