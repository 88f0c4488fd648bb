from __future__ import annotations

import errno
import io
import resource
import shutil
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.utils import timezone

from tests.conftest import AUDIO
from tests.files import path_of
from transcripts.errors import NoRoom, NotRecording, WrongOffset
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Recording, Upload
from transcripts.places import Busy
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.maintenance import clean_up
from transcripts.services.recordings import create
from transcripts.services.recordings.create import create_from_upload
from transcripts.services.recordings.uploads import MAX_CHUNK_BYTES, RESERVED_FOR, append_chunk, begin_upload
from transcripts.services.storage import KEPT_FREE_BYTES

SOUND = (AUDIO / "zh_welcome.wav").read_bytes()


def begin(by: User, size: int = len(SOUND), name: str = "talk.wav") -> Upload:
    return begin_upload(file_name=name, size_bytes=size, modified_ms=7, by=by)


def append(upload: Upload, offset: int, data: bytes) -> int:
    return append_chunk(upload=upload, offset=offset, chunk=io.BytesIO(data))


def create_recording(upload: Upload, by: User) -> Recording:
    project = get_personal_project(by)
    return create_from_upload(upload=upload, project=project, options=RecognitionOptions(), by=by)


def test_file_comes_chunk_by_chunk_and_becomes_a_recording(
    data_dir: Any, lin: User, django_capture_on_commit_callbacks: Any
) -> None:
    upload = begin(lin)
    assert append(upload, 0, SOUND[:1000]) == 1000
    assert append(upload, 1000, SOUND[1000:]) == len(SOUND)
    path = path_of(upload.key)
    with django_capture_on_commit_callbacks(execute=True):
        recording = create_recording(upload, lin)
    assert (path_of(recording.original).read_bytes() == SOUND, recording.title, recording.size_bytes) == (
        True,
        "talk",
        len(SOUND),
    )
    assert (Upload.objects.count(), path.exists()) == (0, False)


def test_same_file_goes_on_where_it_stopped(data_dir: Any, lin: User, ana: User) -> None:
    upload = begin(lin)
    append(upload, 0, SOUND[:1000])
    assert (begin(lin), begin(lin).offset) == (upload, 1000)
    others = [begin(ana), begin(lin, name="other.wav"), begin(lin, size=5)]
    assert [(other.pk != upload.pk, other.offset) for other in others] == [(True, 0)] * 3


def test_chunk_that_belongs_elsewhere_is_not_written(data_dir: Any, lin: User) -> None:
    upload = begin(lin, size=10)
    append(upload, 0, b"abcde")
    for offset, data in ((0, b"abcde"), (6, b"x"), (5, b"fghijk"), (5, b"f" * (MAX_CHUNK_BYTES + 1))):
        with pytest.raises(WrongOffset) as wrong:
            append(upload, offset, data)
        assert (wrong.value.offset, path_of(upload.key).read_bytes()) == (5, b"abcde")
    assert append(upload, 5, b"fghij") == 10


def test_chunk_that_comes_after_the_upload_was_cancelled_leaves_nothing(data_dir: Any, lin: User) -> None:
    upload = begin(lin)
    Upload.objects.get(pk=upload.pk).delete()
    with pytest.raises(Upload.DoesNotExist):
        append(upload, 0, SOUND)
    assert not path_of(upload.key).exists()


def test_file_that_is_not_whole_is_not_taken_in(data_dir: Any, lin: User) -> None:
    upload = begin(lin)
    append(upload, 0, SOUND[:1000])
    with pytest.raises(WrongOffset):
        create_recording(upload, lin)
    assert (Recording.objects.count(), upload.offset) == (0, 1000)


@pytest.mark.parametrize("content", [b"", b"<html>"])
def test_file_without_sound_is_refused_and_forgotten(
    data_dir: Any, lin: User, content: bytes, django_capture_on_commit_callbacks: Any
) -> None:
    upload = begin(lin, size=len(content))
    append(upload, 0, content)
    path = path_of(upload.key)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(NotRecording):
        create_recording(upload, lin)
    assert (Recording.objects.count(), Upload.objects.count(), path.exists()) == (0, 0, False)


