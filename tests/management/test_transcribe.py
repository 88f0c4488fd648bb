"""`manage.py transcribe`, in this process against a scripted server and as a program of its own."""

from __future__ import annotations

import base64
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.files import path_of
from tests.flashserver.clients import Bursts, wav
from transcripts.audio.decode import decode
from transcripts.flash.options import RecognitionOptions
from transcripts.flashserver.server import FlashServer, serve
from transcripts.management.commands.transcribe import FORMATS
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.exporting.export_bundle import build_bundle
from transcripts.services.recognition import api_requests
from transcripts.services.recordings.create import create_recording

ROOT = Path(__file__).resolve().parents[2]
AUDIO = ROOT / "tests/data/audio"
CLIP = str(AUDIO / "zh_percent.mp3")
ANSWER: dict[str, Any] = json.loads((ROOT / "tests/data/answers/01-flash-official-guanbi.json").read_text("utf-8"))
SILENCE = {
    "code": "20000003",
    "message": "[Normal silence audio] no valid speech in audio",
    "body": {"audio_info": {"duration": 5000}, "result": {"text": ""}},
}


@pytest.fixture
def server(settings: Any) -> Iterator[Callable[..., FlashServer]]:
    """Starts a server with a script and makes it the configured service."""
    started: list[FlashServer] = []

    def start(*script: dict[str, Any]) -> FlashServer:
        started.append(serve(script=script, keep_requests=True))
        settings.FLASH_IS_LOCAL = False
        settings.FLASH_API_KEY = "key-of-the-tests"
        settings.FLASH_API_URL = started[-1].url
        return started[-1]

    yield start
    for one in started:
        one.close()


def sent(server: FlashServer) -> dict[str, Any]:
    (taken,) = server.received
    body: dict[str, Any] = json.loads(taken.body)
    body["audio"].pop("data", None)
    return body


def transcribe(tmp_path: Path, *arguments: str) -> bytes:
    call_command("transcribe", *arguments, "-o", str(tmp_path / "out"))
    return (tmp_path / "out").read_bytes()


