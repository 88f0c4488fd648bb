"""Uploads of what is still being recorded: the page hands them in, or falls silent."""

from __future__ import annotations

import io
import os
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import av
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER, AUDIO
from tests.files import path_of
from transcripts import queue
from transcripts.audio import sandbox
from transcripts.enums import PreparationState
from transcripts.errors import NoRoom, OverQuota, WrongOffset
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Membership, Project, Recording, Upload
from transcripts.models.uploads import SILENT_AFTER
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.maintenance import clean_up, enqueue_due_work
from transcripts.services.projects.projects import create_project
from transcripts.services.recordings.create import create_from_upload
from transcripts.services.recordings.playback import prepare_playback
from transcripts.services.recordings.uploads import MAX_CHUNK_BYTES, append_chunk, begin_growing_upload
from transcripts.services.storage import KEPT_FREE_BYTES
from transcripts.tasks import finish_upload

SOUND = (AUDIO / "zh_welcome.wav").read_bytes()
HALF = len(SOUND) // 2


def begin(by: User, project: Project | None = None, name: str = "Recording.wav") -> Upload:
    return begin_growing_upload(
        file_name=name,
        modified_ms=7,
        project=project or get_personal_project(by),
        options=RecognitionOptions(language="zh-CN"),
        by=by,
    )


def append(upload: Upload, data: bytes) -> int:
    return append_chunk(upload=upload, offset=upload.offset, chunk=io.BytesIO(data))


def fall_silent(upload: Upload) -> None:
    """As if nothing had come for so long."""
    Upload.objects.filter(pk=upload.pk).update(moved_at=timezone.now() - SILENT_AFTER - timedelta(seconds=1))


def hand_in(upload: Upload) -> Recording:
    upload.refresh_from_db()
    project = get_personal_project(upload.by)
    return create_from_upload(upload=upload, project=project, options=RecognitionOptions(), by=upload.by)


def test_grows_until_it_is_handed_in(data_dir: Path, lin: User) -> None:
    upload = begin(lin)
    assert [append(upload, SOUND[:HALF]), append(upload, SOUND[HALF:])] == [HALF, len(SOUND)]
    assert begin(lin) == upload
    assert (begin(lin, name="other"), upload.size_bytes) != (upload, len(SOUND))
    assert path_of(hand_in(upload).original).read_bytes() == SOUND
    assert not Upload.objects.filter(pk=upload.pk).exists()


def test_chunk_that_belongs_elsewhere_is_not_written(data_dir: Path, lin: User) -> None:
    upload = begin(lin)
    append(upload, b"abcde")
    for offset, data in ((0, b"a"), (6, b"x"), (5, b"f" * (MAX_CHUNK_BYTES + 1))):
        with pytest.raises(WrongOffset):
            append_chunk(upload=upload, offset=offset, chunk=io.BytesIO(data))
    assert path_of(upload.key).read_bytes() == b"abcde"


def test_what_came_of_a_silent_page_becomes_a_recording(data_dir: Path, lin: User) -> None:
    upload = begin(lin)
    append(upload, SOUND[:HALF])
    finish_upload(upload.pk)
    assert not Recording.objects.exists()
    fall_silent(upload)
    for _twice in range(2):
        finish_upload(upload.pk)
    recording = Recording.objects.get()
    assert (path_of(recording.original).read_bytes(), recording.title, recording.uploaded_by) == (
        SOUND[:HALF],
        "Recording",
        lin,
    )
    assert recording.transcriptions.get().options["language"] == "zh-CN"
    assert [path.name for path in (data_dir / "uploads").iterdir()] == [path_of(upload.key).name]


def test_workers_look_for_silent_pages(data_dir: Path, lin: User) -> None:
    silent, alive, done = (begin(lin, name=name) for name in ("silent.wav", "alive.wav", "done.wav"))
    for upload in (silent, alive, done):
        append(upload, SOUND)
    for upload in (silent, done):
        fall_silent(upload)
    finish_upload(done.pk)
    quick.empty_queue()
    enqueue_due_work()
    assert [task[1] for task in queue.list_waiting() if task[0] == "finish_upload"] == [silent.pk]


def test_empty_chunk_shows_that_the_page_is_there(data_dir: Path, lin: User) -> None:
    upload = begin(lin)
    append(upload, SOUND)
    fall_silent(upload)
    assert append(upload, b"") == len(SOUND)
    finish_upload(upload.pk)
    assert not Recording.objects.exists()


def test_page_that_comes_back_goes_on(data_dir: Path, lin: User) -> None:
    """What was made of the first half goes to the bin, once the whole is there."""
    upload = begin(lin)
    append(upload, SOUND[:HALF])
    fall_silent(upload)
    finish_upload(upload.pk)
    half = Recording.objects.get()
    again = begin(lin)
    assert (again, again.offset) == (upload, HALF)
    append(again, SOUND[HALF:])
    assert path_of(half.original).read_bytes() == SOUND[:HALF]
    whole = hand_in(upload)
    half.refresh_from_db()
    assert (path_of(whole.original).read_bytes(), whole.binned_at, half.binned_by) == (SOUND, None, lin)


def test_half_that_somebody_has_corrected_stays(data_dir: Path, lin: User) -> None:
    upload = begin(lin)
    append(upload, SOUND[:HALF])
    fall_silent(upload)
    finish_upload(upload.pk)
    half = Recording.objects.get()
    transcript = quick.recognised(half, ANSWER)
    type(transcript).objects.update(version=2)
    append(upload, SOUND[HALF:])
    hand_in(upload)
    assert Recording.objects.filter(binned_at=None).count() == 2


