"""The client against the local flash server over HTTP, and against servers that misbehave below HTTP."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import re
import socket
import subprocess
import sys
import threading
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from transcripts.flash.answer import parse_answer, read_answer
from transcripts.flash.audio import AudioFile, AudioUrl
from transcripts.flash.client import Credentials, FlashClient
from transcripts.flash.errors import RETRYABLE, ErrorKind, FlashError, RecognitionCancelled
from transcripts.flash.options import RecognitionOptions
from transcripts.flash.reply import Recognition, Reply, read_reply
from transcripts.flashserver.server import FlashServer, serve

DATA = Path(__file__).parent.parent / "data"
MP3 = AudioFile(DATA / "audio" / "zh_percent.mp3", "mp3")
KEY = "3f2b7c52-9a7e-4b8e-8f5c-7a86bb1f4d10"
ANSWER: dict[str, Any] = json.loads((DATA / "answers" / "01-flash-official-guanbi.json").read_text("utf-8"))
SUCCESS = {"body": ANSWER}


def client(url: str, credentials: Credentials | None = None, **more: Any) -> FlashClient:
    timeouts = {"connect_timeout_s": 5, "read_timeout_s": 20, **more}
    return FlashClient(url=url, credentials=credentials or Credentials(api_key=KEY), **timeouts)


def recognise(server: FlashServer, audio: AudioFile | AudioUrl = MP3, **more: Any) -> Recognition:
    return client(server.url).recognise(audio, more.pop("options", RecognitionOptions()), **more)


def failure(url: str, audio: AudioFile | AudioUrl = MP3, **more: Any) -> FlashError:
    with pytest.raises(FlashError) as caught:
        client(url, **more).recognise(audio, RecognitionOptions())
    return caught.value


@contextmanager
def raw_server(
    reply: bytes, *, read: int = -1, pause_s: float = 0, hold: bool = False, reset: bool = False
) -> Iterator[str]:
    """A server for one connection that waits, reads `read` bytes (-1: the whole request), then says `reply`.

    `hold` keeps the connection open and silent until the test is over; `reset` ends it abruptly.
    """
    done = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(30)

    def run() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(30)
            done.wait(pause_s)
            _read_request(connection, read)
            try:
                connection.sendall(reply)
            except OSError:
                return
            if hold:
                done.wait(30)
            if reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v3/auc/bigmodel/recognize/flash"
    finally:
        done.set()
        thread.join(30)
        listener.close()


def _read_request(connection: socket.socket, limit: int) -> None:
    head, count, length = b"", 0, limit
    while length < 0 or count < length:
        block = connection.recv(65536)
        if not block:
            return
        count += len(block)
        if length < 0:
            head += block
            if (end := head.find(b"\r\n\r\n")) >= 0:
                match = re.search(rb"content-length: *(\d+)", head[:end], re.IGNORECASE)
                length = end + 4 + (int(match[1]) if match else 0)


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


# --- What is sent ------------------------------------------------------------------------------------------------


def test_request_is_the_documented_one() -> None:
    options = RecognitionOptions(language="zh-CN", hot_words=("西瓜",))
    with serve(script=[SUCCESS], keep_requests=True) as server:
        recognise(server, options=options)
        (taken,) = server.received
    parts = options.to_body()
    assert json.loads(taken.body) == {
        "user": {"uid": "flashweb"},
        "request": parts["request"],
        "audio": {
            "language": "zh-CN",
            "format": "mp3",
            "data": base64.b64encode(MP3.path.read_bytes()).decode(),
        },
    }
    headers = {name: taken.headers[name] for name in taken.headers if name.startswith(("X-", "Content-", "Transfer"))}
    request_id = headers.pop("X-Api-Request-Id")
    assert str(uuid.UUID(request_id)) == request_id
    assert headers == {
        "Content-Type": "application/json",
        "Content-Length": str(len(taken.body)),
        "X-Api-Key": KEY,
        "X-Api-Resource-Id": "volc.bigasr.auc_turbo",
        "X-Api-Sequence": "-1",
    }


@pytest.mark.parametrize(
    ("credentials", "sent"),
    [
        (Credentials(api_key=f" {KEY}\n"), {"X-Api-Key": KEY}),
        (
            Credentials(app_key="123456789", access_key="token"),
            {"X-Api-App-Key": "123456789", "X-Api-Access-Key": "token"},
        ),
        (Credentials(api_key=KEY, app_key="123456789", access_key="token"), {"X-Api-Key": KEY}),
    ],
)
def test_exactly_one_set_of_credentials_is_sent(credentials: Credentials, sent: Mapping[str, str]) -> None:
    with serve(script=[SUCCESS], keep_requests=True) as server:
        client(server.url, credentials).recognise(MP3, RecognitionOptions())
        (taken,) = server.received
    names = ("X-Api-Key", "X-Api-App-Key", "X-Api-Access-Key")
    assert {name: taken.headers[name] for name in names if name in taken.headers} == sent


def test_resource_and_request_id_can_be_given() -> None:
    with serve(script=[SUCCESS], keep_requests=True) as server:
        chosen = client(server.url, resource_id="volc.seedasr.auc_turbo")
        recognition = chosen.recognise(MP3, RecognitionOptions(), request_id="abc-1")
        (taken,) = server.received
    assert recognition.request_id == "abc-1"
    assert (taken.headers["X-Api-Request-Id"], taken.headers["X-Api-Resource-Id"]) == (
        "abc-1",
        "volc.seedasr.auc_turbo",
    )


@pytest.mark.parametrize(
    ("audio", "fields"),
    [
        (AudioFile(MP3.path, "ogg"), {"format": "ogg", "codec": "opus"}),
        (AudioFile(MP3.path, "wav"), {"format": "wav"}),
        (
            AudioFile(MP3.path, "raw", codec="raw", rate_hz=8000, bits=16, channels=1),
            {"format": "raw", "codec": "raw", "rate": 8000, "bits": 16, "channel": 1},
        ),
        (AudioUrl("https://example.com/a.mp3"), {"url": "https://example.com/a.mp3"}),
        (AudioUrl("http://example.com/歌", "ogg"), {"url": "http://example.com/歌", "format": "ogg"}),
    ],
)
def test_audio_is_described(audio: AudioFile | AudioUrl, fields: dict[str, object]) -> None:
    with serve(script=[SUCCESS], keep_requests=True) as server:
        recognise(server, audio)
        (taken,) = server.received
    sent = json.loads(taken.body)["audio"]
    assert ("data" in sent) is isinstance(audio, AudioFile)
    sent.pop("data", None)
    assert sent == fields


def test_progress_ends_with_the_whole_file() -> None:
    seen: list[tuple[int, int]] = []
    with serve(script=[SUCCESS]) as server:
        recognise(server, on_progress=lambda sent, total: seen.append((sent, total)))
    size = MP3.path.stat().st_size
    assert seen == [(min(sent, size), size) for sent in range(49152, size + 49152, 49152)]


@pytest.mark.parametrize("error", [RuntimeError("stop"), BrokenPipeError("stop"), TimeoutError("stop")])
def test_progress_cancels_by_raising(error: Exception) -> None:
    def cancel(sent: int, total: int) -> None:
        raise error

    with serve(script=[SUCCESS]) as server:
        with pytest.raises(type(error)) as caught:
            recognise(server, on_progress=cancel)
        assert server.requests == 0
    assert caught.value is error


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    program = """
import resource, sys
from pathlib import Path
from transcripts.flash.audio import AudioFile
from transcripts.flash.client import Credentials, FlashClient
from transcripts.flash.options import RecognitionOptions
from transcripts.flash.reply import Recognition, Reply, read_reply
client = FlashClient(url=sys.argv[1], credentials=Credentials(api_key="key"))
peaks = []
for name in sys.argv[2:]:
    client.recognise(AudioFile(Path(name), "wav"), RecognitionOptions())
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(peaks[1] - peaks[0])
"""
    files = [tmp_path / "small.wav", tmp_path / "large.wav"]
    for path, size in zip(files, (1_000, 60_000_000), strict=True):
        with path.open("wb") as file:
            file.truncate(size)
    with serve(script=[SUCCESS, SUCCESS]) as server:
        command = [sys.executable, "-c", program, server.url, *map(str, files)]
        growth = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert int(growth) < 6_000  # KiB; the body has 80 MB


# --- What comes back ---------------------------------------------------------------------------------------------


def test_success_is_returned_with_its_log_id() -> None:
    with serve(script=[SUCCESS]) as server:
        recognition = recognise(server)
    assert (recognition.code, recognition.message, recognition.answer.raw) == ("20000000", "OK", ANSWER)
    assert recognition.answer.text == "关闭透传。"
    assert re.fullmatch(r"[0-9]{14}[0-9A-F]{20}", recognition.logid)
    assert recognition.seconds >= 0


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (DATA / "answers").glob("*.json")), ids=lambda name: name[:2]
)
def test_every_sample_comes_through_http(name: str) -> None:
    content = json.loads((DATA / "answers" / name).read_text("utf-8"))
    body = content.get("body", content)
    headers = content.get("_headers", {})
    code = headers.get("X-Api-Status-Code", None if "_headers" in content or "_note" in content else "20000000")
    entry = {
        "body": body,
        "status": content.get("_http_status", 200),
        "code": code,
        "message": headers.get("X-Api-Message", "OK" if code == "20000000" else ""),
    }
    kinds = {
        "10": ErrorKind.MALFORMED,
        "11": ErrorKind.NOT_GRANTED,
        "12": ErrorKind.BAD_CREDENTIALS,
        "13": ErrorKind.BAD_CREDENTIALS,
        "14": ErrorKind.INVALID_REQUEST,
        "37": ErrorKind.CONCURRENCY,
        "38": ErrorKind.CONCURRENCY,
        "39": ErrorKind.SPENT,
        "40": ErrorKind.EMPTY_AUDIO,
        "42": ErrorKind.INVALID_REQUEST,
    }
    with serve(script=[entry]) as server:
        if name[:2] in kinds:
            error = failure(server.url)
            said = {"code": code, "message": entry["message"], **body.get("header", body)}
            assert (error.kind, error.code, error.message) == (kinds[name[:2]], str(said["code"]), said["message"])
        else:
            recognition = recognise(server)
            assert (recognition.code, recognition.answer.raw) == (code, body)
            assert recognition.answer == parse_answer(body)


@pytest.mark.parametrize(
    "body",
    [{"audio_info": {"duration": 2124}, "result": {"text": ""}}, {}, "", "<html>", {"result": {"text": "嗯"}}],
)
def test_silence_is_a_success_without_utterances(body: object) -> None:
    message = "[Normal silence audio] no valid speech in audio"
    with serve(script=[{"code": "20000003", "message": message, "body": body}]) as server:
        recognition = recognise(server)
    assert (recognition.code, recognition.message) == ("20000003", message)
    assert (recognition.answer.text, recognition.answer.utterances) == ("", ())


# --- The reply before it is read ---------------------------------------------------------------------------------


def send(url: str) -> Reply:
    return client(url).send(MP3, RecognitionOptions())


OK = ("X-Api-Status-Code: 20000000", "X-Api-Message: OK", "X-Tt-Logid: 202601020304050000000000000000ABCD")
DAMAGED = b'{"result": {"text": "Hello b\xffg world."}, "audio_info": {"duration": 1300}}'


@pytest.mark.parametrize("body", [DAMAGED, b"<html>", b"", json.dumps(ANSWER).encode()])
def test_success_brings_the_bytes_as_they_came_before_anything_reads_them(body: bytes) -> None:
    with raw_server(http(body, *OK)) as url:
        reply = send(url)
    assert (reply.code, reply.message, reply.body, reply.failure) == ("20000000", "OK", body, None)
    assert (reply.succeeded, len(reply.logid), str(uuid.UUID(reply.request_id))) == (True, 34, reply.request_id)


def test_answer_is_read_again_from_the_bytes_without_another_call() -> None:
    with raw_server(http(DAMAGED, *OK)) as url:
        reply = send(url)
    recognition = read_reply(reply)
    assert recognition.answer.text == "Hello b\ufffdg world."
    assert read_answer(reply.code, reply.body) == recognition.answer
    assert (recognition.request_id, recognition.seconds > 0) == (reply.request_id, True)


def test_answer_that_nothing_can_read_fails_when_it_is_read_and_keeps_its_bytes() -> None:
    with raw_server(http(b'{"result": {"text": "cut', *OK)) as url:
        reply = send(url)
    for _time in range(2):
        with pytest.raises(FlashError) as caught:
            read_reply(reply)
        assert (caught.value.kind, caught.value.logid) == (ErrorKind.MALFORMED, reply.logid)
        assert caught.value.request_id == reply.request_id


def test_bytes_of_a_success_are_kept_when_the_connection_breaks_in_them() -> None:
    body = json.dumps(ANSWER).encode()
    with raw_server(http(body, *OK)[:-100]) as url:
        reply = send(url)
    assert (reply.body, reply.failure is not None) == (body[:-100], True)
    with pytest.raises(FlashError) as caught:
        read_reply(reply)
    assert caught.value.kind is ErrorKind.UNCLEAR


def test_answer_is_whole_when_the_connection_breaks_behind_it() -> None:
    body = json.dumps(ANSWER).encode()
    with raw_server(http(body + b" " * 100, *OK)[:-50]) as url:
        reply = send(url)
    assert reply.failure is not None
    assert read_reply(reply).answer.text == "关闭透传。"


@pytest.mark.parametrize("headers", [OK + OK, ("X-Api-Status-Code: 20000000, 20000000", *OK[1:])])
def test_doubled_header_is_one(headers: tuple[str, ...]) -> None:
    with raw_server(http(json.dumps(ANSWER).encode(), *headers)) as url:
        reply = send(url)
    assert (reply.code, reply.message, len(reply.logid)) == ("20000000", "OK", 34)


def test_doubled_header_of_an_error_is_one() -> None:
    doubled = ("X-Api-Status-Code: 45000001", "X-Api-Message: bad value, or none") * 2
    with raw_server(http(b"{}", *doubled)) as url:
        error = failure(url)
    assert (error.kind, error.code, error.message) == (ErrorKind.INVALID_REQUEST, "45000001", "bad value, or none")


def entry(code: str | None = None, message: str = "no", status: int = 200, body: object = None) -> dict[str, object]:
    return {"code": code, "message": message, "status": status, "body": {} if body is None else body}


HTML = "<html><body>Bad gateway</body></html>"
FAULTS: list[tuple[dict[str, object], ErrorKind]] = [
    (entry("45000000", "unexpected end of JSON input"), ErrorKind.INVALID_REQUEST),
    (entry("45000001"), ErrorKind.INVALID_REQUEST),
    (entry("45000002"), ErrorKind.EMPTY_AUDIO),
    (entry("45000006", "Invalid audio URI"), ErrorKind.BAD_URL),
    (entry("45000009", "21701 audio download failed"), ErrorKind.BAD_URL),
    (entry("45000010", "request and grant appid mismatch", 401), ErrorKind.BAD_CREDENTIALS),
    (entry("45000010", "Invalid X-Api-Key"), ErrorKind.BAD_CREDENTIALS),
    (entry("45000030", "[resource_id=x] requested resource not granted", 403), ErrorKind.NOT_GRANTED),
    (entry("45000131"), ErrorKind.QUOTA),
    (entry("45000132"), ErrorKind.TOO_LARGE),
    (entry("45000151"), ErrorKind.BAD_FORMAT),
    (entry("45000292", "quota exceeded for types: concurrency"), ErrorKind.CONCURRENCY),
    (entry("45000292"), ErrorKind.CONCURRENCY),
    (entry("45000292", "quota exceeded for types: audio_duration_lifetime"), ErrorKind.SPENT),
    (entry("45000292", "quota exceeded for types: audio_duration"), ErrorKind.QUOTA),
    (entry("45000000", "quota exceeded for types: concurrency"), ErrorKind.CONCURRENCY),
    (entry("45000000", "Quota exceeded for types: QPS"), ErrorKind.CONCURRENCY),
    (entry("45000000", "quota exceeded for types: audio_duration_lifetime"), ErrorKind.SPENT),
    (entry("45000000", "账户余额不足"), ErrorKind.SPENT),
    (entry("45000000", "code: 11105 message: invalid argument,empty audio"), ErrorKind.EMPTY_AUDIO),
    (entry("45000000", "single request size too large"), ErrorKind.TOO_LARGE),
    (entry("45000000", "服务器繁忙"), ErrorKind.BUSY),
    (entry("45000001", "fail to unmarshal corpusCtx"), ErrorKind.INVALID_REQUEST),
    (entry("45000001", "quota is no field of request"), ErrorKind.INVALID_REQUEST),
    (
        entry(message="", status=429, body={"code": 45000292, "message": "quota exceeded for types: concurrency"}),
        ErrorKind.CONCURRENCY,
    ),
    (entry("55000001"), ErrorKind.INTERNAL),
    (entry("55000031", "服务器繁忙"), ErrorKind.BUSY),
    (entry("55012345"), ErrorKind.INTERNAL),
    (entry("45999999"), ErrorKind.UNKNOWN),
    (entry("20000001", "[Processing in progress]"), ErrorKind.MALFORMED),
    (entry("20000002", "queued"), ErrorKind.MALFORMED),
    (entry(message="", status=429), ErrorKind.BUSY),
    (entry(message="", status=503, body=HTML), ErrorKind.BUSY),
    (entry(message="", status=500), ErrorKind.INTERNAL),
    (entry(message="", status=502, body=HTML), ErrorKind.INTERNAL),
    (entry(message="", status=504, body=HTML), ErrorKind.INTERNAL),
    (entry(message="", status=413, body=HTML), ErrorKind.TOO_LARGE),
    (entry(message="", status=401, body={"error": "Invalid X-Api-Key"}), ErrorKind.BAD_CREDENTIALS),
    (entry(message="", status=401, body={"code": 45000010, "message": "no"}), ErrorKind.BAD_CREDENTIALS),
    (entry(message="", status=400, body={"error": "resourceId x is not allowed"}), ErrorKind.NOT_GRANTED),
    (entry(message="", status=400, body={"error": {"code": "45000001"}}), ErrorKind.INVALID_REQUEST),
    (entry(message="", status=403, body={"message": "no"}), ErrorKind.NOT_GRANTED),
    (entry(message="", status=403, body=HTML), ErrorKind.MALFORMED),
    (entry(message="", status=404, body=HTML), ErrorKind.MALFORMED),
    (entry(message="", status=302, body=HTML), ErrorKind.MALFORMED),
    (entry(message="", body=HTML), ErrorKind.MALFORMED),
    (entry(message="", body=ANSWER), ErrorKind.MALFORMED),  # no status header
    (entry(message="", body={"header": {"code": 20000000, "message": "OK"}}), ErrorKind.MALFORMED),
    (entry("20000000", body=HTML), ErrorKind.MALFORMED),
    (entry("20000000", body="{}"), ErrorKind.MALFORMED),
    (entry("20000000", body=""), ErrorKind.MALFORMED),
    (entry("20000000", body=json.dumps(ANSWER)[:100]), ErrorKind.MALFORMED),
    (entry("20000000") | {"body": ANSWER, "cut_after": 100}, ErrorKind.UNCLEAR),
    (entry(message="") | {"body": ANSWER, "cut_after": 100}, ErrorKind.UNCLEAR),
    (entry("45000151") | {"body": ANSWER, "cut_after": 100}, ErrorKind.BAD_FORMAT),
    ({"drop": True}, ErrorKind.UNCLEAR),
]


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
def test_fault_has_its_kind(fault: dict[str, object], kind: ErrorKind) -> None:
    with serve(script=[fault]) as server:
        error = failure(server.url)
    assert (error.kind, error.retryable) == (kind, kind in RETRYABLE)
    if fault.get("code"):
        assert (error.code, len(error.logid)) == (fault["code"], 34)
    if fault.get("message") and not str(fault["code"]).startswith("20000000"):
        assert error.message == fault["message"]
    assert uuid.UUID(error.request_id)
    assert "\n" not in str(error)


def test_only_what_cannot_have_been_billed_is_retryable() -> None:
    assert {"busy", "internal", "concurrency", "refused"} == RETRYABLE


def test_answer_that_does_not_come_is_unclear() -> None:
    with serve(script=[{"delay_s": 30}]) as server:
        error = failure(server.url, read_timeout_s=0.3)
    assert (error.kind, error.message) == (ErrorKind.UNCLEAR, "The answer did not arrive in time.")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"", ErrorKind.UNCLEAR),
        (b"HTTP/1.1 200 OK\r\nX-Api-Sta", ErrorKind.MALFORMED),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ErrorKind.UNCLEAR),
        (b"HTTP/1.1 200 OK\r\nX-Api-Message: " + b"x" * 70_000 + b"\r\n\r\n", ErrorKind.UNCLEAR),
        (http(b"{}", "X-Api-Status-Code: 20000000", "Content-Encoding: gzip"), ErrorKind.MALFORMED),
        (http(b"", "Location: http://127.0.0.1:9/", status="302 Found"), ErrorKind.MALFORMED),
        (http(b"", "Location: http://127.0.0.1:9/", status="307 Temporary Redirect"), ErrorKind.MALFORMED),
        (
            http(gzip.compress(bytes(80_000_000)), "X-Api-Status-Code: 20000000", "Content-Encoding: gzip"),
            ErrorKind.MALFORMED,
        ),
    ],
)
def test_broken_http_has_its_kind(reply: bytes, kind: ErrorKind) -> None:
    with raw_server(reply) as url:
        assert failure(url).kind is kind


PLAIN = json.dumps(ANSWER).encode()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(PLAIN), "gzip"),
        (zlib.compress(PLAIN), "deflate"),
        (gzip.compress(gzip.compress(PLAIN)), "gzip, gzip"),
        (gzip.compress(PLAIN), "gzip, gzip"),
        (PLAIN, "gzip"),
        (PLAIN, "identity"),
    ],
)
def test_compressed_answer_is_read_as_often_as_it_was_compressed(body: bytes, encoding: str) -> None:
    with raw_server(http(body, "X-Api-Status-Code: 20000000", f"Content-Encoding: {encoding}")) as url:
        assert client(url).recognise(MP3, RecognitionOptions()).answer.raw == ANSWER


def test_answer_that_cannot_be_decompressed_keeps_its_bytes() -> None:
    body = gzip.compress(PLAIN)[:10] + b"\xff" * 40
    with raw_server(http(body, "X-Api-Status-Code: 20000000", "Content-Encoding: gzip")) as url:
        reply = send(url)
    assert reply.body == body
    with pytest.raises(FlashError) as caught:
        read_reply(reply)
    assert (caught.value.kind, caught.value.message) == (ErrorKind.MALFORMED, "The answer cannot be decompressed.")


def test_connection_broken_while_sending_was_not_billed(tmp_path: Path) -> None:
    with raw_server(b"", read=1000, reset=True) as url:
        error = failure(url, large(tmp_path))
    assert (error.kind, error.retryable) == (ErrorKind.REFUSED, True)


def test_refusal_before_the_upload_is_over_is_heard(tmp_path: Path) -> None:
    reply = http(b"{}", "X-Api-Status-Code: 45000010", "X-Api-Message: no", status="401 Unauthorized")
    with raw_server(reply, read=1000, pause_s=0.2) as url:
        error = failure(url, large(tmp_path))
    assert (error.kind, error.code, error.http_status) == (ErrorKind.BAD_CREDENTIALS, "45000010", 401)


def test_upload_that_stands_still_is_given_up(tmp_path: Path) -> None:
    with raw_server(b"", read=1000, hold=True) as url:
        error = failure(url, large(tmp_path), stall_timeout_s=0.5)
    assert error.kind is ErrorKind.REFUSED


@pytest.mark.long
def test_upload_may_stand_still_longer_than_a_connection_may_take(tmp_path: Path) -> None:
    reply = http(json.dumps(ANSWER).encode(), "X-Api-Status-Code: 20000000")
    with raw_server(reply, pause_s=0.8) as url:
        patient = client(url, connect_timeout_s=0.3, stall_timeout_s=20)
        assert patient.recognise(large(tmp_path), RecognitionOptions()).answer.raw == ANSWER


def large(folder: Path) -> AudioFile:
    path = folder / "large.wav"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    return AudioFile(path, "wav")


def test_nobody_listening_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}/")
    assert (error.kind, error.retryable, error.http_status) == (ErrorKind.REFUSED, True, None)


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://127.0.0.1/", "http://[", "http://127.0.0.1:99999/", "http://"])
def test_unusable_address_of_the_service_is_told(url: str) -> None:
    assert failure(url).kind is ErrorKind.INVALID_REQUEST


# --- What never leaves -------------------------------------------------------------------------------------------


def test_bad_audio_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    empty, huge = tmp_path / "empty.mp3", tmp_path / "huge.wav"
    empty.touch()
    with huge.open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    with serve() as server:
        for audio, kind in (
            (AudioFile(empty, "mp3"), ErrorKind.EMPTY_AUDIO),
            (AudioFile(huge, "wav"), ErrorKind.TOO_LARGE),
            (AudioFile(tmp_path / "missing.mp3", "mp3"), ErrorKind.INVALID_REQUEST),
            (AudioFile(tmp_path, "mp3"), ErrorKind.INVALID_REQUEST),
            (AudioUrl("file:///etc/passwd"), ErrorKind.BAD_URL),
            (AudioUrl("http://["), ErrorKind.BAD_URL),
            (AudioUrl("https://"), ErrorKind.BAD_URL),
        ):
            assert failure(server.url, audio).kind is kind
        assert server.requests == 0


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "密钥", "two words", "a\x00"])
def test_key_that_no_header_carries_is_told_without_showing_it(key: str) -> None:
    with serve() as server:
        error = failure(server.url, credentials=Credentials(app_key="1", access_key=key))
        assert server.requests == 0
    assert error.kind is ErrorKind.BAD_CREDENTIALS
    assert key not in str(error)


def test_missing_credentials_are_refused_by_the_service() -> None:
    with serve() as server:
        error = failure(server.url, credentials=Credentials())
    assert (error.kind, error.code, error.http_status) == (ErrorKind.BAD_CREDENTIALS, "45000010", 401)


def test_keys_and_audio_stay_out_of_logs_and_errors(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    script = [SUCCESS, entry("45000010", f"Invalid X-Api-Key {KEY}", 401), {"drop": True}]
    with serve(script=script) as server:
        recognise(server)
        errors = [failure(server.url) for _ in range(2)]
    assert errors[0].message == "Invalid X-Api-Key ***"
    assert [error.__cause__ or error.__context__ for error in errors] == [None, None]
    said = caplog.text + "".join(map(repr, errors)) + repr(Credentials(KEY, KEY, KEY))
    assert KEY not in said
    assert base64.b64encode(MP3.path.read_bytes()[:60]).decode() not in said
    assert errors[0].logid in caplog.text


def test_no_proxy_of_the_environment_is_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with serve(script=[SUCCESS]) as server:
        assert recognise(server).code == "20000000"


def test_proxy_of_the_environment_is_asked_for_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with raw_server(http(json.dumps(ANSWER).encode(), "X-Api-Status-Code: 20000000")) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        chosen = client("http://flash.example/api/v3/auc/bigmodel/recognize/flash")
        assert chosen.recognise(MP3, RecognitionOptions()).answer.raw == ANSWER


def test_netrc_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serve(script=[SUCCESS], keep_requests=True) as server:
        recognise(server)
        (taken,) = server.received
    assert "Authorization" not in taken.headers


@pytest.mark.timeout(30)
def test_call_that_nobody_waits_for_is_cut_while_the_answer_is_awaited() -> None:
    unwanted = threading.Event()
    with serve(script=[{"delay_s": 600, "body": {}}]) as server:
        threading.Timer(0.5, unwanted.set).start()
        with pytest.raises(RecognitionCancelled):
            recognise(server, cancelled=unwanted.is_set)


@pytest.mark.parametrize(("status", "kind"), [(429, ErrorKind.BUSY), (503, ErrorKind.BUSY), (500, ErrorKind.INTERNAL)])
def test_page_of_a_proxy_is_judged_by_its_status_whatever_code_came_with_it(status: int, kind: ErrorKind) -> None:
    with serve(script=[{"status": status, "code": "20000000", "body": "<html>SECRET WORDS</html>"}]) as server:
        error = failure(server.url)
    assert (error.kind, error.retryable) == (kind, True)
    assert "SECRET" not in str(error)
