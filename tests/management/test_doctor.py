"""`manage.py doctor`: a line for each thing that is wrong, 1 if any is, and what --fix mends."""

from __future__ import annotations

import os
import shutil
import socket
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import quick
from tests.files import path_of
from tests.test_schema import LAST
from transcripts import queue
from transcripts.enums import BulkKind, DiarizationState, PreparationState, TranscriptionState
from transcripts.models import (
    BulkAction,
    Diarization,
    Download,
    Installation,
    Mail,
    Recording,
    SearchText,
    Slot,
    Transcript,
    Transcription,
    UnindexedRow,
    Upload,
    Utterance,
    Worker,
)
from transcripts.services.health import files, findings
from transcripts.services.installation import check_installation

pytestmark = pytest.mark.long

NOTHING = "nothing wrong\n"
Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(db: None, data_dir: Path, settings: Any, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> Doctor:
    """Its exit code and what it prints."""
    UnindexedRow.objects.all().delete()  # Tests with transactions of their own leave some: no model manages its table.
    for lane in queue.LANES:
        lane.flush()
    check_installation()
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    monkeypatch.setattr(files, "JUST_NOW", timedelta(seconds=0.05))

    def run(*options: str) -> tuple[int, str]:
        code = 0
        try:
            call_command("doctor", *options)
        except SystemExit as exited:
            code = int(str(exited.code))
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def recording(lin: User, data_dir: Path) -> Recording:
    """Which has everything."""
    recording = quick.create_recording(lin)
    Recording.objects.update(state=PreparationState.DONE)
    Transcription.objects.update(state=TranscriptionState.DONE)
    recording.refresh_from_db()
    path_of(recording.playback).write_bytes(b"sound")
    path_of(recording.peaks).write_bytes(b"peaks")
    return recording


def make_alive() -> None:
    Worker.beat(host="h", pid=1, version="0.9.0", started_at=timezone.now())


def test_nothing_wrong_is_one_line(doctor: Doctor, recording: Recording) -> None:
    assert doctor() == (0, NOTHING)
    assert doctor("--fix") == (0, NOTHING)


def test_missing_speaker_encoder_is_told(doctor: Doctor, settings: Any, tmp_path: Path) -> None:
    settings.SPEAKER_MODEL = tmp_path
    said = f"{tmp_path} holds 0 files of the kind .onnx, where one is expected."
    assert doctor() == (1, f"speakers: Speakers cannot be told apart. {said}\n")


def test_new_installation_is_well(doctor: Doctor, data_dir: Path) -> None:
    Installation.objects.all().delete()
    (data_dir / "installation").unlink()
    assert doctor() == (0, NOTHING)
    assert not (data_dir / "installation").exists()


def test_missing_playback_copy_is_made_again(transactional_db: None, doctor: Doctor, recording: Recording) -> None:
    path_of(recording.playback).unlink()
    path_of(recording.peaks).write_bytes(b"")
    said = f"files: Recording {recording.pk}: the playback copy and the waveform are missing."
    assert doctor() == (1, f"{said}\n")
    assert not path_of(recording.playback).exists()
    assert doctor("--fix") == (0, f"{said} Fixed: It was made again.\n")
    assert path_of(recording.playback).stat().st_size > 1000
    assert doctor() == (0, NOTHING)


def test_a_worker_that_runs_makes_it_again(doctor: Doctor, recording: Recording, settings: Any) -> None:
    make_alive()
    settings.VERSION = "0.9.0"
    path_of(recording.peaks).unlink()
    assert doctor("--fix") == (
        0,
        f"files: Recording {recording.pk}: the waveform is missing. Fixed: A worker is making it again.\n",
    )
    assert queue.list_waiting() == [("prepare", recording.pk)]
    assert doctor() == (0, NOTHING)


def test_missing_original_is_told_and_cannot_be_mended(doctor: Doctor, recording: Recording) -> None:
    path_of(recording.original).unlink()
    said = f"files: Recording {recording.pk}: the original is missing. Bring it back from a backup.\n"
    assert doctor() == doctor("--fix") == (1, said)
    shutil.rmtree(path_of(recording.folder))
    _code, told = doctor()
    assert told == f"{said}files: Recording {recording.pk}: the playback copy and the waveform are missing.\n"


def test_audio_that_was_deleted_is_not_missing(doctor: Doctor, recording: Recording) -> None:
    shutil.rmtree(path_of(recording.folder))
    Recording.objects.update(state=PreparationState.FAILED, audio_deleted_at=timezone.now())
    assert doctor() == (0, NOTHING)


def test_original_of_another_size_is_told(doctor: Doctor, recording: Recording) -> None:
    path_of(recording.original).write_bytes(b"short")
    code, told = doctor("--fix")
    assert (code, "the original has 5 bytes, and should have" in told) == (1, True)


def test_what_is_still_to_come_is_not_missing(doctor: Doctor, recording: Recording, lin: User) -> None:
    Recording.objects.create(
        project=recording.project, title="x", source_url="https://example.org/x.mp3", state=PreparationState.FAILED
    )
    other = quick.create_recording(lin)
    path_of(other.original).unlink()
    Recording.objects.filter(pk=other.pk).update(binned_at="1970-01-01T00:00:00Z")  # being deleted for good
    Transcription.objects.update(state=TranscriptionState.DONE)
    Recording.objects.filter(pk=other.pk).update(state=PreparationState.DONE)
    assert doctor() == (0, NOTHING)


def test_what_no_row_names_goes_to_the_trash(doctor: Doctor, recording: Recording, data_dir: Path) -> None:
    names = [str(uuid.uuid4()), "notes.txt"]
    (data_dir / "media/recordings" / names[0]).mkdir()
    (data_dir / "media/recordings" / names[1]).write_text("x")
    code, told = doctor()
    assert (code, sorted(line.split()[1] for line in told.splitlines())) == (1, sorted(names))
    assert (data_dir / "media/recordings" / names[0]).exists()
    code, told = doctor("--fix")
    assert (code, told.count("Fixed: It is in "), told.count("for 30 days")) == (0, 2, 2)
    assert sorted(path.name for path in (data_dir / "trash").glob("*/*")) == sorted(names)
    assert (path_of(recording.folder).exists(), doctor()) == (True, (0, NOTHING))


def test_what_may_be_coming_in_is_left_alone(doctor: Doctor, recording: Recording, data_dir: Path) -> None:
    folder = data_dir / "media/recordings" / str(uuid.uuid4())
    folder.mkdir()
    (data_dir / "uploads/bundle").write_bytes(b"x")
    code, told = doctor("--fix")
    assert (code, told.endswith("Something is being uploaded: look again when nothing is.\n")) == (1, True)
    os.utime(folder, (1, 1))
    assert doctor("--fix")[0] == 0
    assert not folder.exists()


def test_folder_whose_row_comes_in_the_meantime_is_no_finding(
    doctor: Doctor, recording: Recording, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pk = uuid.uuid4()
    folder = path_of(recording.folder).with_name(str(pk))
    folder.mkdir()

    def store(_seconds: float) -> None:
        Recording.objects.create(id=pk, project=recording.project, title="x", state=PreparationState.FAILED)

    monkeypatch.setattr(files, "JUST_NOW", timedelta(days=1))
    monkeypatch.setattr(files.time, "sleep", store)
    assert doctor("--fix") == (0, NOTHING)
    assert folder.exists()


def test_nothing_goes_while_there_are_no_recordings(doctor: Doctor, data_dir: Path) -> None:
    folder = data_dir / "media/recordings" / str(uuid.uuid4())
    folder.mkdir(parents=True)
    code, told = doctor("--fix")
    assert (code, "it is left alone" in told, folder.exists()) == (1, True, True)


def test_database_of_another_folder_is_not_touched(
    doctor: Doctor, recording: Recording, data_dir: Path, lin: User
) -> None:
    (data_dir / "installation").write_text(f"{uuid.uuid4()}\n")
    path_of(recording.playback).unlink()
    Upload.objects.create(by=lin, file_name="x", size_bytes=1, modified_ms=1)
    with CaptureQueriesContext(connection) as queries:
        code, told = doctor("--fix")
    assert (code, told.count("\n"), told.startswith("data: The database and the data folder")) == (1, 1, True)
    assert [query["sql"] for query in queries if not query["sql"].lstrip().startswith("SELECT")] == []


def test_mark_that_is_gone_is_made_again_where_both_fit(doctor: Doctor, recording: Recording, data_dir: Path) -> None:
    (data_dir / "installation").unlink()
    code, told = doctor()
    assert (code, "has no mark of its installation yet" in told) == (1, True)
    assert doctor("--fix")[0] == 0
    assert doctor() == (0, NOTHING)


def test_migrations_that_are_missing_or_unknown_are_told(doctor: Doctor) -> None:
    MigrationRecorder.Migration.objects.filter(app="transcripts", name=LAST).delete()
    code, told = doctor("--fix")
    assert (code, told.startswith("migrations: The database is older")) == (1, True)
    MigrationRecorder.Migration.objects.create(app="transcripts", name=LAST)
    MigrationRecorder.Migration.objects.create(app="transcripts", name="9999_later")
    assert doctor()[1].startswith("migrations: The database belongs to a newer version")


def test_database_that_does_not_answer_is_told(doctor: Doctor) -> None:
    def gone(*_arguments: Any) -> Any:
        raise OperationalError("connection refused\nIs the server running?")

    with connection.execute_wrapper(gone):
        assert doctor() == (1, "database: It is not responding: connection refused. See DATABASE_URL.\n")


def test_secret_that_others_can_read_is_closed(doctor: Doctor, data_dir: Path) -> None:
    secret = data_dir / "secret_key"
    secret.write_text("s")
    secret.chmod(0o644)
    code, told = doctor()
    assert (code, told) == (1, f"permissions: {secret} can be read by others (mode 644). Only its owner should.\n")
    assert doctor("--fix")[0] == 0
    assert (secret.stat().st_mode & 0o777, doctor()) == (0o600, (0, NOTHING))


@pytest.fixture
def collected(settings: Any, data_dir: Path) -> Path:
    """The source of the one static file there is."""
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    source = data_dir / "source/css"
    source.mkdir(parents=True)
    (source / "base.css").write_text("a { color: red }\n")
    settings.STATICFILES_DIRS = [("css", str(source))]
    settings.STATIC_ROOT = data_dir / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "flashweb.staticfiles.ModuleStorage"}}
    return source / "base.css"


