"""What S3 can do wrong, each with its end: what was accepted is there, and what was not is told and tried again."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.test import Client
from django.urls import reverse

from tests.bucket import Bucket, Fault, FaultyS3, be_slow, corrupt, cut_short, hang_up, lose, refuse, tell_other_sum
from tests.conftest import AUDIO
from transcripts.enums import PreparationState
from transcripts.errors import StoreUnavailable, WrongOffset
from transcripts.flash.options import RecognitionOptions
from transcripts.management.readiness import check_readiness
from transcripts.models import Recording, Upload
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.recordings.create import create_from_upload
from transcripts.services.recordings.playback import prepare_playback
from transcripts.services.recordings.uploads import append_chunk, begin_upload, finish_upload
from transcripts.services.store import s3
from transcripts.services.store.s3 import S3Store
from transcripts.services.store.scratch import scratch_folder

pytestmark = pytest.mark.long

SOUND = (AUDIO / "zh_welcome.wav").read_bytes()
KEY = "recordings/1/original"
LARGE = os.urandom(6 * 1024**2)


@pytest.fixture
def store(bucket: Bucket, faulty: FaultyS3, data_dir: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """Through the faulty proxy, with two attempts instead of four."""
    monkeypatch.setattr(s3, "_ATTEMPTS", 2)
    settings.FILES_URL = bucket.url(faulty.address)
    return S3Store(settings.FILES_URL)


def put(store: S3Store, data: bytes = SOUND, key: str = KEY) -> None:
    with scratch_folder() as folder:
        (folder / "made").write_bytes(data)
        store.put(folder / "made", key)


@pytest.mark.drill
@pytest.mark.parametrize(
    ("request_line", "fault"),
    [("^PUT", refuse()), ("^PUT", hang_up), ("^PUT", tell_other_sum), ("^PUT", refuse(400, "BadDigest"))],
)
def test_file_that_was_not_stored_is_sent_again(
    store: S3Store, faulty: FaultyS3, request_line: str, fault: Fault
) -> None:
    faulty.faults.append((request_line, fault))
    put(store)
    assert b"".join(store.read(KEY)) == SOUND
    assert not faulty.faults


@pytest.mark.drill
@pytest.mark.parametrize("fault", [refuse(), hang_up, cut_short, corrupt, be_slow(0.5)])
def test_file_that_did_not_come_as_it_is_is_read_again(store: S3Store, faulty: FaultyS3, fault: Fault) -> None:
    put(store)
    faulty.faults.append(("^GET", fault))
    with store.local(KEY) as path:
        assert path.read_bytes() == SOUND
    assert not faulty.faults


@pytest.mark.drill
def test_stream_that_is_cut_short_goes_on_where_it_stopped(store: S3Store, faulty: FaultyS3) -> None:
    put(store, LARGE)
    faulty.faults += [("^GET", cut_short), ("^GET", cut_short)]
    assert b"".join(store.read(KEY, 5, len(LARGE) - 5)) == LARGE[5:-5]


@pytest.mark.drill
@pytest.mark.parametrize(
    "faults", [[refuse()] * 4, [hang_up] * 4, [corrupt] * 4, [be_slow(3)] * 4, [refuse(403, "Denied")]]
)
def test_what_does_not_come_at_all_is_told(
    store: S3Store, faulty: FaultyS3, faults: list[Fault], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store)
    monkeypatch.setattr(s3, "_SILENT_SECONDS", 1)
    impatient = S3Store(settings.FILES_URL)
    faulty.faults += [("^GET", fault) for fault in faults]
    with pytest.raises(StoreUnavailable, match=KEY), impatient.local(KEY):
        pass
    faulty.faults.clear()
    assert b"".join(store.read(KEY)) == SOUND


@pytest.mark.drill
def test_part_that_is_lost_is_told_and_sent_again(
    store: S3Store, faulty: FaultyS3, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_PART_BYTES", 5 * 1024**2)
    faulty.faults.append(("^PUT.*partNumber=1", lose))
    with pytest.raises(StoreUnavailable):
        put(store, LARGE)
    assert (bucket.sizes, bucket.begun) == ({}, 0)
    put(store, LARGE)
    assert b"".join(store.read(KEY)) == LARGE


@pytest.mark.drill
def test_upload_goes_on_after_every_fault(
    store: S3Store, faulty: FaultyS3, bucket: Bucket, lins_client: Client, lin: User
) -> None:
    """The page is told that the chunk was not stored, sends it again, and nothing is lost or there twice."""
    body = LARGE + LARGE[:1000]
    upload = begin_upload(file_name="talk.wav", size_bytes=len(body), modified_ms=7, by=lin)

    def send(start: int, end: int) -> tuple[int, str | None]:
        answer = lins_client.patch(
            reverse("upload", args=[upload.pk]),
            body[start:end],
            content_type="application/octet-stream",
            headers={"Upload-Offset": str(start)},
        )
        return answer.status_code, answer.headers.get("Upload-Offset")

    assert send(0, 500) == (204, "500")
    for fault in (refuse(), hang_up):
        faulty.faults += [("^PUT", fault)] * 2
        status, _offset = send(500, 1000)
        assert (status, Upload.objects.get().offset) == (503, 500)
    assert send(500, 1000) == (204, "1000")
    assert send(500, 1000) == (409, "1000")
    assert send(1000, len(body) - 5)[0] == 204
    assert send(len(body) - 5, len(body))[0] == 204
    assert finish_upload(upload) == len(body)
    assert b"".join(store.read(upload.key)) == body


@pytest.mark.drill
def test_chunk_that_s3_has_lost_is_asked_for_again(
    store: S3Store, bucket: Bucket, data_dir: Path, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_LEAST_PART_BYTES", 5)
    upload = begin_upload(file_name="talk.wav", size_bytes=len(SOUND), modified_ms=7, by=lin)
    append_chunk(upload=upload, offset=0, chunk=io.BytesIO(SOUND[:1000]))
    append_chunk(upload=upload, offset=1000, chunk=io.BytesIO(SOUND[1000:]))
    bucket.client.delete_object(Bucket=bucket.name, Key=f"in/{upload.chunks['sealed'][1][0]}")
    project = get_personal_project(lin)
    with pytest.raises(WrongOffset) as wrong:
        create_from_upload(upload=upload, project=project, options=RecognitionOptions(), by=lin)
    again = begin_upload(file_name="talk.wav", size_bytes=len(SOUND), modified_ms=7, by=lin)
    assert (again.pk, again.offset, wrong.value.offset) == (upload.pk, 1000, 1000)


@pytest.mark.drill
def test_preparation_is_tried_again_while_s3_is_away(
    store: S3Store, faulty: FaultyS3, data_dir: Path, lin: User, lins_client: Client, upload: Callable[..., Recording]
) -> None:
    recording = upload(lin)
    put(store, SOUND, recording.original)
    faulty.faults += [("^PUT", refuse())] * 2
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.error, recording.playback_bytes) == (
        PreparationState.QUEUED,
        "out_of_reach",
        None,
    )
    Recording.objects.update(not_before=None)
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert recording.state == PreparationState.DONE
    faulty.faults += [("^GET", refuse())] * 2
    answer = lins_client.get(reverse("recording_audio", args=[recording.pk]))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "be reached at the moment" in answer.content.decode()
    assert lins_client.get(reverse("recording_audio", args=[recording.pk])).status_code == 200


def test_process_does_not_start_without_its_files(store: S3Store, faulty: FaultyS3, db: None) -> None:
    faulty.faults += [("^GET", refuse())] * 2
    with pytest.raises(CommandError, match="The files cannot be reached, see FILES_URL"):
        check_readiness()


def test_rows_and_logs_have_no_keys(bucket: Bucket) -> None:
    store = S3Store(bucket.url())
    assert "secret" in bucket.url()
    assert "secret" not in store.url
    assert "secret" not in str(store.append("uploads/u", {}, 0, [b"abc"]))
