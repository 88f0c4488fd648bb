"""Recognition over real HTTP against the local flash server, which says what a script tells it."""

from __future__ import annotations

import base64
import errno
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from tests.conftest import ANSWER, AUDIO
from tests.files import path_of
from transcripts import logs, queue
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.enums import LOCAL_SERVICE, ChangeKind, EntryState, TranscriptionState
from transcripts.flash import errors
from transcripts.flash.errors import ErrorKind
from transcripts.flashserver.server import FlashServer, serve
from transcripts.logs import Dependency
from transcripts.messages import FAILURES, REFUSALS, explain_failure
from transcripts.models import Recording, Transcript, Transcription
from transcripts.services.glossary.entries import EntryValues, keep_entries
from transcripts.services.recognition import run as runs
from transcripts.services.recognition.run import (
    MAX_ATTEMPTS,
    cancel_transcription,
    retry_transcription,
    run_transcription,
)
from transcripts.services.store.folder import FolderStore

Flash = Callable[..., FlashServer]
Upload = Callable[..., Recording]

DONE, FAILED, QUEUED = TranscriptionState.DONE, TranscriptionState.FAILED, TranscriptionState.QUEUED


@pytest.fixture
def run(lin: User, upload: Upload) -> Transcription:
    """A transcription that waits for a worker."""
    return upload(lin).transcriptions.get()


def recognised(run: Transcription) -> Transcription:
    """The row after one more turn of a worker, whatever pause it was given."""
    Transcription.objects.filter(pk=run.pk).update(not_before=None)
    run_transcription(run.pk)
    return Transcription.objects.get(pk=run.pk)


@pytest.mark.parametrize("split", [True, False])
def test_channels_are_the_speakers_where_each_has_one(run: Transcription, flash: Flash, split: bool) -> None:
    answer = json.loads(json.dumps(ANSWER))
    for number, utterance in enumerate(answer["result"]["utterances"], start=1):
        utterance["additions"] = {"channel_id": str(number)}
    flash({"body": answer})
    run.options = {**run.options, "channel_split": split}
    run.save(update_fields=["options"])
    rows = recognised(run).transcript.utterances.select_related("speaker")
    assert [(row.channel, row.speaker.label if row.speaker else "") for row in rows] == [
        ("1", "1" if split else ""),
        ("2", "2" if split else ""),
    ]


@pytest.mark.parametrize(("language", "went", "count"), [("", ["Lin", "图灵", "Flashweb"], 2), ("ja-JP", None, 0)])
def test_glossary_goes_along_the_most_misheard_first(
    run: Transcription, settings: Any, lin: User, language: str, went: list[str] | None, count: int
) -> None:
    values = [
        EntryValues("Flashweb", {"flesh web": 2}),
        EntryValues("图灵", {"图林": 3}),
        EntryValues("off", is_on=False),
    ]
    project = run.recording.project
    keep_entries(project=project, values=[*values, EntryValues("maybe", state=EntryState.PROPOSED)], by=lin)
    run.options = {**run.options, "language": language, "hot_words": ["Lin"] if went else []}
    run.save(update_fields=["options"])
    with serve(script=[{"body": ANSWER}], keep_requests=True) as server:
        settings.FLASH_IS_LOCAL = False
        settings.FLASH_API_KEY, settings.FLASH_API_URL = "key-of-the-tests", server.url
        assert recognised(run).glossary_words == count
        corpus = json.loads(server.received[0].body)["request"].get("corpus")
    words = corpus and [item["word"] for item in json.loads(corpus["context"])["hotwords"]]
    assert words == went
    assert Transcription.objects.get().options["hot_words"] == (["Lin"] if went else [])


def test_without_a_glossary_nothing_goes_along(run: Transcription, flash: Flash) -> None:
    flash({"body": ANSWER})
    assert recognised(run).glossary_words is None