def test_static_files_are_collected_again(doctor: Doctor, collected: Path, data_dir: Path) -> None:
    assert doctor() == (1, "static: The static files have not been collected. Run `manage.py collectstatic`.\n")
    assert doctor("--fix")[0] == 0
    assert doctor() == (0, NOTHING)
    collected.write_text("a { color: blue }\n")
    os.utime(collected, (1, 1))  # older than its copy, as after going back to an earlier version
    code, told = doctor()
    assert (code, "1 static files are missing or not those of this version, such as base.css" in told) == (1, True)
    assert (doctor("--fix")[0], doctor()) == (0, (0, NOTHING))
    for path in (data_dir / "static/css").glob("base.*.css"):
        path.unlink()
    assert (doctor()[0], doctor("--fix")[0], doctor()[0]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DEBUG": True}, "settings: DEBUG is on"),
        ({"ALLOWED_HOSTS": ["*"]}, "settings: ALLOWED_HOSTS is *"),
        ({"ALLOWED_HOSTS": ["https://talks.example.org"], "HTTPS": True}, "settings: ALLOWED_HOSTS has https://"),
        ({"ALLOWED_HOSTS": ["talks.example.org:443"], "HTTPS": True}, "settings: ALLOWED_HOSTS has talks"),
        ({"ALLOWED_HOSTS": ["talks.example.org"]}, "settings: HTTPS is off"),
        ({"FLASH_API_KEY": "key with a space"}, "service: FLASH_API_KEY has characters"),
        ({"FLASH_API_KEY": '"67ee89ba-7050-4c04"'}, "service: FLASH_API_KEY has characters"),
        ({"FLASH_API_KEY": "密钥密钥密钥密钥"}, "service: FLASH_API_KEY has characters"),
        ({"FLASH_API_KEY": "sh0rt"}, "service: FLASH_API_KEY is too short"),
        ({"FLASH_APP_KEY": "12 34", "FLASH_ACCESS_KEY": "x" * 32}, "service: FLASH_APP_KEY has characters"),
        ({"FLASH_APP_KEY": "1234", "FLASH_ACCESS_KEY": "x"}, "service: FLASH_ACCESS_KEY is too short"),
    ],
)
def test_odd_settings_are_told_without_secrets(doctor: Doctor, settings: Any, changes: Any, said: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    code, told = doctor("--fix")
    assert (code, told.startswith(said), told.count("\n")) == (1, True, 1), told
    assert not [value for name, value in changes.items() if name.endswith("KEY") and value in told]


@pytest.mark.parametrize(
    "changes",
    [
        {"ALLOWED_HOSTS": ["talks.example.org"], "HTTPS": True},
        {"ALLOWED_HOSTS": ["10.0.0.7", "talks.local", "server", "[::1]", "[fd00::7]", ".localhost"]},
        {"FLASH_API_KEY": "67ee89ba-7050-4c04-a3d7-ac61a63499b3"},
        {"FLASH_APP_KEY": "1234567890", "FLASH_ACCESS_KEY": "aB-_" * 8},
    ],
)
def test_settings_that_are_fine_are_no_finding(doctor: Doctor, settings: Any, changes: Any) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert doctor() == (0, NOTHING)


def test_mail_server_that_cannot_be_reached_is_told(doctor: Doctor, settings: Any) -> None:
    settings.MAIL_IS_KEPT, settings.EMAIL_HOST = False, "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_PORT = server.getsockname()[1]
        assert doctor() == (0, NOTHING)
    port = settings.EMAIL_PORT
    said = f"mail: The mail server 127.0.0.1:{port} cannot be reached: Connection refused. See EMAIL_URL.\n"
    assert doctor() == (1, said)


def test_address_of_the_service_is_tried_if_one_asks(doctor: Doctor, settings: Any) -> None:
    settings.FLASH_IS_LOCAL = False
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.FLASH_API_URL = f"http://127.0.0.1:{server.getsockname()[1]}/flash"
        assert doctor("--online") == (0, NOTHING)
    assert doctor() == (0, NOTHING)
    assert doctor("--online")[1].startswith("service: 127.0.0.1:")


def age(minutes: int) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


def test_task_that_nobody_takes_is_told_and_queued_again(doctor: Doctor, recording: Recording, settings: Any) -> None:
    run = recording.transcriptions.get()
    Transcription.objects.update(state=TranscriptionState.QUEUED, created_at=age(9))
    code, told = doctor()
    assert (code, "No worker is running, and 1 task is due." in told, "1 task is due and not in the queue" in told) == (
        1,
        True,
        True,
    )
    make_alive()
    settings.VERSION = "0.9.0"
    assert doctor("--fix") == (
        0,
        "queue: 1 task is due and not in the queue. Run `manage.py doctor --fix`. "
        "Fixed: They are in the queue again.\n",
    )
    assert (queue.list_waiting(), doctor()) == ([("recognise", run.pk)], (0, NOTHING))


def test_lease_that_ran_out_is_told(doctor: Doctor, recording: Recording, settings: Any) -> None:
    make_alive()
    settings.VERSION = "0.9.0"
    Recording.objects.update(state=PreparationState.RUNNING, lease_until=age(5))
    code, told = doctor("--fix")
    assert (code, told.startswith("queue: 1 task was left by a dead worker")) == (0, True)
    assert queue.list_waiting() == [("prepare", recording.pk)]


@pytest.mark.parametrize("kind", ["make_download", "run_bulk_action"])
def test_work_of_every_kind_is_told_and_queued_again(doctor: Doctor, lin: User, settings: Any, kind: str) -> None:
    if kind == "make_download":
        work: Any = Download.objects.create(by=lin, together=True, transcripts=[])
    else:
        work = BulkAction.objects.create(by=lin, kind=BulkKind.ARCHIVE)
    model = type(work)
    model.objects.update(created_at=age(9))
    assert "No worker is running, and 1 task is due." in doctor()[1]
    make_alive()
    settings.VERSION = "0.9.0"
    quick.empty_queue()
    assert doctor("--fix")[1].startswith("queue: 1 task is due and not in the queue.")
    assert (queue.list_waiting(), doctor()) == ([(kind, work.pk)], (0, NOTHING))
    quick.empty_queue()
    model.objects.update(state=model.FIRST, lease_until=age(5))
    assert doctor("--fix")[1].startswith("queue: 1 task was left by a dead worker")
    assert queue.list_waiting() == [(kind, work.pk)]


def test_speakers_that_nobody_tells_apart_are_told(doctor: Doctor, recording: Recording, settings: Any) -> None:
    transcript = Transcript.objects.create(recording=recording, transcription=recording.transcriptions.get())
    asked = Diarization.objects.create(transcript=transcript, automatic=True)
    Diarization.objects.update(created_at=age(9))
    assert "No worker is running, and 1 task is due." in doctor()[1]
    make_alive()
    settings.VERSION = "0.9.0"
    assert doctor() == (0, NOTHING)  # It may be busy with another.
    Diarization.objects.update(error="out_of_reach")
    assert doctor()[1].startswith("workers: 1 task waits, as no worker can read its file.")
    Diarization.objects.update(error="", state=DiarizationState.RUNNING, lease_until=age(5))
    code, told = doctor("--fix")
    assert (code, told.startswith("queue: 1 task was left by a dead worker")) == (0, True)
    assert queue.list_waiting() == [("tell_apart", asked.pk)]


def test_queue_that_does_not_answer_is_told(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(queue.JOBS, "pending_count", gone)
    assert doctor() == (1, "queue: The queue is not responding. See QUEUE_URL.\n")


def test_recognitions_that_wait_for_a_slot_are_no_finding(doctor: Doctor, recording: Recording, settings: Any) -> None:
    make_alive()
    settings.VERSION, settings.FLASH_CONCURRENCY = "0.9.0", 1
    Slot.objects.create(number=1, lease_until=age(-5))
    Transcription.objects.update(state=TranscriptionState.QUEUED, created_at=age(9))
    assert doctor() == (0, NOTHING)


def test_files_that_no_worker_can_read_are_told(doctor: Doctor, recording: Recording) -> None:
    Transcription.objects.update(state=TranscriptionState.QUEUED, put_off=2)
    assert doctor()[1].startswith("workers: 1 task waits, as no worker can read its file.")


def test_mails_that_nobody_takes_are_told(doctor: Doctor) -> None:
    Mail.objects.create(to="lin@example.org", content="x")
    assert doctor() == (0, NOTHING)
    Mail.objects.update(created_at=age(90))
    assert doctor()[1].startswith("mail: 1 mail has been waiting for over an hour.")


def test_another_key_is_told_and_nothing_touched(doctor: Doctor, recording: Recording, settings: Any) -> None:
    settings.SECRET_KEY = "another"
    path_of(recording.playback).unlink()
    code, told = doctor("--fix")
    assert (code, told.startswith("data: SECRET_KEY is not the one"), told.count("\n")) == (1, True, 1)


def test_dead_worker_is_told_and_forgotten(doctor: Doctor) -> None:
    make_alive()
    Worker.objects.update(seen_at=age(7))
    code, told = doctor()
    assert (code, told.startswith("workers: Worker h:1 has not been heard from for 7 min.")) == (1, True)
    assert doctor("--fix")[0] == 0
    assert (Worker.objects.count(), doctor()) == (0, (0, NOTHING))


def test_worker_of_another_version_or_with_another_clock_is_told(doctor: Doctor) -> None:
    Worker.beat(host="h", pid=1, version="0.1", started_at=timezone.now())
    Worker.objects.update(seen_at=age(-5))
    _code, told = doctor()
    assert told == (
        "workers: Worker h:1 runs version 0.1. Start it again.\n"
        "clock: The clock of worker h:1 is ahead of this machine's. Set both.\n"
    )


def test_clock_that_is_behind_is_told(doctor: Doctor, recording: Recording) -> None:
    Recording.objects.update(created_at=age(-60))
    assert doctor()[1].startswith("clock: The newest recording is of ")


def begin_upload(lin: User, name: str, *, days: float, size_bytes: int | None = 5) -> Upload:
    """Of which one byte came, so many days ago."""
    moved_at = timezone.now() - timedelta(days=days)
    values = {"size_bytes": size_bytes, "offset": 1, "moved_at": moved_at}
    upload = Upload.objects.create(by=lin, file_name=name, modified_ms=1, **values)
    path_of(upload.key).write_bytes(b"x")
    os.utime(path_of(upload.key), (moved_at.timestamp(),) * 2)
    return upload


def test_uploads_that_stand_still_are_forgotten(
    doctor: Doctor, lin: User, data_dir: Path, django_capture_on_commit_callbacks: Any
) -> None:
    stale = begin_upload(lin, "old", days=3)
    kept = [begin_upload(lin, "live", days=3, size_bytes=None), begin_upload(lin, "new", days=0)]
    left = data_dir / "uploads/left.part"
    left.write_bytes(b"x")
    os.utime(left, (time.time() - 3 * 86400,) * 2)
    code, told = doctor()
    assert (code, told.startswith(f"uploads: Upload {stale.pk} has not moved"), told.count("\n")) == (1, True, 2)
    with django_capture_on_commit_callbacks(execute=True):
        assert doctor("--fix")[0] == 0
    assert sorted((data_dir / "uploads").iterdir()) == sorted(path_of(upload.key) for upload in kept)
    assert doctor() == (0, NOTHING)


def test_upload_that_the_next_clean_up_takes_is_no_finding(doctor: Doctor, lin: User) -> None:
    begin_upload(lin, "old", days=1.5)
    Installation.objects.update(cleaned_at=timezone.now() - timedelta(hours=20))
    assert doctor() == (0, NOTHING)
    Installation.objects.update(cleaned_at=timezone.now() - timedelta(hours=2))
    assert doctor()[0] == 1


def test_clean_up_that_does_not_come_to_its_end_is_told(doctor: Doctor, settings: Any) -> None:
    make_alive()
    settings.VERSION = "0.9.0"
    Installation.objects.update(cleaned_at=timezone.now() - timedelta(days=4))
    assert doctor()[1].startswith("workers: The daily clean-up was last finished 4 days ago.")


def test_little_room_is_told(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=300 * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert doctor()[1].startswith("room: Only 300.0\xa0MB are free on the disk of the data folder.")


def test_many_recordings_are_read_in_parts(
    doctor: Doctor, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "AT_ONCE", 2)
    made = [
        Recording(project=recording.project, title="x", state=PreparationState.DONE, size_bytes=5)
        for _number in range(7)
    ]
    Recording.objects.bulk_create(made)
    with CaptureQueriesContext(connection) as queries:
        code, told = doctor()
    assert (code, {line.split()[2].strip(":") for line in told.splitlines()}) == (1, {str(row.pk) for row in made})
    asked = [query["sql"] for query in queries if '"source_url"' in query["sql"]]
    assert len(asked) == 5


def test_rows_that_the_search_has_yet_to_take_are_told(
    doctor: Doctor, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    UnindexedRow.objects.all().delete()  # Emptying the database after a test leaves these.
    transcript = Transcript.objects.create(recording=recording)
    Utterance.objects.create(transcript=transcript, start_ms=0, end_ms=1, text="a", search_text="a")
    assert doctor() == (0, NOTHING)
    monkeypatch.setattr(findings, "MANY_UNINDEXED", 0)
    assert doctor()[1].startswith("database: 1 rows are not in the search index yet")
    assert doctor("--fix")[1].endswith("Fixed: They are in the index now.\n")
    assert (doctor(), SearchText.objects.get().text) == ((0, NOTHING), "a")
    SearchText.objects.all().delete()
    assert doctor()[1] == "database: 1 transcript is missing from the search.\n"
    doctor("--fix")
    assert (doctor(), SearchText.objects.get().text) == ((0, NOTHING), "a")
