"""What every store promises, asked of each."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.bucket import Bucket, FaultyS3, Forward, Reply
from transcripts.errors import NoRoom
from transcripts.services.store import s3
from transcripts.services.store.base import ChunksLost, Store
from transcripts.services.store.folder import FolderStore
from transcripts.services.store.moving import MovingStore
from transcripts.services.store.s3 import S3Store
from transcripts.services.store.scratch import clean_up_scratch, scratch_folder

pytestmark = pytest.mark.long

SOUND = bytes(range(256)) * 1200  # more than one chunk
KEY = "recordings/1/original"


@pytest.fixture(params=["folder", "s3", "moving"])
def store(request: Any, data_dir: Path) -> Store:
    if request.param == "folder":
        return FolderStore()
    there = S3Store(request.getfixturevalue("bucket").url())
    return there if request.param == "s3" else MovingStore(there, FolderStore())


def put(store: Store, data: bytes, key: str = KEY) -> None:
    with scratch_folder() as folder:
        (folder / "made").write_bytes(data)
        store.put(folder / "made", key)
        assert (folder / "made").read_bytes() == data


def test_file_is_read_whole_in_ranges_and_by_a_path(store: Store, tmp_path: Path) -> None:
    put(store, SOUND)
    found = store.find(KEY)
    assert (found.key, found.size_bytes) == (KEY, len(SOUND))
    assert abs(datetime.now(UTC) - found.modified_at) < timedelta(minutes=1)
    assert b"".join(store.read(KEY)) == SOUND
    spans = [(0, 1), (5, 300_000), (len(SOUND) - 1, len(SOUND)), (7, None)]
    assert [b"".join(store.read(KEY, *span)) for span in spans] == [SOUND[slice(*span)] for span in spans]
    with store.local(KEY) as path:
        assert path.read_bytes() == SOUND
    store.fetch(KEY, tmp_path / "mine")
    put(store, b"")
    assert ((tmp_path / "mine").read_bytes(), list(store.read(KEY)), store.find(KEY).size_bytes) == (SOUND, [], 0)


def test_what_is_not_there_says_so(store: Store, tmp_path: Path) -> None:
    for look in (
        store.find,
        store.read,
        lambda key: store.fetch(key, tmp_path / "x"),
        lambda key: store.copy(key, "k"),
    ):
        with pytest.raises(FileNotFoundError):
            look(KEY)
    with pytest.raises(FileNotFoundError), store.local(KEY):
        pass
    store.delete(KEY)
    store.delete_all("recordings/1/")
    assert (list(store.list("recordings/")), list(store.list_folders("recordings/"))) == ([], [])


def test_files_are_listed_copied_moved_and_deleted(store: Store) -> None:
    for key in ("recordings/1/original", "recordings/1/parts-1/0-5.ogg", "recordings/11/original"):
        put(store, SOUND[:5], key)
    store.copy(KEY, "recordings/1/copy")
    assert [(file.key, file.size_bytes) for file in store.list("recordings/1/")] == [
        (f"recordings/1/{name}", 5) for name in ("copy", "original", "parts-1/0-5.ogg")
    ]
    assert [name for name, _changed_at in store.list_folders("recordings/")] == ["1", "11"]
    store.move_all("recordings/1/", "trash/2026-01-02/1/")
    store.delete("recordings/11/original")
    keys = {f"trash/2026-01-02/1/{name}" for name in ("copy", "original", "parts-1/0-5.ogg")}
    assert {file.key for file in store.list("trash/")} == keys
    store.delete_all("trash/2026-01-02/")
    assert list(store.list("trash/")) + list(store.list("recordings/")) == []


def append(store: Store, chunks: Any, offset: int, data: bytes) -> Any:
    with store.hold("uploads/u"):
        new = store.append("uploads/u", chunks, offset, [data[:1], data[1:]])
        store.settle(kept=new, dropped=chunks)
    return new


def finish(store: Store, chunks: Any, size: int) -> None:
    with store.hold("uploads/u"):
        store.finish("uploads/u", chunks, size)


def test_chunks_of_any_size_become_a_file(store: Store) -> None:
    large = os.urandom(6 * 1024**2)
    chunks: Any = {}
    whole = b""
    for data in (b"abc", large, b"", b"de", large, b"f"):
        chunks = append(store, chunks, len(whole), data)
        whole += data
        if len(whole) in {3, 5 + len(large)}:  # so far: it goes on afterwards
            finish(store, chunks, len(whole))
            assert b"".join(store.read("uploads/u")) == whole
    for _again in range(2):
        finish(store, chunks, len(whole))
    assert b"".join(store.read("uploads/u")) == whole
    store.discard("uploads/u")
    assert list(store.list("uploads/")) == []


def test_bytes_that_no_row_knows_do_not_count(store: Store) -> None:
    chunks = append(store, {}, 0, b"abc")
    append(store, chunks, 3, b"lost with its process")
    chunks = append(store, chunks, 3, b"def")
    append(store, chunks, 6, b"lost too")
    finish(store, chunks, 6)
    assert b"".join(store.read("uploads/u")) == b"abcdef"


def test_lost_chunks_are_asked_for_again(store: Store, bucket: Bucket) -> None:
    chunks = append(store, append(store, {}, 0, b"abc"), 3, b"def")
    if isinstance(store, FolderStore):
        os.truncate(store.path("uploads/u"), 3)
    else:
        bucket.client.delete_object(Bucket=bucket.name, Key=f"in/{chunks['loose'][1][0]}")
    with pytest.raises(ChunksLost) as lost:
        finish(store, chunks, 6)
    assert lost.value.offset == 3
    chunks = append(store, lost.value.chunks, 3, b"xyz")
    finish(store, chunks, 6)
    assert b"".join(store.read("uploads/u")) == b"abcxyz"


def test_only_s3_has_addresses(store: Store) -> None:
    put(store, SOUND)
    address = store.sign(KEY, media_type="audio/mp4")
    if isinstance(store, FolderStore):
        assert address == ""
        return
    answer = requests.get(address, headers={"Range": "bytes=1-4"}, timeout=30)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (206, SOUND[1:5], "audio/mp4")


def test_large_files_are_sent_in_parts(bucket: Bucket, tmp_path: Path, data_dir: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(s3, "_PART_BYTES", 5 * 1024**2)
    file = tmp_path / "large"
    file.write_bytes(os.urandom(12 * 1024**2))
    store = S3Store(bucket.url())
    store.put(file, KEY)
    monkeypatch.setattr(s3, "_COPIED_BYTES", 5 * 1024**2)
    store.copy(KEY, "recordings/2/original")
    with store.local("recordings/2/original") as path:
        assert path.read_bytes() == file.read_bytes()
    assert bucket.begun == 0


def test_what_was_begun_and_never_ended_is_aborted(bucket: Bucket, data_dir: Path) -> None:
    bucket.client.create_multipart_upload(Bucket=bucket.name, Key="in/recordings/1/original")
    store = S3Store(bucket.url())
    assert bucket.begun == 1
    store.clean_up(datetime.now(UTC))
    assert bucket.begun == 0


def test_what_was_begun_is_aborted_page_by_page(bucket: Bucket, faulty: FaultyS3, data_dir: Path) -> None:
    for number in range(3):
        bucket.client.create_multipart_upload(Bucket=bucket.name, Key=f"in/recordings/{number}/original")
    faulty.faults += [("^GET .*uploads", list_one_at_once)]
    S3Store(bucket.url(faulty.address)).clean_up(datetime.now(UTC))
    assert bucket.begun == 0
    (_first, second) = (line for line in faulty.asked if "uploads" in line)
    assert "key-marker=in%2Frecordings" in second


def list_one_at_once(forward: Forward) -> Reply:
    """The first page of the list, of one upload; S3's own pages have a thousand."""
    status, headers, body = forward()
    first, *others = re.findall(rb"<Upload>.*?</Upload>", body, re.DOTALL)
    for other in others:
        body = body.replace(other, b"")
    key, upload = (re.search(b"<%b>(.*?)</" % name, first) for name in (b"Key", b"UploadId"))
    assert key
    assert upload
    next_page = b"<NextKeyMarker>%b</NextKeyMarker><NextUploadIdMarker>%b</NextUploadIdMarker>" % (key[1], upload[1])
    return status, headers, body.replace(b"<IsTruncated>false", next_page + b"<IsTruncated>true")