def test_answer_becomes_a_transcript(run: Transcription, flash: Flash, lin: User) -> None:
    flash({"body": ANSWER})
    run = recognised(run)
    assert (run.state, run.status_code, run.message, run.error) == (DONE, "20000000", "OK", "")
    assert (run.attempt, run.lease_until, run.tries, run.raw_answer) == (1, None, [], ANSWER)
    assert (len(run.logid), len(run.request_id), run.service) == (34, 36, "127.0.0.1")
    assert (run.total_bytes, run.sent_bytes) == (177572, 177572)
    assert run.started_at is not None
    assert run.finished_at is not None
    assert run.started_at <= run.finished_at
    transcript = run.transcript
    assert (transcript.recording, transcript.version) == (run.recording, 1)
    assert list(transcript.speakers.values_list("label", "name")) == [("1", ""), ("2", "")]
    rows = transcript.utterances.values_list("speaker__label", "start_ms", "end_ms", "text", "engine_text", "version")
    assert list(rows) == [
        ("1", 400, 1600, "欢迎 Lin 来。", "欢迎 Lin 来。", 1),
        ("2", 2000, 2600, "大家好。", "大家好。", 1),
    ]
    first = transcript.utterances.first()
    assert first is not None
    assert first.engine_words == [["欢", 400, 600], ["迎", 600, 800], ["Lin", 880, 1240], ["来", 1320, 1600]]
    assert first.words == [[*word, "engine"] for word in first.engine_words]
    assert (first.additions, first.channel) == ({"speaker": "1"}, "")
    changes = transcript.changes.values_list("version", "kind", "by__username", "revisions", "details")
    assert list(changes) == [(1, ChangeKind.RECOGNISED, "lin", None, {})]


def test_request_carries_options_credentials_and_the_very_file(lin: User, upload: Upload, settings: Any) -> None:
    with serve(script=[{"body": ANSWER}], keep_requests=True) as server:
        settings.FLASH_IS_LOCAL = False
        settings.FLASH_APP_KEY, settings.FLASH_ACCESS_KEY = "1234567890", "access-key-of-the-tests"
        settings.FLASH_RESOURCE_ID = "volc.seedasr.auc_turbo"
        settings.FLASH_API_URL = server.url
        run = recognised(
            upload(lin, language="en-US", speakers=True, punctuation=False, end_window_ms=900).transcriptions.get()
        )
        taken = server.received[0]
    body = json.loads(taken.body)
    assert base64.b64decode(body["audio"].pop("data")) == (AUDIO / "zh_welcome.wav").read_bytes()
    assert body == {
        "user": {"uid": "flashweb"},
        "audio": {"format": "wav", "language": "en-US"},
        "request": {
            "model_name": "bigmodel",
            "show_utterances": True,
            "enable_punc": False,
            "enable_itn": True,
            "enable_ddc": False,
            "enable_speaker_info": True,
            "enable_channel_split": False,
            "vad_segment": False,
            "end_window_size": 900,
        },
    }
    sent = {name: value for name, value in taken.headers.items() if name.startswith("X-Api-")}
    assert sent == {
        "X-Api-App-Key": "1234567890",
        "X-Api-Access-Key": "access-key-of-the-tests",
        "X-Api-Resource-Id": "volc.seedasr.auc_turbo",
        "X-Api-Request-Id": run.request_id,
        "X-Api-Sequence": "-1",
    }
    assert run.state == DONE


def test_local_server_needs_no_key(run: Transcription, settings: Any) -> None:
    with serve(script=[{"body": ANSWER}]) as server:
        settings.FLASH_IS_LOCAL, settings.FLASH_API_URL = True, server.url
        run = recognised(run)
        assert (run.state, run.service) == (DONE, LOCAL_SERVICE)


@pytest.mark.parametrize("body", [{}, {"audio_info": {"duration": 5000}, "result": {"text": ""}}])
def test_silence_is_an_empty_transcript(run: Transcription, flash: Flash, body: dict[str, Any]) -> None:
    server = flash({"code": "20000003", "message": "[Normal silence audio] no valid speech in audio", "body": body})
    run = recognised(run)
    assert (run.state, run.status_code, run.error, run.raw_answer) == (DONE, "20000003", "", body)
    assert (run.transcript.utterances.count(), run.transcript.changes.count(), run.transcript.version) == (0, 1, 1)
    assert server.requests == 1


