"""Downloads: made once, by whichever worker has the lease, and gone after a day."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.utils import timezone, translation

from tests import quick
from tests.conftest import ANSWER
from tests.files import names_in, path_of
from transcripts import access
from transcripts.audio.playback import make_playback
from transcripts.enums import DownloadState, Role
from transcripts.errors import NotFound, OverQuota
from transcripts.exports.registry import BUNDLE, CLIPS, FORMATS, OFFERED
from transcripts.models import Download, Membership, Recording, Transcript
from transcripts.queries.downloads import list_downloads
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.exporting import contents, downloads
from transcripts.services.exporting.contents import Export, is_long, make_parts
from transcripts.services.exporting.downloads import (
    BROKEN,
    GONE,
    MAX_ATTEMPTS,
    MOST_KEPT,
    NO_ROOM,
    find_left_downloads,
    forget_expired_downloads,
    make_download,
    read_download,
    remove_download,
    request_download,
)
from transcripts.services.maintenance import clean_up_files
from transcripts.services.store.folder import FolderStore

DONE, QUEUED, RUNNING, FAILED = (
    DownloadState.DONE,
    DownloadState.QUEUED,
    DownloadState.RUNNING,
    DownloadState.FAILED,
)


def export_of(*transcripts: Transcript, name: str = "txt", together: bool = False, **options: Any) -> Export:
    known = OFFERED[name]
    return Export(known, known.choose(options), [transcript.pk for transcript in transcripts], together)


def ask(transcript: Transcript, by: User, **wanted: Any) -> Download:
    return request_download(export=export_of(transcript, **wanted), title="会议", by=by)[0]


@pytest.fixture
def download(transcript: Transcript, lin: User) -> Download:
    return ask(transcript, lin)


def state(download: Download) -> tuple[str, str]:
    download.refresh_from_db()
    return download.state, download.error


def let_lease_run_out(download: Download) -> None:
    Download.objects.filter(pk=download.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("wanted", [{}, {"name": "docx", "table": "on"}, {"name": "bundle"}, {"name": "json"}])
def test_file_is_what_the_page_would_have_answered(transcript: Transcript, lin: User, wanted: dict[str, Any]) -> None:
    export = export_of(transcript, **wanted)
    download, is_new = request_download(export=export, title="会议", by=lin)
    assert (is_new, download.file_name) == (True, f"会议.{export.extension}")
    make_download(download.pk)
    content = path_of(download.key).read_bytes()
    if wanted.get("name") != "docx":  # whose zip has the time
        assert content == b"".join(make_parts(export, by=lin))
    assert (state(download), download.size_bytes) == ((DONE, ""), len(content))
    assert read_download(pk=download.pk, by=lin) is not None


def test_clips_and_several_transcripts_are_zips(transcript: Transcript, lin: User) -> None:
    recording = transcript.recording
    make_playback(path_of(recording.original), path_of(recording.playback), path_of(recording.peaks))
    other = quick.again(recording, ANSWER)
    clips = ask(transcript, lin, name="clips")
    together = request_download(export=export_of(transcript, other, together=True), title="All", by=lin)[0]
    bundles = request_download(export=export_of(transcript, other, name="bundle", together=True), title="B", by=lin)[0]
    for download in (clips, together, bundles):
        make_download(download.pk)
        assert state(download) == (DONE, "")
    names = [ZipFile(BytesIO(path_of(each.key).read_bytes())).namelist() for each in (clips, together, bundles)]
    assert [len(found) for found in names] == [2, 2, 2]
    assert names[1] == ["zh_welcome.txt", "zh_welcome (2).txt"]
    assert [each.file_name for each in (clips, together)] == ["会议.zip", "All.zip"]


def test_file_is_in_the_language_of_who_asked(transcript: Transcript, lin: User) -> None:
    with translation.override("zh-hans"):
        download = ask(transcript, lin)
    make_download(download.pk)
    assert path_of(download.key).read_text().startswith("说话人 1: ")


def test_same_of_the_same_versions_is_made_once(transcript: Transcript, lin: User, ana: User) -> None:
    first = ask(transcript, lin)
    assert ask(transcript, lin).pk == first.pk
    assert ask(transcript, lin, times="on").pk != first.pk
    make_download(first.pk)
    assert ask(transcript, lin).pk == first.pk
    edit_utterance(utterance=transcript.utterances.all()[0], save=Save(text="你好", base_version=1), by=lin)
    assert ask(transcript, lin).pk != first.pk
    assert ask(transcript, ana).pk != first.pk


def test_worker_that_has_it_keeps_others_away(download: Download) -> None:
    held = Download.objects.claim(download.pk)
    assert held is not None
    make_download(download.pk)
    assert (state(download), download.attempt, names_in("downloads")) == ((RUNNING, ""), 1, [])


def test_what_a_dead_worker_left_is_made_by_another(download: Download) -> None:
    dead = Download.objects.claim(download.pk)
    assert dead is not None
    let_lease_run_out(download)
    make_download(download.pk)
    assert (state(download), download.attempt) == ((DONE, ""), 2)
    assert not Download.objects.held(dead).exists()


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Does something when half of the file is made."""
    make = contents.make_parts

    def interrupted(*arguments: Any, **more: Any) -> Iterator[bytes]:
        yield b"half"
        act()
        yield from make(*arguments, **more)

    monkeypatch.setattr(downloads, "make_parts", interrupted)


