"""Recordings over two hours: recognised part by part, what came is kept, and one transcript comes of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests import quick
from tests.files import path_of
from tests.flashserver.clients import Tones, wav
from tests.processes import wait_for
from transcripts.audio import results
from transcripts.audio.convert import convert_for_api
from transcripts.enums import TranscriptionState
from transcripts.flash.errors import ErrorKind
from transcripts.flash.options import RecognitionOptions
from transcripts.flashserver.recognizer import RecognizerOptions, Samples, TimedUtterance
from transcripts.flashserver.server import FlashServer, serve
from transcripts.models import AnswerPart, Recording, Slot, Transcript, Transcription
from transcripts.services.recognition.kept_answers import read_kept_answer
from transcripts.services.recognition.run import (
    cancel_transcription,
    request_transcription,
    retry_transcription,
    run_next_transcription,
)

pytestmark = pytest.mark.long

QUEUED, CONVERTING, SENDING, WAITING, DONE, FAILED, CANCELLED = TranscriptionState

# Where the parts begin and end, and their sound: a half second of tone for each x. The third is silent.
PARTS = [
    (0, 2_600_011, "-x---x"),
    (2_600_011, 5_200_017, "x-----"),
    (5_200_017, 7_800_023, "------"),
    (7_800_023, 9_000_000, "--x---"),
]
ROWS = [
    ("音。", 500, 980, "1-1"),
    ("音。", 2500, 2980, "1-1"),
    ("音。", 2_600_011, 2_600_491, "2-1"),
    ("音。", 7_801_023, 7_801_503, "4-1"),
]


class Listener(Tones):
    """Tones that tell how many listen at once; they answer when `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()
        self.lock = threading.Lock()
        self.now = self.most = 0

    def recognise(self, samples: Samples, options: RecognizerOptions, gone: Callable[[], bool]) -> list[TimedUtterance]:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            self.go.wait(30)
            time.sleep(0.1)
            return super().recognise(samples, options, gone)
        finally:
            with self.lock:
                self.now -= 1


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("parts")
    made = []
    for number, (_start, _end, pattern) in enumerate(PARTS):
        (folder / "part.wav").write_bytes(wav(pattern))
        made.append(folder / f"{number}.ogg")
        convert_for_api(folder / "part.wav", made[-1])
    return made


@pytest.fixture
def run(transactional_db: None, lin: User, data_dir: Path, sounds: list[Path]) -> Transcription:
    """A recording of two and a half hours, whose parts lie there as an earlier try has made them."""
    recording = quick.create_recording(lin, speakers=True)
    Recording.objects.update(duration_ms=9_000_000, api_format="")
    folder = path_of(recording.folder) / "parts-1"
    folder.mkdir()
    for (start_ms, end_ms, _pattern), sound in zip(PARTS, sounds, strict=True):
        results.AudioPart.for_span(folder, start_ms, end_ms).path.write_bytes(sound.read_bytes())
    return recording.transcriptions.get()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def flash(settings: Any, listener: Listener) -> Iterator[Callable[..., FlashServer]]:
    """A server that listens, after it has said what the script says."""
    servers: list[FlashServer] = []

    def start(*script: dict[str, Any]) -> FlashServer:
        servers.append(serve(script=script, recognizer=listener))
        settings.FLASH_IS_LOCAL = False
        settings.FLASH_API_KEY = "key-of-the-tests"
        settings.FLASH_API_URL = servers[-1].url
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def recognised(run: Transcription) -> Transcription:
    Transcription.objects.filter(pk=run.pk).update(not_before=None)
    run_next_transcription()
    return Transcription.objects.get(pk=run.pk)


def rows(transcript: Transcript) -> list[tuple[str, int, int, str]]:
    return list(transcript.utterances.values_list("text", "start_ms", "end_ms", "speaker__label"))


def kept(run: Transcription) -> list[tuple[int, str]]:
    return list(run.parts.values_list("number", "status_code"))


def test_parts_become_one_transcript_with_the_times_of_the_whole(
    run: Transcription, flash: Callable[..., FlashServer]
) -> None:
    server = flash()
    run = recognised(run)
    assert (run.state, run.status_code, run.error, server.requests) == (DONE, "20000000", "", 4)
    assert (run.sent_bytes, run.total_bytes) == (run.total_bytes, sum(_sizes(run)))
    transcript = run.transcript
    assert rows(transcript) == ROWS
    assert [row.words for row in transcript.utterances.all()] == [
        [["音", start, end, "engine"]] for _text, start, end, _speaker in ROWS
    ]
    assert [str(speaker) for speaker in transcript.speakers.all()] == ["Speaker 1-1", "Speaker 2-1", "Speaker 4-1"]
    assert kept(run) == [(1, "20000000"), (2, "20000000"), (3, "20000003"), (4, "20000000")]
    assert [(part.start_ms, part.end_ms) for part in run.parts.all()] == [part[:2] for part in PARTS]
    assert run.raw_answer["audio_info"] == {"duration": 9_000_000}
    assert [one["start_time"] for one in run.raw_answer["result"]["utterances"]] == [row[1] for row in ROWS]
    assert {(part.logid, part.request_id) for part in run.parts.all()} >= {(run.logid, run.request_id)}


def _sizes(run: Transcription) -> list[int]:
    return [path.stat().st_size for path in (path_of(run.recording.folder) / "parts-1").iterdir()]


def test_silence_throughout_is_an_empty_transcript(
    run: Transcription, flash: Callable[..., FlashServer], sounds: list[Path]
) -> None:
    for path in (path_of(run.recording.folder) / "parts-1").iterdir():
        path.write_bytes(sounds[2].read_bytes())
    flash()
    run = recognised(run)
    assert (run.state, run.status_code, rows(run.transcript)) == (DONE, "20000003", [])


@pytest.mark.parametrize("most", [1, 2, 4])
def test_parts_are_with_the_service_together_but_not_too_many(
    run: Transcription, flash: Callable[..., FlashServer], listener: Listener, settings: Any, most: int
) -> None:
    settings.FLASH_CONCURRENCY = most
    flash()
    listener.go.clear()
    worker = _in_thread(run)
    try:
        wait_for("as many as may", lambda: listener.now == most, 30)
        time.sleep(0.3)
    finally:
        listener.go.set()
        worker.join(timeout=60)
    run.refresh_from_db()
    assert (run.state, listener.most, rows(run.transcript)) == (DONE, most, ROWS)
    assert Slot.objects.exclude(lease_until=None).count() == 0


def _in_thread(run: Transcription) -> threading.Thread:
    def work() -> None:
        try:
            run_next_transcription()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("fault", "state", "error"),
    [
        ({"code": "45000151", "message": "wrong audio format"}, FAILED, ErrorKind.BAD_FORMAT),
        ({"code": "55000031", "message": "busy"}, QUEUED, ErrorKind.BUSY),
        ({"drop": True}, QUEUED, ErrorKind.UNCLEAR),
    ],
)
def test_when_a_part_fails_the_others_are_kept_and_only_it_is_sent_again(
    run: Transcription,
    flash: Callable[..., FlashServer],
    fault: dict[str, Any],
    state: TranscriptionState,
    error: ErrorKind,
) -> None:
    server = flash(fault)
    run = recognised(run)
    assert (run.state, run.error, len(run.tries), server.requests) == (state, error, 1, 4)
    assert (run.parts.count(), Transcript.objects.count()) == (3, 0)
    before = kept(run)
    if state == FAILED:
        assert retry_transcription(transcription=run)
    run = recognised(run)
    assert (run.state, run.error, server.requests) == (DONE, "", 5)
    assert set(before) < set(kept(run))
    assert (rows(run.transcript), run.sent_bytes) == (ROWS, run.total_bytes)


def test_part_that_stays_unclear_is_sent_twice_and_no_more(
    run: Transcription, flash: Callable[..., FlashServer]
) -> None:
    server = flash({"drop": True}, {}, {}, {}, {"drop": True})
    assert [recognised(run).state for _try in range(2)] == [QUEUED, FAILED]
    run.refresh_from_db()
    assert ([one["error"] for one in run.tries], server.requests) == ([ErrorKind.UNCLEAR] * 2, 5)
    assert retry_transcription(transcription=run)
    assert (recognised(run).state, server.requests) == (DONE, 6)


def test_what_ends_it_counts_more_than_what_another_try_may_mend(
    run: Transcription, flash: Callable[..., FlashServer]
) -> None:
    """Each of the four parts fails in its own way."""
    flash({"code": "55000031"}, {"drop": True}, {"code": "45000131", "message": "quota"}, {"status": 502, "code": None})
    run = recognised(run)
    assert (run.state, run.error, len(run.tries), run.parts.count()) == (FAILED, ErrorKind.QUOTA, 1, 0)


def test_what_comes_after_a_cancel_waits_for_another_try(
    run: Transcription, flash: Callable[..., FlashServer], listener: Listener
) -> None:
    server = flash()
    listener.go.clear()
    worker = _in_thread(run)
    try:
        wait_for("parts under way", lambda: listener.now == 4, 30)
        assert cancel_transcription(transcription=run)
    finally:
        listener.go.set()
        worker.join(timeout=60)
    run.refresh_from_db()
    assert (run.state, run.error, run.raw_answer, kept(run)) == (CANCELLED, "", None, [])
    assert (Transcript.objects.count(), Slot.objects.exclude(lease_until=None).count()) == (0, 0)
    assert retry_transcription(transcription=run)
    assert (recognised(run).state, server.requests) == (DONE, 4)  # They were paid for.


def test_long_recording_leaves_slots_to_those_who_wait(
    run: Transcription, flash: Callable[..., FlashServer], listener: Listener, lin: User, settings: Any
) -> None:
    """It goes on with the one it has."""
    settings.FLASH_CONCURRENCY = 4
    server = flash()
    waiting = quick.create_recording(lin).transcriptions.get()
    listener.go.clear()
    worker = _in_thread(run)
    try:
        wait_for("its first part", lambda: listener.now == 1, 30)
        time.sleep(0.3)
        assert listener.most == 1
        Transcription.objects.filter(pk=waiting.pk).update(state=CANCELLED)
    finally:
        listener.go.set()
        worker.join(timeout=60)
    run.refresh_from_db()
    assert (run.state, server.requests, listener.most > 1) == (DONE, 4, True)


def test_superseded_worker_stores_no_part_by_itself(
    run: Transcription, flash: Callable[..., FlashServer], listener: Listener
) -> None:
    server = flash()
    listener.go.clear()
    late = _in_thread(run)
    try:
        wait_for("parts under way", lambda: listener.now == 4, 30)
        Transcription.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        taken = Transcription.objects.claim(run.pk)
        assert taken is not None
    finally:
        listener.go.set()
        late.join(timeout=60)
    assert (kept(run), Transcript.objects.count()) == ([], 0)
    Transcription.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert (recognised(run).state, server.requests, Transcript.objects.count()) == (
        DONE,
        4,
        1,
    )  # What was paid for is taken over.


def test_worker_that_died_before_the_end_leaves_nothing_to_send(
    run: Transcription, flash: Callable[..., FlashServer]
) -> None:
    server = flash({"code": "45000151"})
    recognised(run)
    retry_transcription(transcription=run)
    recognised(run)
    Transcript.objects.all().delete()
    Transcription.objects.update(state=SENDING, lease_until=timezone.now() - timedelta(seconds=1))
    run = recognised(run)
    assert (run.state, rows(run.transcript), server.requests) == (DONE, ROWS, 5)


def test_part_that_was_kept_and_not_read_is_read_by_the_next_worker(
    run: Transcription, flash: Callable[..., FlashServer]
) -> None:
    server = flash()
    run = recognised(run)
    for part in run.parts.all():
        AnswerPart.objects.filter(pk=part.pk).update(raw_answer=None, answer_body=json.dumps(part.raw_answer).encode())
    Transcript.objects.all().delete()
    Transcription.objects.update(state=WAITING, lease_until=timezone.now() - timedelta(seconds=1))
    run = recognised(run)
    assert (run.state, rows(run.transcript), server.requests) == (DONE, ROWS, 4)
    assert run.parts.filter(raw_answer__isnull=False, answer_body=None).count() == 4


@pytest.mark.parametrize("other", [{}, {"code": "45000131", "message": "quota"}, {"code": "55000031"}])
def test_part_that_cannot_be_read_is_kept_and_read_again(
    run: Transcription, flash: Callable[..., FlashServer], other: dict[str, Any]
) -> None:
    missing = int(bool(other))
    server = flash({"body": "no JSON"}, other)
    run = recognised(run)
    assert (run.state, run.error, run.status_code, len(run.logid)) == (FAILED, ErrorKind.ANSWER_KEPT, "20000000", 34)
    assert (server.requests, run.parts.count()) == (4, 4 - missing)
    assert read_kept_answer(transcription=run)
    run = recognised(run)
    assert (run.state, run.error, server.requests) == (FAILED, ErrorKind.ANSWER_KEPT, 4)
    unread = run.parts.get(raw_answer__isnull=True)
    assert bytes(unread.answer_body or b"") == b"no JSON"
    said = {"result": {"text": "音。", "utterances": [{"text": "音。", "start_time": 9, "end_time": 99}]}}
    run.parts.filter(pk=unread.pk).update(answer_body=json.dumps(said).encode())
    assert read_kept_answer(transcription=run)
    run = recognised(run)
    assert (run.state, server.requests) == (DONE, 4 + missing)
    assert ("音。", unread.start_ms + 9, unread.start_ms + 99, None) in rows(run.transcript)
    assert not run.parts.exclude(answer_body=None).exists()


def test_retry_asks_only_for_the_part_that_could_not_be_read(
    run: Transcription, flash: Callable[..., FlashServer]
) -> None:
    server = flash({"body": "no JSON"})
    run = recognised(run)
    assert retry_transcription(transcription=run)
    assert run.parts.count() == 3
    run = recognised(run)
    assert (run.state, rows(run.transcript), server.requests) == (DONE, ROWS, 5)


def test_again_with_other_options_sends_every_part_anew(
    run: Transcription, flash: Callable[..., FlashServer], lin: User
) -> None:
    server = flash()
    first = recognised(run).transcript
    second = request_transcription(recording=run.recording, options=RecognitionOptions(), by=lin)
    second = recognised(second)
    assert (second.state, server.requests, AnswerPart.objects.count()) == (DONE, 8, 8)
    assert rows(second.transcript) == [(*row[:3], None) for row in ROWS]
    assert rows(first) == ROWS
    assert [path.name for path in path_of(run.recording.folder).iterdir() if path.name != "original"] == ["parts-1"]


def test_hidden_length_is_found_out_and_the_recording_split(
    run: Transcription, flash: Callable[..., FlashServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header claims nothing: the copy turns out too long, and the parts take its place."""
    monkeypatch.setattr("transcripts.services.recognition.api_requests.MAX_AUDIO_MS", 5000)
    Recording.objects.update(duration_ms=None)
    folder = path_of(run.recording.folder)
    (folder / "parts-1").rename(folder / "away")
    flash()
    run = recognised(run)
    assert run.state == DONE
    assert not (folder / "sendable-1.ogg").exists()
    first, second = results.AudioPart.list_in(folder / "parts-1")
    assert (first.start_ms, first.end_ms, second.end_ms) == (0, second.start_ms, 5547)