def test_file_larger_than_the_disk_is_refused_at_once(data_dir: Any, lin: User, settings: Any) -> None:
    with pytest.raises(NoRoom):
        begin(lin, size=shutil.disk_usage(settings.FILE_UPLOAD_TEMP_DIR).total)


def test_uploads_of_which_nothing_is_left_are_forgotten(data_dir: Any, lin: User) -> None:
    old, begun, new = begin(lin, name="old"), begin(lin, name="begun"), begin(lin, name="new")
    append(begun, 0, b"abc")
    Upload.objects.filter(pk=old.pk).update(moved_at=timezone.now() - timedelta(days=2))
    clean_up()
    assert set(Upload.objects.all()) == {begun, new}
    assert old.offset == 0


def sound_in_whole(lin: User) -> Upload:
    upload = begin(lin)
    append(upload, 0, SOUND)
    return upload


@pytest.mark.parametrize("trouble", [OperationalError("database is locked"), RuntimeError("broken"), Busy()])
def test_file_that_came_in_whole_stays_until_its_recording_is_stored(
    data_dir: Path, lin: User, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    upload = sound_in_whole(lin)
    with monkeypatch.context() as broken:
        broken.setattr(create, "request_transcription", Mock(side_effect=trouble))
        with pytest.raises(type(trouble)):
            create_recording(upload, lin)
    assert (Upload.objects.get(), upload.offset, Recording.objects.count()) == (upload, len(SOUND), 0)
    assert list((data_dir / "media").glob("recordings/*")) == []
    assert path_of(create_recording(upload, lin).original).read_bytes() == SOUND
    assert not Upload.objects.exists()


def test_file_stays_where_there_is_no_room_for_its_copy(
    data_dir: Path, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = sound_in_whole(lin)
    with monkeypatch.context() as full:
        full.setattr(Path, "hardlink_to", Mock(side_effect=OSError(errno.EXDEV, "elsewhere")))
        full.setattr(shutil, "copyfile", Mock(side_effect=OSError(errno.ENOSPC, "full")))
        with pytest.raises(NoRoom):
            create_recording(upload, lin)
    assert list((data_dir / "media").glob("recordings/*")) == []
    assert path_of(create_recording(upload, lin).original).read_bytes() == SOUND


def test_upload_cancelled_while_its_recording_is_stored_is_no_error(
    data_dir: Path, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = sound_in_whole(lin)
    request = create.request_transcription

    def cancel(**asked: Any) -> Any:
        Upload.objects.get().delete()
        return request(**asked)

    monkeypatch.setattr(create, "request_transcription", cancel)
    recording = create_recording(upload, lin)
    assert (Recording.objects.get(), Upload.objects.count()) == (recording, 0)


def test_chunk_that_can_be_written_in_part_leaves_nothing(data_dir: Path, lin: User) -> None:
    """The kernel writes as much as it may of what is too long, as it does on a full disk."""
    upload = begin(lin)
    append(upload, 0, SOUND[:1000])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1500, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            append(upload, 1000, SOUND[1000:])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert path_of(upload.key).read_bytes() == SOUND[:1000]
    assert append(upload, 1000, SOUND[1000:]) == len(SOUND)


def test_two_uploads_cannot_claim_the_same_disk(
    data_dir: Path, lin: User, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = KEPT_FREE_BYTES + 1000
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Mock(free=free))
    first = begin(lin, size=600)
    with pytest.raises(NoRoom):
        begin(ana, size=600)
    assert list(Upload.objects.all()) == [first]
    append(first, 0, b"x" * 300)
    free -= 300
    assert begin(ana, size=400).size_bytes == 400
    with pytest.raises(NoRoom):
        begin(ana, size=401)
    assert begin(lin, size=600) == first  # which goes on in its own room


def test_upload_that_stands_still_reserves_nothing(
    data_dir: Path, lin: User, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Mock(free=KEPT_FREE_BYTES + 1000))
    begin(lin, size=600)
    Upload.objects.update(moved_at=timezone.now() - RESERVED_FOR)
    assert begin(ana, size=600).offset == 0