def test_who_lost_the_lease_stores_nothing(download: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: Download.objects.update(attempt=2))
    make_download(download.pk)
    assert (state(download), names_in("downloads")) == ((RUNNING, ""), [])


def test_download_that_is_cancelled_leaves_nothing(download: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: remove_download(download))
    make_download(download.pk)
    assert (Download.objects.count(), names_in("downloads")) == (0, [])


def test_download_that_is_removed_at_the_last_moment_leaves_nothing(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = FolderStore.put

    def late(self: FolderStore, file: Any, key: str) -> None:
        put(self, file, key)
        Download.objects.all().delete()

    monkeypatch.setattr(FolderStore, "put", late)
    make_download(download.pk)
    assert names_in("downloads") == []


def test_progress_is_by_rows_and_stops_who_is_not_wanted_any_more(
    download: Download, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int, int | None]] = []

    def watch() -> None:
        Download.objects.update(started_at=timezone.now() - timedelta(seconds=10))

    monkeypatch.setattr(downloads, "REPORT_SECONDS", 0)
    monkeypatch.setattr(contents, "_REPORT_EVERY", 1)
    meanwhile(monkeypatch, watch)
    update = contents._CountedRows.__iter__

    def counted(self: Any) -> Iterator[Any]:
        for row in update(self):
            found = Download.objects.get()
            told.append((found.done, found.total, found.left_ms and round(found.left_ms, -4)))
            yield row

    monkeypatch.setattr(contents._CountedRows, "__iter__", counted)
    make_download(download.pk)
    assert (0, 2, None) in told
    assert (1, 2, 10_000) in told


