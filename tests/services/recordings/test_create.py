from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection

from tests.conftest import AUDIO
from tests.files import path_of
from transcripts import queue
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.errors import NotRecording
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Recording, Transcript, Transcription
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.recordings.create import create_recording, rename_recording
from transcripts.services.recordings.delete import remove_recording

Upload = Callable[..., Recording]


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_recording_taken_in_is_stored_with_its_file_and_its_transcription(
    lin: User, full_upload: Upload, data_dir: Path
) -> None:
    recording = Recording.objects.get(pk=full_upload(lin).pk)
    described = (
        recording.title,
        recording.file_name,
        recording.size_bytes,
        recording.container,
        recording.codec,
        recording.channels,
        recording.rate_hz,
        recording.api_format,
        recording.duration_ms,
        recording.state,
        recording.uploaded_by,
    )
    assert described == (
        "zh_welcome",
        "zh_welcome.wav",
        177572,
        "wav",
        "pcm_s16le",
        1,
        16000,
        "wav",
        5547,
        PreparationState.QUEUED,
        lin,
    )
    assert path_of(recording.original).read_bytes() == (AUDIO / "zh_welcome.wav").read_bytes()
    assert files_in(data_dir) == [f"media/recordings/{recording.pk}/original"]
    run = recording.transcriptions.get()
    assert (run.state, run.attempt, run.requested_by) == (TranscriptionState.QUEUED, 0, lin)
    assert RecognitionOptions.from_mapping(run.options) == RecognitionOptions()


def test_options_are_stored_with_the_transcription(lin: User, full_upload: Upload) -> None:
    run = full_upload(lin, language="en-US", speakers=True, end_window_ms=800).transcriptions.get()
    expected = RecognitionOptions(language="en-US", speakers=True, end_window_ms=800)
    assert RecognitionOptions.from_mapping(run.options) == expected
    assert run.options == json.loads(json.dumps(expected.to_json()))


def test_both_jobs_are_dispatched_when_the_rows_are_stored(
    lin: User, full_upload: Upload, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as after:
        recording = full_upload(lin)
        assert queue.count_waiting() == 0
    for callback in after:
        callback()
    run = recording.transcriptions.get()
    assert sorted(queue.list_waiting()) == [
        ("prepare", recording.pk),
        ("recognise", run.pk),
    ]


@pytest.mark.parametrize(
    ("clip", "described"),
    [
        ("digits.m4a", ("mov,mp4,m4a,3gp,3g2,mj2", "aac", 1, "")),
        ("mp3_named.wav", ("mp3", "mp3", 1, "mp3")),
        ("mulaw_8k.wav", ("wav", "pcm_mulaw", 1, "")),
        ("riff_size_zero.wav", ("wav", "pcm_s16le", 1, "")),
        ("silence_5s.wav", ("wav", "pcm_s16le", 1, "wav")),
        ("stereo_48k_two_voices.flac", ("flac", "flac", 2, "")),
        ("truncated.mp3", ("mp3", "mp3", 1, "mp3")),
        ("video_with_speech.mp4", ("mov,mp4,m4a,3gp,3g2,mj2", "aac", 1, "")),
    ],
)
def test_odd_file_with_sound_is_taken(
    lin: User, full_upload: Upload, clip: str, described: tuple[str, str, int, str]
) -> None:
    recording = full_upload(lin, f"odd/{clip}")
    found = (recording.container, recording.codec, recording.channels, recording.api_format)
    assert found == described


@pytest.mark.parametrize(("clip", "reason"), [("empty.mp3", "empty"), ("html_page.mp3", "unreadable")])
def test_file_without_sound_is_refused_and_leaves_nothing(
    lin: User, full_upload: Upload, data_dir: Path, clip: str, reason: str
) -> None:
    with pytest.raises(NotRecording) as refused:
        full_upload(lin, f"odd/{clip}")
    assert refused.value.reason == reason
    assert not Recording.objects.exists()
    assert files_in(data_dir / "media") == []


@pytest.mark.parametrize(
    ("file_name", "title"),
    [
        (".wav", ".wav"),
        ("", ""),
        ("長" * 400 + ".wav", "長" * 300),
    ],
)
def test_title_is_made_of_the_file_name(lin: User, data_dir: Path, file_name: str, title: str) -> None:
    recording = create_recording(
        file=shutil.copy(AUDIO / "zh_welcome.wav", data_dir / "uploads" / "part"),
        file_name=file_name,
        project=get_personal_project(lin),
        options=RecognitionOptions(),
        by=lin,
    )
    recording.refresh_from_db()
    assert (recording.title, recording.file_name) == (title, file_name[:300])


def test_rows_that_cannot_be_stored_leave_no_file(lin: User, full_upload: Upload, data_dir: Path) -> None:
    get_personal_project(lin)

    def full(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "transcripts_transcription"'):
            raise DatabaseError("the disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(full), pytest.raises(DatabaseError):
        full_upload(lin)
    assert files_in(data_dir / "media") == []
    assert not Recording.objects.exists()


def test_file_on_another_disk_that_cannot_be_moved_leaves_no_rows(
    lin: User, full_upload: Upload, data_dir: Path
) -> None:
    shutil.rmtree(data_dir / "media")
    (data_dir / "media").write_text("no folder")
    with pytest.raises(OSError):
        full_upload(lin)
    assert not Recording.objects.exists()


def test_renamed_recording_keeps_its_file_name(lin: User, full_upload: Upload) -> None:
    recording = full_upload(lin)
    rename_recording(recording=recording, title="欢迎", by=lin)
    stored = Recording.objects.get()
    assert (recording.title, stored.title, stored.file_name) == ("欢迎", "欢迎", "zh_welcome.wav")


def test_deleted_recording_leaves_neither_rows_nor_files(transcript: Transcript, lin: User, data_dir: Path) -> None:
    remove_recording(transcript.recording)
    assert files_in(data_dir) == []
    assert list((data_dir / "media" / "recordings").iterdir()) == []
    left = (Recording.objects.count(), Transcription.objects.count(), Transcript.objects.count())
    assert left == (0, 0, 0)


def test_deleted_recording_without_its_folder_is_deleted_all_the_same(lin: User, full_upload: Upload) -> None:
    recording = full_upload(lin)
    shutil.rmtree(path_of(recording.folder))
    remove_recording(recording)
    assert not Recording.objects.exists()