def test_folder_links_what_it_can(data_dir: Path) -> None:
    store = FolderStore()
    put(store, SOUND)
    store.copy(KEY, "recordings/1/copy")
    store.copy(KEY, KEY)
    assert store.path(KEY).samefile(store.path("recordings/1/copy"))
    assert sorted(path.name for path in store.path("recordings/1").iterdir()) == ["copy", "original"]


def test_scratch_has_its_bound_and_forgets_the_dead(data_dir: Path, settings: Any, bucket: Bucket) -> None:
    settings.SCRATCH_BYTES = 1000
    dead = data_dir / "scratch/dead"
    dead.mkdir(parents=True)
    (dead / "copy").write_bytes(b"x" * 900)
    dead.with_suffix(".lock").write_text("900")
    with scratch_folder(600) as folder:
        assert not dead.exists()
        with pytest.raises(NoRoom), scratch_folder(401):
            pass
        (folder / "made").write_bytes(b"x" * 800)  # more than it said
        with pytest.raises(NoRoom), scratch_folder(201):
            pass
        with scratch_folder(200):
            pass
        store = S3Store(bucket.url())
        put(store, SOUND)
        with pytest.raises(NoRoom), store.local(KEY):
            pass
    sent = [data_dir / "uploads" / name for name in ("tmpold.upload.wav", "tmpnew.upload.wav")]
    for path in sent:
        path.touch()
    os.utime(sent[0], (0, 0))
    clean_up_scratch()
    assert [path.exists() for path in sent] == [False, True]
    assert [path.name for path in (data_dir / "scratch").iterdir()] == ["counting"]
