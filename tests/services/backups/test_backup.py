"""A backup is of one moment, while others write."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections

from tests.backups import list_names, read_part, read_tables
from tests.bucket import Bucket
from tests.conftest import ANSWER
from tests.files import path_of
from tests.quick import create_recording, recognised
from transcripts.models import Installation, Transcript, Utterance
from transcripts.services.backups.backup import make_backup
from transcripts.services.backups.restore import _check_files
from transcripts.services.editing.utterances import Save, edit_utterance
from transcripts.services.installation import check_installation
from transcripts.services.recordings.retention import delete_audio
from transcripts.services.store.store import get_store


def make_installation(by: User) -> Transcript:
    check_installation()
    return recognised(create_recording(by), ANSWER)


@pytest.mark.drill
def test_history_and_text_are_of_the_same_moment_while_people_save(
    transactional_db: None, lin: User, data_dir: Path
) -> None:
    transcript = make_installation(lin)
    done, failures = threading.Event(), []
    begun = threading.Barrier(3, timeout=60)

    def write(row: Utterance) -> None:
        try:
            number = 0
            while not done.is_set():
                number += 1
                row = edit_utterance(utterance=row, save=Save(f"Number {number}", row.version), by=lin)
                if number == 1:
                    begun.wait()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=[row]) for row in transcript.utterances.all()]
    for writer in writers:
        writer.start()
    begun.wait()
    backups = [make_backup(data_dir / f"{number}.tar", with_files=None).path for number in range(4)]
    done.set()
    for writer in writers:
        writer.join()
    assert failures == []
    versions = []
    for backup in backups:
        tables = read_tables(backup)
        (stored,) = tables["transcripts_transcript"]
        changes = tables["transcripts_change"]
        assert sorted(change["version"] for change in changes) == list(range(1, stored["version"] + 1))
        last: dict[int, dict[str, Any]] = {}
        for revision in sorted(tables["transcripts_revision"], key=lambda revision: revision["version"]):
            last[revision["utterance_id"]] = revision
        for row in tables["transcripts_utterance"]:
            if revision := last.get(row["id"]):
                assert (row["version"], row["text"]) == (revision["version"], revision["after"]["text"])
        versions.append(stored["version"])
    assert versions == sorted(versions)
    assert versions[-1] > versions[0]
    assert not Installation.objects.holds_files()


def test_files_of_deleted_audio_are_left_out(transactional_db: None, lin: User, data_dir: Path) -> None:
    transcript = make_installation(lin)
    original = f"files/recordings/{transcript.recording_id}/original"
    for name in ("playback.m4a", "peaks.dat", "sendable-1.ogg", ".part-x"):
        (data_dir / "media/recordings" / str(transcript.recording_id) / name).write_bytes(b"x")
    names = list_names(make_backup(data_dir / "one.tar", with_files=None).path)
    folder = original.rpartition("/")[0]
    files = [name for name in names if name.startswith("files/")]
    assert files == [original, f"{folder}/peaks.dat", f"{folder}/playback.m4a"]
    delete_audio(recording=transcript.recording, by=lin)
    done = make_backup(data_dir / "two.tar", with_files=None)
    assert (done.files, done.missing) == (0, [])


@pytest.mark.long
def test_files_in_s3_are_listed_and_compared_by_what_s3_says(
    transactional_db: None, lin: User, data_dir: Path, settings: Any, bucket: Bucket
) -> None:
    transcript = make_installation(lin)
    original = path_of(transcript.recording.original)
    key = f"recordings/{transcript.recording_id}/original"
    settings.FILES_URL = bucket.url()
    get_store().put(original, key)
    done = make_backup(data_dir / "one.tar", with_files=None)
    assert (done.files, done.with_files, done.missing) == (1, False, [])
    assert not [name for name in list_names(done.path) if name.startswith("files/")]
    with done.path.open("rb") as file:
        assert list(_check_files(file, read=True)) == []
        changed = data_dir / "changed"
        changed.write_bytes(original.read_bytes()[:-1] + b"?")
        get_store().put(changed, key)
        assert [names for _recording, names in _check_files(file, read=True)] == [["original"]]
        get_store().delete(key)
        assert [names for _recording, names in _check_files(file, read=True)] == [["original"]]
    get_store().put(original, key)
    whole = make_backup(data_dir / "two.tar", with_files=True)
    assert read_part(whole.path, f"files/{key}") == original.read_bytes()
