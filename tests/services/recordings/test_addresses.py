"""Recordings that lie at an address: the service gets the address, we fetch a copy to play."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from tests import quick
from tests.conftest import ANSWER, AUDIO
from tests.files import names_in, path_of
from tests.services.web_files import Files, answer, to
from transcripts import queue
from transcripts.enums import PreparationState, TranscriptionState
from transcripts.flash.errors import ErrorKind
from transcripts.flash.options import RecognitionOptions
from transcripts.flashserver.server import FlashServer, serve
from transcripts.models import Recording, Transcription
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.recognition.run import MAX_ATTEMPTS, NOT_YET_SECONDS, retry_transcription, run_transcription
from transcripts.services.recordings import fetching
from transcripts.services.recordings.create import create_from_address
from transcripts.services.recordings.playback import prepare_playback, retry_playback
from transcripts.services.store.folder import FolderStore

pytestmark = pytest.mark.long

CLIP = (AUDIO / "zh_welcome.wav").read_bytes()
M4A = (AUDIO / "odd/digits.m4a").read_bytes()


@pytest.fixture
def files(settings: Any) -> Iterator[Files]:
    settings.FETCH_FROM_PRIVATE_ADDRESSES = {"127.0.0.1"}
    server = Files()
    server.pages["/talks/welcome.wav"] = answer(CLIP)
    yield server
    server.close()


@pytest.fixture
def flash(settings: Any) -> Iterator[Callable[..., FlashServer]]:
    servers: list[FlashServer] = []

    def start(*script: dict[str, Any], local: bool = False) -> FlashServer:
        servers.append(serve(script=script, keep_requests=True))
        settings.FLASH_IS_LOCAL = local
        settings.FLASH_API_KEY = "" if local else "key-of-the-tests"
        settings.FLASH_API_URL = servers[-1].url
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def create_recording(lin: User, data_dir: Path) -> Callable[..., tuple[Recording, Transcription]]:
    def take(url: str, **options: Any) -> tuple[Recording, Transcription]:
        project = get_personal_project(lin)
        recording = create_from_address(url=url, project=project, options=RecognitionOptions(**options), by=lin)
        return recording, recording.transcriptions.get()

    return take


def after(recording: Recording) -> tuple[str, str]:
    """How the recording and its transcription are."""
    run = recording.transcriptions.get()
    recording.refresh_from_db()
    return recording.state, run.state


def turn(run: Transcription) -> Transcription:
    """One more turn of a worker, whatever pause the row was given."""
    Transcription.objects.filter(pk=run.pk).update(not_before=None)
    run_transcription(run.pk)
    return Transcription.objects.get(pk=run.pk)


def sent(server: FlashServer) -> list[dict[str, Any]]:
    return [json.loads(taken.body)["audio"] for taken in server.received]


def whole(content: bytes, **fields: Any) -> dict[str, Any]:
    return {**fields, "data": base64.b64encode(content).decode()}


CreateRecording = Callable[..., tuple[Recording, Transcription]]
Flash = Callable[..., FlashServer]


@pytest.mark.parametrize(
    ("url", "title", "file_name"),
    [
        ("https://example.org/talks/welcome.wav", "welcome", "welcome.wav"),
        ("https://example.org/%E6%AC%A2%E8%BF%8E%20Lin.mp3?token=1", "欢迎 Lin", "欢迎 Lin.mp3"),
        ("https://example.org/", "example.org", ""),
        ("https://example.org", "example.org", ""),
        ("https://example.org/%00%0a.wav", ".wav", ".wav"),
        (f"https://example.org/{'n' * 400}.mp3", "n" * 300, "n" * 300),
    ],
)
def test_recording_at_an_address_is_stored_under_its_name(
    create_recording: CreateRecording, url: str, title: str, file_name: str
) -> None:
    recording = Recording.objects.get(pk=create_recording(url)[0].pk)
    assert (recording.title, recording.file_name, recording.source_url) == (title, file_name, url)
    assert (recording.state, recording.size_bytes, recording.duration_ms) == (PreparationState.QUEUED, 0, None)


def test_both_jobs_are_dispatched_when_the_rows_are_stored(
    create_recording: CreateRecording, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        recording, run = create_recording("https://example.org/a.mp3")
    assert sorted(queue.list_waiting()) == [
        ("prepare", recording.pk),
        ("recognise", run.pk),
    ]


def test_service_gets_the_address_and_we_fetch_a_copy(
    create_recording: CreateRecording, files: Files, flash: Flash
) -> None:
    server = flash({"body": ANSWER})
    url = files.url("/talks/welcome.wav")
    recording, run = create_recording(url, language="en-US")
    run = turn(run)
    assert (run.state, run.total_bytes, sent(server)) == (
        TranscriptionState.DONE,
        0,
        [{"url": url, "language": "en-US"}],
    )
    assert files.hits == []  # The service does its own fetching.
    prepare_playback(recording.pk)
    assert after(recording) == (PreparationState.DONE, TranscriptionState.DONE)
    assert path_of(recording.original).read_bytes() == CLIP
    assert names_in(recording.folder) == ["original", "peaks.dat", "playback.m4a"]
    described = (recording.size_bytes, recording.container, recording.codec, recording.api_format)
    assert described == (len(CLIP), "wav", "pcm_s16le", "wav")
    assert abs((recording.duration_ms or 0) - 5547) <= 20


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/nowhere", "address_unreachable"),
        ("/page", "unreadable"),
        ("/empty", "empty"),
        ("/away", "address_not_public"),
        ("/file", "address_not_http"),
    ],
)
def test_transcript_comes_though_there_is_nothing_to_play(
    create_recording: CreateRecording, files: Files, flash: Flash, path: str, error: str
) -> None:
    flash({"body": ANSWER})
    files.pages |= {
        "/page": answer(b"<!doctype html><title>Sign in</title>" * 50, Content_Type="audio/wav"),
        "/empty": answer(b""),
        "/away": to("http://127.0.0.2/"),
        "/file": to("file:///etc/passwd"),
    }
    recording, run = create_recording(files.url(path))
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.error, recording.lease_until) == (PreparationState.FAILED, error, None)
    assert names_in(recording.folder) == []
    assert turn(run).state == TranscriptionState.DONE
    assert recording.transcripts.get().utterances.count() == 2


def test_fetching_that_failed_can_be_tried_again(create_recording: CreateRecording, files: Files, flash: Flash) -> None:
    recording, _run = create_recording(files.url("/later.wav"))
    prepare_playback(recording.pk)
    files.pages["/later.wav"] = answer(CLIP)
    assert retry_playback(recording=recording)
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.error) == (PreparationState.DONE, "")


def test_copy_that_is_there_is_not_fetched_again(create_recording: CreateRecording, files: Files) -> None:
    recording, _run = create_recording(files.url("/talks/welcome.wav"))
    prepare_playback(recording.pk)
    Recording.objects.update(state=PreparationState.QUEUED)
    prepare_playback(recording.pk)
    assert files.hits == ["/talks/welcome.wav"]


def test_full_disk_while_fetching_is_tried_again(
    create_recording: CreateRecording, files: Files, settings: Any
) -> None:
    recording, _run = create_recording(files.url("/talks/welcome.wav"))
    settings.SCRATCH_BYTES = -1
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.error, recording.not_before is not None) == (PreparationState.QUEUED, "", True)


def test_recording_deleted_while_it_is_fetched_leaves_nothing(
    create_recording: CreateRecording, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, _run = create_recording(files.url("/talks/welcome.wav"))
    put = FolderStore.put

    def put_late(store: FolderStore, file: Path, key: str) -> None:
        Recording.objects.filter(pk=recording.pk).delete()
        put(store, file, key)

    monkeypatch.setattr(FolderStore, "put", put_late)
    prepare_playback(recording.pk)
    assert not path_of(recording.folder).exists()


# --- The service refuses the address ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["45000006", "45000132", "45000151"])
def test_address_that_the_service_refuses_is_made_good_by_our_copy(
    create_recording: CreateRecording, files: Files, flash: Flash, code: str
) -> None:
    server = flash({"code": code, "message": "audio download failed"}, {"body": ANSWER})
    files.pages["/digits.m4a"] = answer(M4A)
    recording, run = create_recording(files.url("/digits.m4a"))
    prepare_playback(recording.pk)
    assert [turn(run).state for _try in range(2)] == [TranscriptionState.QUEUED, TranscriptionState.DONE]
    copy = (path_of(recording.folder) / "sendable-1.ogg").read_bytes()
    assert sent(server) == [{"url": recording.source_url}, whole(copy, format="ogg", codec="opus")]


def test_address_refused_before_the_copy_is_there_waits_for_it(
    create_recording: CreateRecording, files: Files, flash: Flash
) -> None:
    server = flash({"code": "45000006"}, {"body": ANSWER})
    recording, run = create_recording(files.url("/talks/welcome.wav"))
    assert [turn(run).state for _try in range(3)] == [TranscriptionState.QUEUED] * 3
    assert server.requests == 1
    prepare_playback(recording.pk)
    run_transcription(run.pk)  # Woken: no pause is left.
    assert after(recording) == (PreparationState.DONE, TranscriptionState.DONE)
    assert sent(server) == [{"url": recording.source_url}, whole(CLIP, format="wav")]


def test_address_that_neither_can_fetch_fails_with_one_sentence(
    create_recording: CreateRecording, files: Files, flash: Flash
) -> None:
    server = flash({"code": "45000006"})
    recording, run = create_recording(files.url("/nowhere"))
    turn(run)
    prepare_playback(recording.pk)
    run = turn(run)
    assert (run.state, run.error, run.status_code) == (TranscriptionState.FAILED, "address_unreachable", "45000006")
    assert (server.requests, len(run.tries), len(run.logid)) == (1, 1, 34)


def test_our_copy_that_is_refused_too_is_not_sent_again(
    create_recording: CreateRecording, files: Files, flash: Flash
) -> None:
    server = flash({"code": "45000151"}, {"code": "45000151"})
    recording, run = create_recording(files.url("/talks/welcome.wav"))
    prepare_playback(recording.pk)
    assert [turn(run).state for _try in range(2)] == [TranscriptionState.QUEUED, TranscriptionState.FAILED]
    run.refresh_from_db()
    assert (run.error, server.requests) == (ErrorKind.BAD_FORMAT, 2)


def test_other_faults_of_an_address_are_those_of_a_file(
    create_recording: CreateRecording, files: Files, flash: Flash
) -> None:
    server = flash({"code": "55000031"}, {"code": "45000010", "status": 401})
    _recording, run = create_recording(files.url("/talks/welcome.wav"))
    assert [turn(run).state for _try in range(2)] == [TranscriptionState.QUEUED, TranscriptionState.FAILED]
    assert sent(server) == [{"url": files.url("/talks/welcome.wav")}] * 2


# --- Without a service --------------------------------------------------------------------------------------------


def test_local_server_waits_for_the_copy_and_gets_it(
    create_recording: CreateRecording, files: Files, flash: Flash
) -> None:
    server = flash({"body": ANSWER}, local=True)
    recording, run = create_recording(files.url("/talks/welcome.wav"))
    for _turn in range(MAX_ATTEMPTS + 5):  # Waiting is no failed attempt.
        run = turn(run)
        assert (run.state, run.error, run.tries, run.waits_for_its_copy) == (TranscriptionState.QUEUED, "", [], True)
    assert run.not_before is not None
    assert run.not_before <= timezone.now() + timedelta(seconds=NOT_YET_SECONDS)
    quick.empty_queue()
    prepare_playback(recording.pk)
    assert queue.list_waiting() == [("recognise", run.pk)]
    run_transcription(run.pk)
    assert after(recording) == (PreparationState.DONE, TranscriptionState.DONE)
    assert sent(server) == [whole(CLIP, format="wav")]


def test_local_server_without_a_copy_fails_with_the_reason(
    create_recording: CreateRecording, files: Files, flash: Flash
) -> None:
    server = flash({"body": ANSWER}, local=True)
    recording, run = create_recording(files.url("/nowhere"))
    turn(run)
    prepare_playback(recording.pk)
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, server.requests) == (TranscriptionState.FAILED, "address_unreachable", 0)
    files.pages["/nowhere"] = answer(CLIP)
    assert retry_playback(recording=recording)
    assert retry_transcription(transcription=run)
    assert turn(run).state == TranscriptionState.QUEUED
    prepare_playback(recording.pk)
    run_transcription(run.pk)
    assert after(recording) == (PreparationState.DONE, TranscriptionState.DONE)


def test_whole_way_of_an_address_reaches_no_private_place(
    create_recording: CreateRecording, files: Files, flash: Flash, settings: Any
) -> None:
    settings.FETCH_FROM_PRIVATE_ADDRESSES = frozenset()
    flash({"body": ANSWER}, local=True)
    recording, run = create_recording(files.url("/talks/welcome.wav"))
    prepare_playback(recording.pk)
    run_transcription(run.pk)
    recording.refresh_from_db()
    run.refresh_from_db()
    assert (recording.error, run.error, files.hits) == ("address_not_public", "address_not_public", [])


def test_recording_that_is_too_large_is_not_fetched(
    create_recording: CreateRecording, files: Files, flash: Flash, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)
    recording, _run = create_recording(files.url("/talks/welcome.wav"))
    prepare_playback(recording.pk)
    recording.refresh_from_db()
    assert (recording.state, recording.error) == (PreparationState.FAILED, "address_too_large")


def test_track_of_an_address_is_sent_as_our_copy(lin: User, data_dir: Path, files: Files, flash: Flash) -> None:
    """The service would choose by itself."""
    server = flash({"body": ANSWER})
    files.pages["/film.mp4"] = answer((AUDIO.parent / "failing/a06_first_track_silent.mp4").read_bytes())
    recording = create_from_address(
        url=files.url("/film.mp4"), project=get_personal_project(lin), options=RecognitionOptions(), by=lin, track=0
    )
    run = recording.transcriptions.get()
    run_transcription(run.pk)
    prepare_playback(recording.pk)
    turn(run)
    recording.refresh_from_db()
    assert (recording.track, after(recording)) == (0, (PreparationState.DONE, TranscriptionState.DONE))
    (audio,) = sent(server)
    assert ("url" in audio, base64.b64decode(audio["data"])[:4]) == (False, b"OggS")


def test_address_of_a_single_track_goes_to_the_service(lin: User, data_dir: Path, files: Files, flash: Flash) -> None:
    server = flash({"body": ANSWER})
    url = files.url("/talks/welcome.wav")
    recording = create_from_address(
        url=url, project=get_personal_project(lin), options=RecognitionOptions(), by=lin, track=1
    )
    run = recording.transcriptions.get()
    run_transcription(run.pk)
    prepare_playback(recording.pk)
    turn(run)
    recording.refresh_from_db()
    assert (recording.track, [audio["url"] for audio in sent(server)]) == (None, [url])