def test_disk_that_is_full_is_told_and_waited_for(download: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", full)
        make_download(download.pk)
    assert state(download) == (QUEUED, NO_ROOM)
    assert download.not_before is not None
    make_download(download.pk)  # It is not due yet.
    assert state(download) == (QUEUED, NO_ROOM)
    Download.objects.update(not_before=None)
    make_download(download.pk)
    assert state(download) == (DONE, "")


def test_what_fails_again_and_again_is_given_up(download: Download, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug() -> None:
        raise RuntimeError("bug")

    meanwhile(monkeypatch, bug)
    for _attempt in range(MAX_ATTEMPTS + 1):
        assert state(download)[0] == QUEUED
        Download.objects.update(not_before=None)
        make_download(download.pk)
    assert (state(download), names_in("downloads")) == ((FAILED, BROKEN), [])
    monkeypatch.undo()


def test_what_kills_its_workers_is_given_up(download: Download) -> None:
    for _attempt in range(MAX_ATTEMPTS):
        assert Download.objects.claim(download.pk) is not None
        let_lease_run_out(download)
    make_download(download.pk)
    assert state(download) == (FAILED, BROKEN)


def test_who_lost_the_right_gets_nothing(transcript: Transcript, ana: User) -> None:
    membership = Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.VIEWER)
    made, waiting = ask(transcript, ana), ask(transcript, ana, times="on")
    make_download(made.pk)
    assert list_downloads(ana) == [waiting, made]
    membership.delete()
    make_download(waiting.pk)
    assert state(waiting) == (FAILED, GONE)
    assert list_downloads(ana) == []
    for download in (made, waiting):
        with pytest.raises(NotFound):
            access.download_for(ana, download.pk)
        with pytest.raises(NotFound):
            read_download(pk=download.pk, by=ana)


def test_nobody_else_finds_it(download: Download, transcript: Transcript, ana: User) -> None:
    Membership.objects.create(project=transcript.recording.project, user=ana, role=Role.OWNER)
    with pytest.raises(NotFound):
        access.download_for(ana, download.pk)
    assert list_downloads(ana) == []


def test_it_goes_a_day_after_it_was_made(download: Download, lin: User, transcript: Transcript) -> None:
    make_download(download.pk)
    download.refresh_from_db()
    assert timedelta(hours=23) < download.expires_at - timezone.now() <= timedelta(days=1)
    Download.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert list_downloads(lin) == []
    with pytest.raises(NotFound):
        access.download_for(lin, download.pk)
    other = ask(transcript, lin)
    assert other.pk != download.pk
    Download.objects.filter(pk=other.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    path_of("downloads").mkdir(exist_ok=True)
    path_of(other.key).write_bytes(b"old")
    forget_expired_downloads()
    assert (Download.objects.count(), names_in("downloads")) == (0, [])


def test_audio_that_is_deleted_goes_from_downloads_too(transcript: Transcript, lin: User) -> None:
    text, bundle = ask(transcript, lin), ask(transcript, lin, name="bundle")
    for download in (text, bundle):
        make_download(download.pk)
    forget_expired_downloads()
    assert Download.objects.count() == 2
    Recording.objects.update(audio_deleted_at=timezone.now())
    forget_expired_downloads()
    assert (list(Download.objects.all()), names_in("downloads")) == ([text], [str(text.pk)])


def test_failed_one_is_asked_for_again(download: Download, lin: User, transcript: Transcript) -> None:
    Download.objects.update(state=FAILED)
    assert ask(transcript, lin).pk != download.pk
    assert Download.objects.count() == 1


def test_one_person_has_so_many_at_most(transcript: Transcript, lin: User, ana: User) -> None:
    for number in range(MOST_KEPT):
        ask(transcript, lin, to_ms=str(1000 + number))
    with pytest.raises(OverQuota):
        ask(transcript, lin)
    assert ask(transcript, lin, to_ms="1000").options == {"to_ms": "00:00:01"}
    ask(transcript, ana)
    remove_download(Download.objects.filter(by=lin)[0])
    ask(transcript, lin)


def test_what_is_in_the_folder_and_belongs_to_none_goes(download: Download, transcript: Transcript) -> None:
    make_download(download.pk)
    path_of("downloads/67ee89ba-7050-4c04-a3d7-ac61a63499b3").write_bytes(b"left")
    path_of("downloads/.part-1").write_bytes(b"half")
    later = timezone.now() + timedelta(days=2)
    assert [file.key for file in find_left_downloads(later)] == ["downloads/67ee89ba-7050-4c04-a3d7-ac61a63499b3"]
    FolderStore().clean_up(later)
    clean_up_files()
    assert set(names_in("downloads")) == {"67ee89ba-7050-4c04-a3d7-ac61a63499b3", str(download.pk)}  # They are new.


def test_thresholds_are_by_format_and_size(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {name for name in OFFERED if is_long(export_of(transcript, name=name))} == set()
    assert set(contents.ROWS_A_SECOND) == {*FORMATS, BUNDLE.name, CLIPS.name}
    for name in OFFERED:
        monkeypatch.setitem(contents.ROWS_A_SECOND, name, 1)
        assert is_long(export_of(transcript, name=name))
        monkeypatch.undo()
    type(transcript.recording).objects.update(size_bytes=400e6)
    assert [name for name in OFFERED if is_long(export_of(transcript, name=name))] == ["bundle"]