def test_without_a_format_the_raw_answer_is_written(
    server: Callable[..., FlashServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = server({"body": ANSWER})
    content = transcribe(tmp_path, CLIP)
    assert json.loads(content) == ANSWER
    assert "关闭透传。" in content.decode()
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == ["X-Api-Status-Code: 20000000", "X-Api-Message: OK"]
    assert [line.partition(": ")[0] for line in told] == [
        "X-Api-Status-Code",
        "X-Api-Message",
        "X-Tt-Logid",
        "seconds",
    ]
    assert sent(started)["audio"] == {"format": "mp3"}


@pytest.mark.parametrize(
    ("format_name", "expected"),
    [
        ("txt", "关闭透传。\n"),
        ("srt", "1\n00:00:00,450 --> 00:00:01,530\n关闭透传。\n\n"),
    ],
)
def test_format_is_an_export(
    server: Callable[..., FlashServer], tmp_path: Path, format_name: str, expected: str
) -> None:
    server({"body": ANSWER})
    content = transcribe(tmp_path, CLIP, "--format", format_name).decode("utf-8-sig").replace("\r\n", "\n")
    assert content.rstrip("\n") == expected.rstrip("\n")


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_can_be_had(server: Callable[..., FlashServer], tmp_path: Path, format_name: str) -> None:
    server({"body": ANSWER})
    assert len(transcribe(tmp_path, CLIP, "--format", format_name)) > 10


def test_clips_are_the_sound_of_the_rows(server: Callable[..., FlashServer], tmp_path: Path) -> None:
    server({"body": ANSWER})
    content = transcribe(tmp_path, CLIP, "--format", "clips")
    with ZipFile(BytesIO(content)) as archive:
        assert archive.namelist() == ["0001 00-00-00 关闭透传。.m4a"]
        assert archive.testzip() is None


@pytest.mark.parametrize(("number", "loud"), [("1", False), ("2", True), ("", True)])
def test_track_that_is_asked_for_is_sent_and_cut(
    server: Callable[..., FlashServer], tmp_path: Path, number: str, loud: bool
) -> None:
    """Desktop is silent, Mic has speech."""
    started = server({"body": ANSWER})
    film = str(AUDIO.parent / "failing/a06_first_track_silent.mp4")
    clips = transcribe(tmp_path, film, "--format", "clips", *(["--track", number] if number else []))
    (clip,) = ZipFile(BytesIO(clips)).infolist()
    (tmp_path / "clip").write_bytes(ZipFile(BytesIO(clips)).read(clip))
    (tmp_path / "sent").write_bytes(base64.b64decode(json.loads(started.received[0].body)["audio"]["data"]))
    for file in ("clip", "sent"):
        assert bool(np.abs(decode(tmp_path / file)).max() > 0.05) == loud


@pytest.mark.parametrize(
    ("number", "sentence"), [("3", "has no audio track 3."), ("0", "--track takes a number from 1.")]
)
def test_track_that_is_not_there_is_told(tmp_path: Path, number: str, sentence: str) -> None:
    film = str(AUDIO.parent / "failing/a06_first_track_silent.mp4")
    with pytest.raises(CommandError, match=re.escape(sentence)):
        transcribe(tmp_path, film, "--track", number)


def test_bundle_becomes_the_transcript_that_the_answer_would_have(
    server: Callable[..., FlashServer], tmp_path: Path, lin: User, data_dir: Path
) -> None:
    server({"body": ANSWER})
    content = transcribe(tmp_path, CLIP, "--format", "bundle", "--option", "hot_words=豆包")
    project = get_personal_project(lin)
    recording = create_recording(
        file=tmp_path / "out", file_name="out", project=project, options=RecognitionOptions(), by=lin
    )
    transcript = recording.transcripts.get()
    assert (recording.title, path_of(recording.original).read_bytes()) == ("zh_percent", Path(CLIP).read_bytes())
    assert [(row.text, row.start_ms, row.end_ms) for row in transcript.utterances.all()] == [("关闭透传。", 450, 1530)]
    assert transcript.transcription.raw_answer == ANSWER
    assert transcript.transcription.options["hot_words"] == ["豆包"]
    assert [change.kind for change in transcript.changes.all()] == ["recognised"]
    assert b"".join(build_bundle(transcript).stream()) == content


def test_json_export_has_the_shape_of_the_answer(server: Callable[..., FlashServer], tmp_path: Path) -> None:
    server({"body": ANSWER})
    exported = json.loads(transcribe(tmp_path, CLIP, "--format", "json"))
    for utterance in exported["result"]["utterances"]:
        assert not utterance.pop("additions", {})
    assert exported == ANSWER


def test_silence_is_a_success(server: Callable[..., FlashServer], tmp_path: Path) -> None:
    server(SILENCE, SILENCE)
    assert json.loads(transcribe(tmp_path, CLIP)) == SILENCE["body"]
    assert transcribe(tmp_path, CLIP, "--format", "txt").strip() == b""


def test_options_are_sent(server: Callable[..., FlashServer], tmp_path: Path) -> None:
    started = server({"body": ANSWER})
    transcribe(tmp_path, CLIP, "--option", "enable_itn=false", "--option", "hot_words=西瓜,Mega")
    request = sent(started)["request"]
    assert request["enable_itn"] is False
    assert json.loads(request["corpus"]["context"]) == {"hotwords": [{"word": "西瓜"}, {"word": "Mega"}]}


@pytest.mark.parametrize(
    ("clip", "options", "audio"),
    [
        ("odd/digits.m4a", [], {"format": "ogg", "codec": "opus"}),
        ("zh_percent.mp3", ["--option", "channel_split=1"], {"format": "mp3", "channel": 1}),
    ],
)
def test_what_the_service_cannot_take_is_converted(
    server: Callable[..., FlashServer], tmp_path: Path, clip: str, options: list[str], audio: dict[str, object]
) -> None:
    started = server({"body": ANSWER})
    transcribe(tmp_path, str(AUDIO / clip), *options)
    assert sent(started)["audio"] == audio


def test_file_over_twenty_megabytes_is_sent_as_a_small_copy(server: Callable[..., FlashServer], tmp_path: Path) -> None:
    large = tmp_path / "large.wav"
    samples = 21 * 1024 * 1024
    header = b"RIFF" + (samples + 36).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0\x01\0\x02\0"
    header += (96000).to_bytes(4, "little") + (384000).to_bytes(4, "little") + b"\x04\0\x10\0data"
    with large.open("wb") as file:
        file.write(header + samples.to_bytes(4, "little"))
        file.truncate(samples + 44)
    started = server(SILENCE)
    transcribe(tmp_path, str(large))
    assert sent(started)["audio"] == {"format": "ogg", "codec": "opus"}
    assert len(started.received[0].body) < 1_000_000


@pytest.fixture
def listening(settings: Any) -> Iterator[Callable[..., FlashServer]]:
    """A service that hears tones, after what the script says."""
    started: list[FlashServer] = []

    def start(*script: dict[str, Any], slots: int = 8) -> FlashServer:
        started.append(serve(script=script, recognizer=Bursts(), slots=slots))
        settings.FLASH_IS_LOCAL = False
        settings.FLASH_API_KEY = "key-of-the-tests"
        settings.FLASH_API_URL = started[-1].url
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty seconds with a tone in every other one, for a service that takes eight."""
    monkeypatch.setattr(api_requests, "MAX_AUDIO_MS", 8000)
    path = tmp_path / "long.wav"
    path.write_bytes(wav("-x--" * 10))
    return path


def test_recording_that_is_too_long_is_sent_in_parts(
    listening: Callable[..., FlashServer], long: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = listening()
    answer = json.loads(transcribe(tmp_path, str(long), "--option", "speakers=1"))
    assert server.requests >= 3
    assert answer["audio_info"] == {"duration": 20000}
    starts = [utterance["start_time"] for utterance in answer["result"]["utterances"]]
    assert len(starts) == 10
    assert max(abs(start - (2000 * number + 500)) for number, start in enumerate(starts)) <= 20
    assert answer["result"]["text"] == "音。" * 10
    speakers = {utterance["additions"]["speaker"] for utterance in answer["result"]["utterances"]}
    assert speakers == {f"{number}-1" for number in range(1, server.requests + 1)}
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "X-Api-Status-Code: 20000000"
    assert len(told[2].removeprefix("X-Tt-Logid: ").split(", ")) == server.requests
    listening()
    captions = transcribe(tmp_path, str(long), "--format", "srt").decode("utf-8-sig")
    assert captions.count("音。") == 10


def test_part_that_fails_ends_it_with_one_line(listening: Callable[..., FlashServer], long: Path) -> None:
    listening({"code": "45000131", "message": "window over quota"})
    with pytest.raises(CommandError, match=r"^Recognition failed: quota: 45000131 window over quota \(logid \w{34}\)$"):
        call_command("transcribe", str(long))


def test_resource_that_is_not_granted_is_told_with_its_setting(listening: Callable[..., FlashServer]) -> None:
    listening({"status": 403, "code": "45000030", "message": "[resource_id=x] requested resource not granted"})
    with pytest.raises(CommandError, match=r"^Recognition failed: not_granted: .* FLASH_RESOURCE_ID\.$"):
        call_command("transcribe", CLIP)


def test_answer_that_cannot_be_read_is_kept(
    listening: Callable[..., FlashServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    listening({"body": '{"result": {"text": "cut'})
    with pytest.raises(CommandError, match=r"^Recognition failed: malformed: 20000000 The answer is not valid JSON\."):
        call_command("transcribe", CLIP)
    (kept,) = tmp_path.glob("transcribe-answer-*.json")
    assert kept.read_bytes() == b'{"result": {"text": "cut'


def test_long_silence_is_a_success(listening: Callable[..., FlashServer], long: Path, tmp_path: Path) -> None:
    listening()
    long.write_bytes(wav("-" * 40))
    answer = json.loads(transcribe(tmp_path, str(long)))
    assert answer["result"] == {"additions": {"duration": "20000"}, "text": "", "utterances": []}


def test_parts_are_with_the_service_together_but_not_too_many(
    listening: Callable[..., FlashServer], long: Path, tmp_path: Path, settings: Any
) -> None:
    settings.FLASH_CONCURRENCY = 1
    listening(slots=1)  # More at once would be refused.
    assert len(json.loads(transcribe(tmp_path, str(long)))["result"]["utterances"]) == 10


def test_address_is_passed_on(server: Callable[..., FlashServer], tmp_path: Path) -> None:
    started = server({"body": ANSWER})
    transcribe(tmp_path, "https://example.com/a.mp3")
    assert sent(started)["audio"] == {"url": "https://example.com/a.mp3"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.mp3"], "missing.mp3 does not exist."),
        ([str(AUDIO)], f"{AUDIO} is not a file."),
        ([CLIP, "--format", "docx2"], "Unknown format 'docx2'; choose one of "),
        ([CLIP, "--option", "itn"], "--option takes NAME=VALUE, not 'itn'."),
        ([CLIP, "--option", "itn=maybe"], "Option itn: This must be true or false."),
        ([CLIP, "--option", "mood=1"], "Option mood: This option does not exist."),
        ([CLIP, "--option", "itn=1", "--option", "itn=0"], "Option itn is given twice."),
        ([CLIP, "-o", "missing/folder/file"], "missing/folder/file cannot be written."),
    ],
)
def test_mistake_is_told_before_anything_is_sent(
    server: Callable[..., FlashServer], arguments: list[str], message: str
) -> None:
    started = server({"body": ANSWER})
    with pytest.raises(CommandError) as caught:
        call_command("transcribe", *arguments)
    assert (str(caught.value)[: len(message)], caught.value.returncode, started.requests) == (message, 1, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"<html>not found</html>", "This is not a readable audio or video file."),
    ],
)
def test_what_is_no_audio_is_told(
    server: Callable[..., FlashServer], tmp_path: Path, content: bytes, message: str
) -> None:
    started = server({"body": ANSWER})
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        call_command("transcribe", str(path))
    assert (str(caught.value), started.requests) == (f"{path}: {message}", 0)


def test_refusal_of_the_service_is_one_line(server: Callable[..., FlashServer]) -> None:
    server({"code": "45000010", "status": 401, "message": "Invalid X-Api-Key"})
    with pytest.raises(
        CommandError, match=r"^Recognition failed: bad_credentials: 45000010 Invalid X-Api-Key \(logid \w{34}\)$"
    ):
        call_command("transcribe", CLIP)


# --- As a program ------------------------------------------------------------------------------------------------


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FLASH")}
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        free = f"http://127.0.0.1:{nobody.getsockname()[1]}/api/v3/auc/bigmodel/recognize/flash"
    return subprocess.run(
        [sys.executable, "manage.py", "transcribe", *arguments],
        cwd=ROOT,
        env={**clean, "DJANGO_SETTINGS_MODULE": "tests.settings", "FLASHSERVER_URL": free, **environment},
        capture_output=True,
        timeout=100,
    )


def test_program_writes_utf8_whatever_the_locale() -> None:
    with serve(script=[{"body": ANSWER}], keep_requests=True) as started:
        done = run(CLIP, "--option", "itn=0", "smoothing=1", FLASH_API_KEY="key", FLASH_API_URL=started.url, LC_ALL="C")
        request = sent(started)["request"]
    assert (done.returncode, json.loads(done.stdout), len(done.stderr.splitlines())) == (0, ANSWER, 4)
    assert "关闭透传。".encode() in done.stdout
    assert (request["enable_itn"], request["enable_ddc"]) == (False, True)


# What takes most of the time and memory to load, and has nothing to do with sending a file and writing its answer.
HEAVY = "allauth av babel boto3 docx huey numpy openpyxl psycopg pypinyin pysubs2 rapidfuzz redis regex"


@pytest.mark.parametrize(("format_name", "used"), [("", set()), ("txt", set()), ("srt", {"numpy"})])
def test_program_loads_no_library_that_it_does_not_use(format_name: str, used: set[str]) -> None:
    """Captions are cut in arrays."""
    arguments = ("--format", format_name) if format_name else ()
    with serve(script=[{"body": ANSWER}]) as started:
        done = run(CLIP, *arguments, FLASH_API_KEY="key", FLASH_API_URL=started.url, PYTHONPROFILEIMPORTTIME="1")
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.decode().splitlines()}
    assert (done.returncode, "requests" in loaded, loaded & set(HEAVY.split())) == (0, True, used)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines()}
    assert {name for name in loaded if name.startswith(("django.db.models", "transcripts.models"))} == set()


def test_program_asks_a_flash_server_that_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        dead = f"http://127.0.0.1:{nobody.getsockname()[1]}/api/v3/auc/bigmodel/recognize/flash"
    with serve(script=[{"body": ANSWER}]) as started:
        done = run(CLIP, FLASHSERVER_URL=f"{dead},{started.url}")
    assert (done.returncode, json.loads(done.stdout), len(done.stderr.splitlines())) == (0, ANSWER, 4)


def test_program_speaks_the_language_of_the_installation() -> None:
    done = run(str(AUDIO / "odd/html_page.mp3"), LANGUAGE_CODE="zh-hans")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "这不是可读取的音频或视频文件" in done.stderr.decode()


def test_program_tells_a_mistake_in_the_environment_in_one_line() -> None:
    done = run(CLIP, FLASH_CONCURRENCY="many")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"FLASH_CONCURRENCY is 'many'; use a whole number of at least 1.\n"


def test_program_ends_with_one_line_where_the_service_is_out_of_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
    done = run(CLIP, FLASH_API_KEY="key", FLASH_API_URL=url)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().splitlines() == [
        "CommandError: Recognition failed: refused: The connection failed or broke while sending."
    ]


def test_program_needs_neither_credentials_nor_a_running_server() -> None:
    done = run(str(AUDIO / "odd/silence_5s.wav"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode().splitlines()[0] == "X-Api-Status-Code: 20000003"
    assert json.loads(done.stdout)["audio_info"] == {"duration": 5000}


@pytest.fixture
def files() -> Iterator[str]:
    """The address of a server that has the clips."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(AUDIO))

        def log_message(self, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("code", ["45000151", "45000006", "45000132"])
def test_address_that_the_service_does_not_take_is_fetched_and_converted(
    server: Callable[..., FlashServer], files: str, tmp_path: Path, code: str
) -> None:
    started = server({"code": code}, {"body": ANSWER})
    assert json.loads(transcribe(tmp_path, f"{files}/en_sorrow.m4a")) == ANSWER
    first, second = (json.loads(taken.body)["audio"] for taken in started.received)
    assert first == {"url": f"{files}/en_sorrow.m4a"}
    assert (second["format"], second["codec"]) == ("ogg", "opus")


def test_address_where_nothing_is_ends_with_one_line(
    server: Callable[..., FlashServer], files: str, tmp_path: Path
) -> None:
    server({"code": "45000006"})
    with pytest.raises(CommandError, match="No recording was found at this web address"):
        transcribe(tmp_path, f"{files}/nothing.mp3")


def test_program_fetches_an_address_itself_where_no_service_does(files: str) -> None:
    done = run(f"{files}/odd/silence_5s.wav")
    assert (done.returncode, done.stderr.decode().splitlines()[0]) == (0, "X-Api-Status-Code: 20000003"), done.stderr


def test_options_of_the_format_are_not_sent(server: Callable[..., FlashServer], tmp_path: Path) -> None:
    started = server({"body": ANSWER})
    options = ("--option", "times=on", "--option", "itn=0", "--option", "names=off")
    assert transcribe(tmp_path, CLIP, "--format", "txt", *options).decode() == "[00:00:00] 关闭透传。\n"
    assert sent(started)["request"]["enable_itn"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--option", "cues=rows"], "Option cues belongs to a format; choose one with --format."),
        (
            ["--option", "voices=2"],
            "Option voices is for recordings in the library; here the service alone tells speakers apart.",
        ),
        (["--format", "txt", "--option", "cues=rows"], "Option cues: The format txt does not have this option."),
        (["--format", "srt", "--option", "line=1"], "Option line: This must be a number from 4 to 100."),
    ],
)
def test_mistake_in_an_option_of_the_format_is_told_before_anything_is_sent(
    server: Callable[..., FlashServer], arguments: list[str], message: str
) -> None:
    started = server({"body": ANSWER})
    with pytest.raises(CommandError) as caught:
        call_command("transcribe", CLIP, *arguments)
    assert str(caught.value) == message
    assert started.requests == 0