def test_channels_and_rows_without_times_are_stored(run: Transcription, flash: Flash) -> None:
    rows = [
        {"text": "Hi.", "additions": {"channel_id": "1"}, "start_time": 0, "end_time": 0, "words": []},
        {"text": "Yes.", "additions": {"channel_id": "2"}, "start_time": 40, "end_time": 80},
    ]
    flash({"body": {"audio_info": {"duration": 90}, "result": {"text": "Hi. Yes.", "utterances": rows}}})
    stored = recognised(run).transcript.utterances.values_list("text", "channel", "start_ms", "end_ms", "speaker")
    assert list(stored) == [("Hi.", "1", 0, 1, None), ("Yes.", "2", 40, 80, None)]


def test_channel_of_a_mono_recording_is_not_stored(run: Transcription, flash: Flash) -> None:
    rows = [{"text": "Hi.", "additions": {"channel_id": "1"}, "start_time": 0, "end_time": 40}] * 2
    flash({"body": {"audio_info": {"duration": 90}, "result": {"text": "Hi. Hi.", "utterances": rows}}})
    assert set(recognised(run).transcript.utterances.values_list("channel", flat=True)) == {""}


def test_answer_with_strange_values_is_stored_as_far_as_it_goes(run: Transcription, flash: Flash) -> None:
    """An answer was paid for: no column may be too short for it."""
    latest = 2**31 - 1
    rows = [
        {
            "text": "a",
            "additions": {"speaker": "s" * 50 + "1", "channel_id": "front left"},
            "start_time": 1,
            "end_time": 2,
        },
        {
            "text": "b",
            "additions": {"speaker": "s" * 50 + "2", "channel_id": "rear"},
            "start_time": 3,
            "end_time": 4,
        },
        {"text": "c\x00\ud800", "start_time": latest, "end_time": latest},
        {"text": "d" * 100_000, "start_time": 7, "end_time": 2**40},
    ]
    flash({"body": json.dumps({"audio_info": {"duration": 9}, "result": {"text": "abc", "utterances": rows}})})
    stored = (
        recognised(run)
        .transcript.utterances.order_by("text")
        .values_list("text", "speaker__label", "channel", "start_ms", "end_ms")
    )
    assert list(stored) == [
        ("a", "s" * 40, "front le", 1, 2),
        ("b", "s" * 40, "rear", 3, 4),
        ("c", None, "", latest - 1, latest),
        ("d" * 100_000, None, "", 7, 8),
    ]