def test_page_that_comes_back_with_nothing_new_gets_what_was_made(data_dir: Path, lin: User) -> None:
    upload = begin(lin)
    append(upload, SOUND)
    fall_silent(upload)
    finish_upload(upload.pk)
    assert hand_in(upload) == Recording.objects.get()
    assert not Upload.objects.exists()


def test_page_that_hands_in_meanwhile_is_quicker(
    data_dir: Path, lin: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    upload = begin(lin)
    append(upload, SOUND)
    fall_silent(upload)
    probe = sandbox.probe_in_turn

    def probe_late(*arguments: Any, **options: Any) -> Any:
        monkeypatch.undo()
        hand_in(upload)
        return probe(*arguments, **options)

    monkeypatch.setattr(sandbox, "probe_in_turn", probe_late)
    with django_capture_on_commit_callbacks(execute=True):
        finish_upload(upload.pk)
    assert (Recording.objects.count(), Upload.objects.count()) == (1, 0)
    assert len(list((data_dir / "media/recordings").iterdir())) == 1
    assert list((data_dir / "uploads").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no sound"])
def test_silent_page_that_sent_no_sound_is_forgotten(
    data_dir: Path, lin: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    upload = begin(lin)
    if content:
        append(upload, content)
    fall_silent(upload)
    with django_capture_on_commit_callbacks(execute=True):
        finish_upload(upload.pk)
    assert (Recording.objects.count(), Upload.objects.count()) == (0, 0)
    assert list((data_dir / "uploads").iterdir()) == []


def test_who_left_the_project_keeps_the_recording(data_dir: Path, lin: User, ana: User) -> None:
    project = create_project(name="Talks", by=ana)
    Membership.objects.create(project=project, user=lin, role="editor")
    upload = begin(lin, project)
    append(upload, SOUND)
    Membership.objects.filter(user=lin, project=project).delete()
    fall_silent(upload)
    finish_upload(upload.pk)
    assert Recording.objects.get().project == get_personal_project(lin)


def test_recording_beyond_a_quota_stops_where_it_is_reached(data_dir: Path, lin: User, settings: Any) -> None:
    settings.QUOTAS = {**settings.QUOTAS, "person_bytes": HALF}
    upload = begin(lin)
    append(upload, SOUND[:HALF])
    with pytest.raises(OverQuota):
        append(upload, SOUND[HALF:])
    assert hand_in(upload).size_bytes == HALF
    with pytest.raises(OverQuota):
        begin(lin)
    assert not Upload.objects.exists()


def test_recording_of_a_silent_page_waits_for_its_quota(data_dir: Path, lin: User, settings: Any) -> None:
    upload = begin(lin)
    append(upload, SOUND)
    quotas = settings.QUOTAS
    settings.QUOTAS = {**quotas, "person_bytes": 10}
    fall_silent(upload)
    finish_upload(upload.pk)
    assert (Recording.objects.count(), upload.offset, upload.is_silent) == (0, len(SOUND), False)
    settings.QUOTAS = quotas
    fall_silent(upload)
    finish_upload(upload.pk)
    assert Recording.objects.get().size_bytes == len(SOUND)


def test_chunk_needs_room_for_itself(data_dir: Path, lin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = begin(lin)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Mock(free=KEPT_FREE_BYTES + 5))
    assert append(upload, b"12345") == 5
    with pytest.raises(NoRoom):
        append(upload, b"123456")
    assert upload.offset == 5


def test_what_is_still_to_become_a_recording_is_not_cleaned_up(
    data_dir: Path, lin: User, django_capture_on_commit_callbacks: Any
) -> None:
    """No worker ran for days."""
    upload = begin(lin)
    append(upload, SOUND)
    ago = time.time() - 3 * 24 * 60 * 60
    os.utime(path_of(upload.key), (ago, ago))
    Upload.objects.update(moved_at=timezone.now() - timedelta(days=3))
    clean_up()
    assert path_of(upload.key).exists()
    finish_upload(upload.pk)
    with django_capture_on_commit_callbacks(execute=True):
        clean_up()
    assert (Recording.objects.count(), Upload.objects.count(), path_of(upload.key).exists()) == (1, 0, False)


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("ogg", "libopus"), ("mp4", "aac")])
def test_what_browsers_record_is_read_to_where_it_was_cut(
    data_dir: Path, lin: User, container: str, codec: str
) -> None:
    """Pieces without a length or an index; 11 s of speech, of which a quarter did not come."""
    content = record(container, codec)
    upload = begin(lin, name=f"Recording.{container}")
    append(upload, content[: len(content) * 3 // 4])
    fall_silent(upload)
    finish_upload(upload.pk)
    prepare_playback(Recording.objects.get().pk)
    recording = Recording.objects.get()
    assert recording.state == PreparationState.DONE
    assert 7_000 < (recording.duration_ms or 0) < 9_500


def record(container: str, codec: str) -> bytes:
    fragments = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "1000000"}
    options = {"mp4": fragments, "webm": {"live": "1"}}.get(container, {})
    pipe = io.BytesIO()
    with av.open(AUDIO / "en_jfk.flac") as source, av.open(pipe, "w", format=container, options=options) as target:
        stream = target.add_stream(codec, rate=48_000)
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return pipe.getvalue()
