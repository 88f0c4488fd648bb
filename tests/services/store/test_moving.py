"""An installation in a bucket, and one that moves there and back while people work."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.bucket import Bucket
from tests.conftest import ANSWER, AUDIO
from transcripts import tasks
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.errors import StoreUnavailable
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Recording, Upload
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.installation import check_installation
from transcripts.services.maintenance import clean_up
from transcripts.services.move_files import move_files
from transcripts.services.recognition.run import request_transcription, run_transcription
from transcripts.services.recordings import uploads
from transcripts.services.recordings.create import create_from_upload, create_recording
from transcripts.services.recordings.delete import remove_recording
from transcripts.services.recordings.playback import prepare_playback
from transcripts.services.recordings.uploads import append_chunk, begin_growing_upload, begin_upload, finish_upload
from transcripts.services.store.folder import FolderStore
from transcripts.services.store.s3 import S3Store
from transcripts.services.store.store import get_store

pytestmark = pytest.mark.long

SOUND = (AUDIO / "zh_welcome.wav").read_bytes()


def files_in(data_dir: Path) -> list[str]:
    paths = (path for path in data_dir.rglob("*") if path.is_file() and path.parent.name != "scratch")
    return sorted(str(path.relative_to(data_dir)) for path in paths)


def append(upload: Upload, data: bytes) -> int:
    return append_chunk(upload=upload, offset=upload.offset or 0, chunk=io.BytesIO(data))


def play(client: Client, recording: Recording, **headers: str) -> bytes:
    answer = client.get(reverse("recording_audio", args=[recording.pk]), headers=headers)
    assert answer.status_code in {200, 206}
    return b"".join(answer)  # type: ignore[arg-type]


@pytest.fixture
def in_bucket(bucket: Bucket, data_dir: Path, settings: Any) -> Bucket:
    settings.FILES_URL = bucket.url()
    return bucket


def test_recording_lives_in_the_bucket_alone(
    in_bucket: Bucket,
    lin: User,
    lins_client: Client,
    flash: Callable[..., Any],
    data_dir: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    flash({"body": ANSWER})
    check_installation()
    content = (AUDIO / "odd/stereo_48k_two_voices.flac").read_bytes()
    upload = begin_upload(file_name="talk.flac", size_bytes=len(content), modified_ms=7, by=lin)
    append(upload, content[:1000])
    append(upload, content[1000:])
    project = get_personal_project(lin)
    with django_capture_on_commit_callbacks(execute=True):
        recording = create_from_upload(upload=upload, project=project, options=RecognitionOptions(), by=lin)
    Recording.objects.update(api_format="")
    prepare_playback(recording.pk)
    for run in (recording.transcriptions.get(), recognise_again(recording, lin)):
        run_transcription(run.pk)
        run.refresh_from_db()
        assert run.state == TranscriptionState.DONE, run.message
    recording.refresh_from_db()
    names = {"original": len(content), "playback.m4a": recording.playback_bytes, "peaks.dat": recording.peaks_bytes}
    sizes = {key.partition(f"{recording.pk}/")[2]: size for key, size in in_bucket.sizes.items() if "/" in key}
    assert {name: sizes.get(name) for name in names} == names
    assert sizes.keys() - names.keys() == {"sendable-1.ogg"}
    whole = play(lins_client, recording)
    assert (len(whole), play(lins_client, recording, Range="bytes=10-19")) == (recording.playback_bytes, whole[10:20])
    for name in ("recording_peaks", "recording_overview"):
        assert lins_client.get(reverse(name, args=[recording.pk])).status_code == 200
    transcript = recording.transcripts.all()[0]
    exported = [
        b"".join(lins_client.get(reverse(name, args=[transcript.pk])))  # type: ignore[arg-type]
        for name in ("transcript_clips", "transcript_bundle")
    ]
    bundle = data_dir / "bundle.zip"
    bundle.write_bytes(exported[1])
    made = create_recording(file=bundle, file_name="b.zip", project=project, options=RecognitionOptions(), by=lin)
    bundle.unlink()
    assert b"".join(get_store().read(made.original)) == content
    assert play(lins_client, made) == whole
    assert (files_in(data_dir), in_bucket.begun) == ([], 0)
    with django_capture_on_commit_callbacks(execute=True):
        for one in (recording, made):
            remove_recording(one)
    assert in_bucket.sizes.keys() == {"installation"}


def recognise_again(recording: Recording, by: User) -> Any:
    run_transcription(recording.transcriptions.get().pk)
    request_transcription(recording=recording, options=RecognitionOptions(), by=by)
    return recording.transcriptions.order_by("-created_at")[0]


def test_recorder_grows_in_the_bucket_and_its_page_may_come_back(
    in_bucket: Bucket,
    lin: User,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:

    options = RecognitionOptions()
    upload = begin_growing_upload(
        file_name="r.wav", modified_ms=7, project=get_personal_project(lin), options=options, by=lin
    )
    half = len(SOUND) // 2
    for start in range(0, half, half // 4):
        append(upload, SOUND[start : min(half, start + half // 4)])
    Upload.objects.update(moved_at=timezone.now() - timedelta(minutes=2))
    tasks.finish_upload(upload.pk)
    assert b"".join(get_store().read(Recording.objects.get().original)) == SOUND[:half]
    upload.refresh_from_db()
    append(upload, SOUND[half:])
    with django_capture_on_commit_callbacks(execute=True):
        whole = create_from_upload(upload=upload, project=get_personal_project(lin), options=options, by=lin)
    assert b"".join(get_store().read(whole.original)) == SOUND
    assert not [key for key in in_bucket.sizes if key.startswith("uploads/")]


def test_what_nobody_goes_on_with_is_cleaned_up_in_the_bucket(
    in_bucket: Bucket, lin: User, upload: Callable[..., Recording], django_capture_on_commit_callbacks: Any
) -> None:
    check_installation()
    with django_capture_on_commit_callbacks(execute=True):
        stale = begin_upload(file_name="stale", size_bytes=9, modified_ms=7, by=lin)
        kept = begin_upload(file_name="kept", size_bytes=9, modified_ms=7, by=lin)
        for one in (stale, kept):
            append(one, b"abc")
        append_then_delete = begin_upload(file_name="gone", size_bytes=9, modified_ms=7, by=lin)
        append(append_then_delete, b"abc")
        append_then_delete.delete()
        Upload.objects.filter(pk=stale.pk).update(moved_at=timezone.now() - timedelta(days=2))
        clean_up()
    assert {key.split("/")[1] for key in in_bucket.sizes if "/" in key} == {f"{kept.pk}.part"}
    with pytest.raises(Upload.DoesNotExist):
        append(stale, b"def")


class Killed(BaseException):
    """As if the process had ended there."""


@pytest.fixture
def full(data_dir: Path, lin: User, upload: Callable[..., Recording]) -> Iterator[tuple[Recording, Upload]]:
    """An installation in the folder, with a recording, an upload under way, and something in the trash."""
    check_installation()
    recording = upload(lin)
    prepare_playback(recording.pk)
    Recording.objects.update(playback_bytes=None, peaks_bytes=None, prepared_at=None)  # as an older version left it
    under_way = begin_upload(file_name="talk.wav", size_bytes=len(SOUND), modified_ms=7, by=lin)
    append(under_way, SOUND[:1000])
    trash = FolderStore().path("trash/2999-01-02/1/original")
    trash.parent.mkdir(parents=True)
    trash.write_bytes(b"trash")
    return recording, under_way


@pytest.mark.drill
def test_installation_moves_to_the_bucket_and_back_though_it_is_killed(
    full: tuple[Recording, Upload],
    lin: User,
    lins_client: Client,
    bucket: Bucket,
    data_dir: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recording, under_way = full
    folder = FolderStore()
    sound = folder.path(recording.playback).read_bytes()
    keys = [recording.original, recording.peaks, recording.playback, "installation", "trash/2999-01-02/1/original"]
    content = {key: folder.path(key).read_bytes() for key in keys}
    for new, old in ((bucket.url(), ""), ("", bucket.url())):
        settings.FILES_URL, settings.FILES_FROM = new, old
        check_installation()
        assert play(lins_client, recording) == sound
        before = Upload.objects.get(pk=under_way.pk).offset or 0
        under_way.refresh_from_db()
        append(under_way, SOUND[before : before + 500])
        assert move_files()[1] == 1  # The upload is not silent.
        assert play(lins_client, recording) == sound
        Upload.objects.update(moved_at=timezone.now() - timedelta(minutes=2))
        put_back(new, old, content)
        for step in ("put", "find", "delete"):
            with monkeypatch.context() as killed:
                killed.setattr(type(get_store().new if step == "put" else get_store().old), step, kill)  # type: ignore[attr-defined]
                with pytest.raises(Killed):
                    move_files()
            assert {key: b"".join(get_store().read(key)) for key in keys} == content
        while move_files()[1]:
            pass
        settings.FILES_FROM = None
        check_installation()
        assert {key: b"".join(get_store().read(key)) for key in keys} == content
        assert (files_in(data_dir) if new else [*bucket.sizes]) == []
        recording.refresh_from_db()
        assert (play(lins_client, recording), recording.playback_bytes) == (sound, len(sound))
    under_way.refresh_from_db()
    append(under_way, SOUND[under_way.offset :])
    assert finish_upload(under_way) == len(SOUND)
    assert folder.path(under_way.key).read_bytes() == SOUND


def kill(*_arguments: object) -> None:
    raise Killed


def put_back(new: str, old: str, content: dict[str, bytes]) -> None:
    """Moves the files to the old place again, as the tests of kills need some there."""
    store = get_store()
    for key, data in content.items():
        if key != "installation":
            file = FolderStore().path("scratch/again")
            file.write_bytes(data)
            store.old.put(file, key)  # type: ignore[attr-defined]
            store.new.delete(key)  # type: ignore[attr-defined]
            file.unlink()


@pytest.mark.drill
def test_file_that_came_changed_is_not_deleted_where_it_was(
    full: tuple[Recording, Upload], bucket: Bucket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, _upload = full
    settings.FILES_URL, settings.FILES_FROM = bucket.url(), ""
    put = S3Store.put

    def put_other(store: S3Store, file: Path, key: str) -> None:
        other = file.with_name("other")
        other.write_bytes(b"x" + file.read_bytes()[1:])
        put(store, other, key)
        other.unlink()

    monkeypatch.setattr(S3Store, "put", put_other)
    with pytest.raises(StoreUnavailable, match="what was stored is not what was sent"):
        move_files()
    assert FolderStore().path(recording.original).read_bytes() == SOUND
    assert not [key for key in bucket.sizes if key.startswith("recordings/")]


@pytest.mark.drill
def test_what_is_made_anew_meanwhile_stays(full: tuple[Recording, Upload], bucket: Bucket, settings: Any) -> None:
    recording, _upload = full
    settings.FILES_URL, settings.FILES_FROM = bucket.url(), ""
    Recording.objects.update(state=PreparationState.QUEUED)
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert bucket.sizes == {recording.playback: recording.playback_bytes, recording.peaks: recording.peaks_bytes}
    FolderStore().path(recording.playback).write_bytes(b"of an older version")
    Recording.objects.update(state=PreparationState.RUNNING)
    assert move_files()[1] > 1  # What is being prepared waits.
    Recording.objects.update(state=PreparationState.DONE)
    move_files()
    assert get_store().new.find(recording.playback).size_bytes == recording.playback_bytes  # type: ignore[attr-defined]
    assert not FolderStore().path(recording.playback).exists()


@pytest.mark.drill
@pytest.mark.parametrize("what", ["cancelled", "lost", "continued"])
def test_upload_that_changes_while_files_move_stops_nothing(
    full: tuple[Recording, Upload], bucket: Bucket, settings: Any, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A chunk that began to arrive before the move never counts for the place that was left."""
    recording, under_way = full
    settings.FILES_URL, settings.FILES_FROM = bucket.url(), ""
    Upload.objects.update(moved_at=timezone.now() - timedelta(minutes=2))
    under_way.refresh_from_db()
    stale = Upload.objects.get()
    hold = FolderStore.hold

    def hold_late(store: FolderStore, key: str) -> Any:
        if what == "cancelled":
            Upload.objects.get().delete()
        elif what == "lost":
            store.path(key).write_bytes(SOUND[:10])
        return hold(store, key)

    monkeypatch.setattr(FolderStore, "hold", hold_late)
    waiting = move_files()[1]
    assert get_store().new.find(recording.original).size_bytes == len(SOUND)  # type: ignore[attr-defined]
    if what == "continued":
        assert not uploads._move(stale, offset=1001, chunks={})
        under_way.refresh_from_db()
        assert (waiting, append(under_way, SOUND[1000:])) == (0, len(SOUND))
    else:
        left = list(Upload.objects.values_list("offset", flat=True))
        assert (waiting, left) == ((0, []) if what == "cancelled" else (1, [10]))


@pytest.mark.drill
def test_recording_deleted_while_files_move_leaves_nothing(
    full: tuple[Recording, Upload], bucket: Bucket, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, _upload = full
    settings.FILES_URL, settings.FILES_FROM = bucket.url(), ""
    put = S3Store.put

    def put_late(store: S3Store, file: Path, key: str) -> None:
        if key == recording.peaks:
            remove_recording(recording)
        put(store, file, key)

    monkeypatch.setattr(S3Store, "put", put_late)
    move_files()
    left = [key for key in [*bucket.sizes, *files_in(settings.DATA_DIR)] if "recordings/" in key]
    assert (left, Recording.objects.count()) == ([], 0)


def test_command_says_what_is_missing(data_dir: Path, db: None, settings: Any, capsys: Any) -> None:
    with pytest.raises(CommandError, match="set FILES_URL to the new place and FILES_FROM to the old one"):
        call_command("move_files")