def test_fault_of_our_own_is_told_and_not_billed_for_ever(run: Transcription, flash: Flash) -> None:
    server = flash({"body": ANSWER})

    def broken(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "transcripts_transcript"'):
            raise RuntimeError("a bug")
        return execute(sql, *rest)

    with connection.execute_wrapper(broken):
        states = [recognised(run).state for _try in range(5)]
    run.refresh_from_db()
    assert (states, run.error) == ([QUEUED] * 4 + [FAILED], ErrorKind.INTERNAL)
    assert [one["message"] for one in run.tries] == ["RuntimeError"] * 5
    assert (server.requests, Transcript.objects.count()) == (1, 0)  # The answer was kept.
    assert retry_transcription(transcription=run)
    run = recognised(run)
    assert (run.state, run.status_code, server.requests) == (DONE, "20000000", 1)


# HTTP status, code, message -> what it is, and whether the row waits for another try.
FAULTS = [
    (200, "45000000", "unexpected end of JSON input", ErrorKind.INVALID_REQUEST, False),
    (200, "45000001", "missing field", ErrorKind.INVALID_REQUEST, False),
    (200, "45000002", "empty audio", ErrorKind.EMPTY_AUDIO, False),
    (200, "45000006", "Invalid audio URI", ErrorKind.BAD_URL, False),
    (401, "45000010", "request and grant appid mismatch", ErrorKind.BAD_CREDENTIALS, False),
    (403, "45000030", "[resource_id=x] requested resource not granted", ErrorKind.NOT_GRANTED, False),
    (200, "45000131", "window over quota", ErrorKind.QUOTA, False),
    (200, "45000132", "file too large", ErrorKind.TOO_LARGE, False),
    (200, "45000151", "wrong audio format", ErrorKind.BAD_FORMAT, False),
    (200, "45000292", "quota exceeded for types: concurrency", ErrorKind.CONCURRENCY, True),
    (200, "45000292", "quota exceeded for types: audio_duration_lifetime", ErrorKind.SPENT, False),
    (200, "55000001", "internal error", ErrorKind.INTERNAL, True),
    (200, "55000031", "服务器繁忙", ErrorKind.BUSY, True),
    (200, "55000099", "service error", ErrorKind.INTERNAL, True),
    (200, "21701", "21701 audio download failed", ErrorKind.BAD_URL, False),
    (200, "20000001", "processing", ErrorKind.MALFORMED, False),
    (429, None, "slow down", ErrorKind.BUSY, True),
    (413, None, "", ErrorKind.TOO_LARGE, False),
    (502, None, "", ErrorKind.INTERNAL, True),
    (503, None, "", ErrorKind.BUSY, True),
    (200, None, "", ErrorKind.MALFORMED, False),
    (200, "49999999", "never heard of", ErrorKind.UNKNOWN, False),
]


@pytest.mark.parametrize(("status", "code", "message", "kind", "again"), FAULTS)
def test_fault_of_the_service_is_told_and_tried_again_where_that_may_help(
    run: Transcription,
    flash: Flash,
    status: int,
    code: str | None,
    message: str,
    kind: ErrorKind,
    again: bool,
) -> None:
    server = flash({"status": status, "code": code, "message": message})
    before = timezone.now()
    run = recognised(run)
    assert (run.state, run.error, run.status_code) == (QUEUED if again else FAILED, kind, code or "")
    assert run.message == (message or f"HTTP {status} without a status code, 2 bytes")
    assert (len(run.logid), len(run.request_id), run.lease_until) == (34, 36, None)
    assert [(one["error"], one["status_code"], one["logid"], one["request_id"]) for one in run.tries] == [
        (kind, code or "", run.logid, run.request_id)
    ]
    assert server.requests == 1
    assert not Transcript.objects.exists()
    assert explain_failure(run.error) == str(FAILURES[kind])
    if again:
        assert run.not_before is not None
        assert run.finished_at is None
        assert timedelta(seconds=2) <= run.not_before - before <= timedelta(seconds=10)
        assert Transcription.objects.claim(run.pk) is None
    else:
        assert (run.not_before, run.finished_at is not None) == (None, True)


def test_every_documented_code_stands_in_the_fault_table() -> None:
    assert set(errors._CODES) - {code for _status, code, *_rest in FAULTS} == set()


def test_every_failure_has_a_sentence_of_its_own() -> None:
    sentences = [str(sentence) for sentence in (*FAILURES.values(), *REFUSALS.values())]
    assert (set(FAILURES), len(set(sentences))) == (set(ErrorKind), len(sentences))
    assert all(sentence.endswith(".") for sentence in sentences)
    assert explain_failure("from a newer version") == str(FAILURES[ErrorKind.UNKNOWN])
    assert explain_failure("unreadable") == "This is not a readable audio or video file."


def test_service_that_cannot_be_reached_is_tried_again(run: Transcription, flash: Flash) -> None:
    flash({"body": ANSWER}).close()
    run = recognised(run)
    assert (run.state, run.error, run.status_code, run.logid) == (QUEUED, ErrorKind.REFUSED, "", "")


def test_busy_service_is_asked_five_times_with_growing_pauses(run: Transcription, flash: Flash) -> None:
    server = flash({"code": "55000031", "message": "busy"})
    pauses = []
    while (run := recognised(run)).state == QUEUED:
        assert run.not_before is not None
        pauses.append((run.not_before - timezone.now()).total_seconds())
    assert (run.state, run.error, run.attempt, server.requests) == (FAILED, ErrorKind.BUSY, 5, 5)
    assert len({one["request_id"] for one in run.tries}) == 5
    assert [low - 1 < pause <= low * 1.25 for low, pause in zip((2, 6, 18, 54), pauses, strict=True)] == [True] * 4


@pytest.mark.parametrize(
    ("minutes", "local", "state"), [(14, False, QUEUED), (15, False, FAILED), (15, True, QUEUED), (600, True, QUEUED)]
)
def test_tries_end_after_a_quarter_of_an_hour(
    run: Transcription, flash: Flash, settings: Any, minutes: int, local: bool, state: TranscriptionState
) -> None:
    """However few they were; on one's own machine a try may last for hours."""
    flash({"code": "55000031", "message": "busy"})
    settings.FLASH_IS_LOCAL = local
    first = {"error": "busy", "at": (timezone.now() - timedelta(minutes=minutes)).isoformat()}
    Transcription.objects.update(tries=[first])
    run = recognised(run)
    assert (run.state, run.error, len(run.tries)) == (state, ErrorKind.BUSY, 2)


def test_keys_and_audio_stay_out_of_log_and_database(
    run: Transcription, flash: Flash, caplog: pytest.LogCaptureFixture
) -> None:
    flash({"code": "55000031", "message": "busy key-of-the-tests"}, {"drop": True}, {"body": ANSWER})
    caplog.set_level(0)
    for _try in range(3):
        run = recognised(run)
    assert run.state == DONE
    stored = json.dumps(list(Transcription.objects.values()), default=str)
    audio = base64.b64encode(path_of(run.recording.original).read_bytes()[:3000]).decode()
    for secret in ("key-of-the-tests", audio[100:140]):
        assert secret not in caplog.text + stored


def test_service_that_recovers_leaves_no_trace_of_its_faults(run: Transcription, flash: Flash) -> None:
    flash({"code": "55000031", "message": "busy"}, {"status": 502, "code": None}, {"body": ANSWER})
    assert [recognised(run).state for _try in range(3)] == [QUEUED, QUEUED, DONE]
    run.refresh_from_db()
    assert (run.error, run.status_code, run.message, len(run.tries), run.attempt) == ("", "20000000", "OK", 2, 3)
    assert Transcript.objects.count() == 1


@pytest.mark.parametrize("entry", [{"drop": True}, {"body": ANSWER, "cut_after": 40}])
def test_unclear_fault_of_the_service_is_tried_once_more(
    run: Transcription, flash: Flash, entry: dict[str, Any]
) -> None:
    server = flash(entry)
    assert [recognised(run).state for _try in range(2)] == [QUEUED, FAILED]
    run.refresh_from_db()
    assert ([one["error"] for one in run.tries], server.requests) == ([ErrorKind.UNCLEAR] * 2, 2)


def test_second_unclear_fault_ends_it_even_with_others_between(run: Transcription, flash: Flash) -> None:
    flash({"drop": True}, {"code": "55000031"}, {"drop": True})
    assert [recognised(run).state for _try in range(3)] == [QUEUED, QUEUED, FAILED]


def test_unclear_fault_of_the_local_server_costs_nothing_and_is_tried_five_times(
    run: Transcription, flash: Flash, settings: Any
) -> None:
    server = flash({"drop": True})
    settings.FLASH_IS_LOCAL = True
    assert [recognised(run).state for _try in range(5)] == [QUEUED] * 4 + [FAILED]
    assert server.requests == 5


def test_retry_of_a_failed_one_starts_afresh(
    run: Transcription, flash: Flash, django_capture_on_commit_callbacks: Any
) -> None:
    flash({"code": "45000151", "message": "wrong audio format"}, {"code": "55000031"}, {"body": ANSWER})
    run = recognised(run)
    with django_capture_on_commit_callbacks(execute=True):
        assert retry_transcription(transcription=run)
    assert queue.list_waiting() == [("recognise", run.pk)]
    run.refresh_from_db()
    cleared = (run.state, run.error, run.status_code, run.message, run.logid, run.request_id, run.tries)
    assert cleared == (QUEUED, "", "", "", "", "", [])
    assert (run.finished_at, run.sent_bytes, run.total_bytes, run.attempt) == (None, 0, 0, 1)
    assert [recognised(run).state for _try in range(2)] == [QUEUED, DONE]
    run.refresh_from_db()
    assert (run.attempt, len(run.tries)) == (3, 1)


def test_retry_of_one_that_waits_for_its_next_try_is_due_at_once(run: Transcription, flash: Flash) -> None:
    flash({"code": "55000031"}, {"body": ANSWER})
    run_transcription(run.pk)
    run_transcription(run.pk)  # Nothing: its time has not come.
    run.refresh_from_db()
    assert (run.state, run.attempt) == (QUEUED, 1)
    assert retry_transcription(transcription=run)
    run_transcription(run.pk)
    run.refresh_from_db()
    assert run.state == DONE


@pytest.mark.parametrize("state", [QUEUED, *Transcription.RUNNING, DONE])
def test_retry_of_what_has_not_ended_badly_does_nothing(run: Transcription, state: TranscriptionState) -> None:
    Transcription.objects.update(state=state)
    assert not retry_transcription(transcription=run)
    run.refresh_from_db()
    assert (run.state, queue.count_waiting()) == (state, 0)


@pytest.mark.parametrize("state", [DONE, FAILED, TranscriptionState.CANCELLED])
def test_cancel_of_what_has_ended_does_nothing(run: Transcription, state: TranscriptionState) -> None:
    Transcription.objects.update(state=state)
    assert not cancel_transcription(transcription=run)
    run.refresh_from_db()
    assert (run.state, run.finished_at) == (state, None)


def test_run_of_what_is_not_due_asks_nobody(run: Transcription, flash: Flash) -> None:
    server = flash({"body": ANSWER})
    recognised(run)
    recognised(run)
    assert cancel_transcription(transcription=run) is False
    assert (server.requests, Transcript.objects.count()) == (1, 1)
    Transcription.objects.all().delete()
    run_transcription(run.pk)
    assert server.requests == 1


@pytest.mark.long
def test_file_that_is_out_of_reach_is_waited_for(
    run: Transcription, flash: Flash, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may come back: no try is counted, pauses grow to five minutes, and it is logged once."""
    monkeypatch.setattr(runs, "FILE_STORE", Dependency("file store"))
    monkeypatch.setattr(logs, "STEADY_SECONDS", 0)
    server = flash({"body": ANSWER})
    away = path_of(run.recording.original).rename(path_of(run.recording.folder) / "away")
    pauses = []
    for _turn in range(MAX_ATTEMPTS + 5):
        before = timezone.now()
        run = recognised(run)
        assert (run.state, run.error, run.tries, run.lease_until) == (QUEUED, "out_of_reach", [], None)
        assert run.waits_for_its_file
        pauses.append((run.not_before - before).total_seconds())
    assert (pauses[0] < 8, pauses[1] >= 10, 300 <= pauses[-1] < 380) == (True, True, True)
    assert "cannot reach this recording's file" in explain_failure(run.error)
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "WARNING"}] == [
        "The file store is not responding: see FLASHWEB_DATA and FILES_URL. Work on its files waits."
    ]
    away.rename(path_of(run.recording.original))
    run = recognised(run)
    assert (run.state, run.error, run.put_off, server.requests) == (DONE, "", 0, 1)
    assert any(line.startswith("The file store is responding again, after ") for line in caplog.messages)


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EACCES])
def test_disk_that_fails_while_the_file_is_read_is_no_fault_of_the_file(
    run: Transcription, flash: Flash, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The decoder says that it is no sound."""
    flash({"body": ANSWER})
    Recording.objects.update(api_format="")

    def decode(*_arguments: Any, **_options: Any) -> Any:
        raise NotAudio("unreadable")

    def fail(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(number, "no")

    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "convert_for_api", decode)
        patch.setattr(FolderStore, "read", fail)
        run = recognised(run)
    assert (run.state, run.error, run.tries) == (QUEUED, "out_of_reach", [])
    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "convert_for_api", decode)
        run = recognised(run)
    assert (run.state, run.error) == (FAILED, "unreadable")


def test_answer_that_is_no_answer_fails_with_its_logid(run: Transcription, flash: Flash) -> None:
    flash({"body": "<html>gateway</html>"})
    run = recognised(run)
    assert (run.state, run.error, run.status_code, len(run.logid)) == (
        FAILED,
        ErrorKind.ANSWER_KEPT,
        "20000000",
        34,
    )
    assert not Transcript.objects.exists()


def test_attempts_that_never_come_to_an_end_are_ended(run: Transcription, flash: Flash) -> None:
    """Fifty workers died over it; a person may still have it tried again."""
    server = flash({"body": ANSWER})
    Transcription.objects.update(attempt=MAX_ATTEMPTS)
    run = recognised(run)
    assert (run.state, run.error, run.message, server.requests) == (
        FAILED,
        ErrorKind.INTERNAL,
        "too many attempts",
        0,
    )
    retry_transcription(transcription=run)
    assert (recognised(run).state, server.requests) == (DONE, 1)
