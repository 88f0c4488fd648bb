"""What the service refuses and how, and the shape of what it answers: each over HTTP, with a recogniser of tones."""

from __future__ import annotations

import base64
import http.server
import json
import logging.handlers
import queue
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests

from tests.flashserver.clients import AUDIO, HEADERS, Tones, ask, body, code, pcm, wav
from transcripts import limited_child
from transcripts.flash.codes import MAX_AUDIO_BYTES
from transcripts.flashserver.model import ModelError
from transcripts.flashserver.recognizer import Recognizer
from transcripts.flashserver.server import FlashServer, serve
from transcripts.limited_child import LimitExceeded

SOUND = wav("-x-")


@pytest.fixture(scope="module")
def server() -> Iterator[FlashServer]:
    with serve(recognizer=Tones()) as running:
        yield running


def test_answer_has_the_shape_of_the_official_sample(server: FlashServer) -> None:
    answer = ask(server, body(SOUND))
    assert (answer.status_code, code(answer), answer.headers["X-Api-Message"]) == (200, "20000000", "OK")
    assert answer.content.decode() == (
        '{"audio_info":{"duration":1500},"result":{"additions":{"duration":"1500"},"text":"音。","utterances":['
        '{"end_time":980,"start_time":500,"text":"音。","words":['
        '{"confidence":0,"end_time":980,"start_time":500,"text":"音"}]}]}}'
    )


def test_silence_is_no_error_and_has_no_utterances(server: FlashServer) -> None:
    answer = ask(server, body(wav("---")))
    assert (answer.status_code, code(answer)) == (200, "20000003")
    assert answer.headers["X-Api-Message"] == "[Normal silence audio] no valid speech in audio"
    assert answer.json() == {
        "audio_info": {"duration": 1500},
        "result": {"additions": {"duration": "1500"}, "text": ""},
    }


def test_show_utterances_false_leaves_only_the_text(server: FlashServer) -> None:
    assert ask(server, body(SOUND, show_utterances=False)).json() == {
        "audio_info": {"duration": 1500},
        "result": {"additions": {"duration": "1500"}, "text": "音。"},
    }


def test_channels_are_recognised_apart_and_ordered_by_time(server: FlashServer) -> None:
    answer = ask(server, body(wav("--x-", "x--x"), enable_channel_split=True, enable_speaker_info=True)).json()
    assert [(found["start_time"], found["additions"]) for found in answer["result"]["utterances"]] == [
        (0, {"channel_id": "2", "speaker": "1"}),
        (1000, {"channel_id": "1", "speaker": "1"}),
        (1500, {"channel_id": "2", "speaker": "1"}),
    ]
    assert answer["result"]["text"] == "音。音。音。"


def test_channels_are_mixed_where_no_split_is_asked_for(server: FlashServer) -> None:
    answer = ask(server, body(wav("--x-", "x---"))).json()
    assert [found["start_time"] for found in answer["result"]["utterances"]] == [0, 1000]
    assert all("additions" not in found for found in answer["result"]["utterances"])


def test_options_reach_the_recognizer() -> None:
    tones = Tones()
    context = json.dumps({"hotwords": [{"word": "火山"}, {"word": " VibeVoice "}]})
    with serve(recognizer=tones) as server:
        ask(server, body(SOUND, {"language": "en-US"}, enable_punc=False, end_window_size=900))
        ask(server, body(SOUND, corpus={"context": context}, vad_segment=True))
        ask(server, body(SOUND))
        ask(server, body(SOUND, {"language": "en-US"}, enable_auto_lang=True))
    asked = [(a.language, a.punctuation, a.hot_words, a.pause_ms) for a in tones.asked]
    assert [a.any_language for a in tones.asked] == [False, False, False, True]
    assert asked == [
        ("en-US", False, (), 900),
        ("", True, ("火山", "VibeVoice"), 800),
        ("", True, (), None),
        ("", True, (), None),
    ]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "The API key or AK/SK in the request is missing or invalid."),
        ({"X-Api-App-Key": "1"}, "The API key or AK/SK in the request is missing or invalid."),
        ({"X-Api-Access-Key": "good"}, "The API key or AK/SK in the request is missing or invalid."),
        ({"X-Api-App-Key": "1", "X-Api-Access-Key": "bad"}, "request and grant appid mismatch"),
        ({"X-Api-Key": "bad"}, "Invalid X-Api-Key"),
    ],
)
def test_wrong_or_missing_keys_get_401_with_the_gateways_envelope(headers: Mapping[str, str], message: str) -> None:
    given = {"X-Api-Resource-Id": "volc.bigasr.auc_turbo", "X-Api-Request-Id": "abc", **headers}
    with serve(credentials=["good"]) as server:
        answer = ask(server, body(SOUND), given)
    assert (answer.status_code, code(answer), answer.headers["X-Api-Message"]) == (401, "45000010", message)
    assert answer.json() == {"header": {"code": 45000010, "message": message, "reqid": "abc"}}


@pytest.mark.parametrize("keys", [{"X-Api-Key": "good"}, {"X-Api-App-Key": "1", "X-Api-Access-Key": "good"}])
def test_either_set_of_good_keys_is_taken(keys: Mapping[str, str]) -> None:
    with serve(credentials=["other", "good"], recognizer=Tones()) as server:
        assert code(ask(server, body(SOUND), {"X-Api-Resource-Id": "volc.bigasr.auc_turbo", **keys})) == "20000000"


@pytest.mark.parametrize("resource", ["volc.bigasr.sauc.duration", ""])
def test_a_resource_that_is_not_activated_gets_403(server: FlashServer, resource: str) -> None:
    answer = ask(server, body(SOUND), {**HEADERS, "X-Api-Resource-Id": resource})
    message = f"[resource_id={resource}] requested resource not granted"
    assert (answer.status_code, code(answer), answer.headers["X-Api-Message"]) == (403, "45000030", message)
    reqid = HEADERS["X-Api-Request-Id"]
    assert answer.json() == {"header": {"code": 45000030, "message": message, "reqid": reqid}}


@pytest.mark.parametrize(
    "resource", ["volc.bigasr.auc_turbo", "volc.seedasr.auc_turbo", "volc.seedasr.auc", "volc.bigasr.auc"]
)
def test_known_resources_are_granted(server: FlashServer, resource: str) -> None:
    assert code(ask(server, body(SOUND), {**HEADERS, "X-Api-Resource-Id": resource})) == "20000000"


@pytest.mark.parametrize("raw", [b"", b"not json", b'{"audio":', b"\xff\xfe", b"[" * 200_000])
def test_a_body_that_is_no_json_gets_45000000(server: FlashServer, raw: bytes) -> None:
    answer = requests.post(server.url, data=raw, headers=HEADERS, timeout=20)
    assert (code(answer), answer.headers["X-Api-Message"]) == ("45000000", "unexpected end of JSON input")


@pytest.mark.parametrize(
    "content",
    [
        [],
        "text",
        {},
        {"request": {"model_name": "bigmodel"}},
        {"audio": {}, "request": {"model_name": "bigmodel"}},
        {"audio": {"data": None}, "request": {"model_name": "bigmodel"}},
        {"audio": {"data": "AAAA"}},
        {**body(SOUND), "audio": "text"},
        {**body(SOUND), "user": "text"},
        {**body(SOUND), "request": []},
        body(SOUND, {"url": "http://example.com/a.mp3"}),
        body(SOUND, model_name=None),
        body(SOUND, model_name="largemodel"),
        body(SOUND, model_name=5),
        body(SOUND, end_window_size=299),
        body(SOUND, end_window_size=5001),
        body(SOUND, end_window_size="800"),
        body(SOUND, end_window_size=True),
        body(SOUND, show_utterances="true"),
        body(SOUND, enable_punc=1),
        body(SOUND, enable_ddc="no"),
        body(SOUND, sensitive_words_filter={}),
        body(SOUND, corpus="text"),
        body(SOUND, {"data": 5}),
        body(SOUND, {"format": 5}),
        body(SOUND, {"language": "zh"}),
        body(SOUND, {"rate": "16000"}),
        body(SOUND, {"bits": 24}),
        body(SOUND, {"channel": 3}),
    ],
)
def test_invalid_parameters_get_45000001(server: FlashServer, content: object) -> None:
    answer = ask(server, content)
    assert (answer.status_code, code(answer), answer.json()) == (200, "45000001", {})
    assert answer.headers["X-Api-Message"].startswith("invalid parameter: ")


def test_any_model_name_passes_where_the_server_is_lenient() -> None:
    with serve(recognizer=Tones(), any_model=True) as server:
        assert code(ask(server, body(SOUND, model_name="volc.bigasr.auc_turbo"))) == "20000000"
        assert code(ask(server, body(SOUND, model_name=None))) == "20000000"


def test_unknown_fields_and_absent_ones_are_no_trouble(server: FlashServer) -> None:
    content = body(
        SOUND, {"extra": 1, "codec": "raw"}, context="x", language=5, sensitive_words_filter="", vad_segment=None
    )
    del content["user"]
    headers = {name: value for name, value in HEADERS.items() if name in ("X-Api-Key", "X-Api-Resource-Id")}
    assert code(ask(server, {**content, "app": {}}, {**headers, "X-Api-Request-Id": "-1"})) == "20000000"


@pytest.mark.parametrize(
    "context",
    [
        {"hotwords": []},
        "not json",
        "[]",
        '{"hotwords": "火山"}',
        '{"hotwords": [{"text": "火山"}]}',
        '{"hotwords": [{"word": 5}]}',
        json.dumps({"hotwords": [{"word": "火"}] * 5001}),
    ],
)
def test_a_wrongly_built_context_gets_55000001_and_an_empty_body(server: FlashServer, context: object) -> None:
    answer = ask(server, body(SOUND, corpus={"context": context}))
    assert (code(answer), answer.json()) == ("55000001", {})


@pytest.mark.parametrize("context", ["", None, '{"context_type":"dialog_ctx","context_data":[{"text":"hi"}]}'])
def test_a_context_without_hot_words_is_taken(server: FlashServer, context: object) -> None:
    assert code(ask(server, body(SOUND, corpus={"context": context}))) == "20000000"


@pytest.mark.parametrize("sound", [b"", wav("")])
def test_no_audio_at_all_gets_45000002(server: FlashServer, sound: bytes) -> None:
    assert code(ask(server, body(sound))) == "45000002"


@pytest.mark.parametrize(
    "audio",
    [
        {"data": "data:audio/wav;base64," + base64.b64encode(SOUND).decode()},
        {"data": base64.encodebytes(SOUND).decode()},
        {"data": "!!!!"},
        {"data": "声音"},
        {"format": "mp3"},
        {"format": "m4a"},
        {"data": base64.b64encode(b"<html>404</html>" * 20).decode()},
        {"data": base64.b64encode(SOUND[:20] + bytes(500)).decode()},
        {"data": base64.b64encode((AUDIO / "en_sorrow.m4a").read_bytes()).decode()},
        {"data": base64.b64encode((AUDIO / "en_jfk.flac").read_bytes()).decode()},
        {"data": base64.b64encode((AUDIO / "zh_percent.mp3").read_bytes()).decode(), "format": "wav"},
        {"data": base64.b64encode((AUDIO / "zh_autumn.ogg").read_bytes()).decode(), "format": "mp3"},
    ],
)
def test_audio_of_another_format_gets_45000151(server: FlashServer, audio: Mapping[str, object]) -> None:
    answer = ask(server, body(SOUND, audio))
    assert (answer.status_code, code(answer), answer.json()) == (200, "45000151", {})


@pytest.mark.parametrize(
    ("name", "audio", "duration_ms"),
    [
        ("zh_percent.mp3", {}, 8000),
        ("zh_percent.mp3", {"format": "mp3"}, 8000),
        ("zh_autumn.ogg", {}, 52730),
        ("zh_autumn.ogg", {"format": "ogg", "codec": "opus"}, 52730),
        ("zh_welcome.wav", {"format": "WAV", "codec": "raw", "rate": 16000, "bits": 16, "channel": 1}, 5548),
        ("odd/mulaw_8k.wav", {}, 8308),
        ("odd/riff_size_zero.wav", {}, 5548),
    ],
)
def test_documented_containers_are_decoded_and_sniffed(
    server: FlashServer, name: str, audio: Mapping[str, object], duration_ms: int
) -> None:
    answer = ask(server, body((AUDIO / name).read_bytes(), audio))
    assert code(answer) == "20000000"
    told = answer.json()
    assert abs(told["audio_info"]["duration"] - duration_ms) <= 60
    assert told["result"]["additions"]["duration"] == str(told["audio_info"]["duration"])


@pytest.mark.parametrize(
    ("channels", "rate_hz"),
    [(("-x-",), 16000), (("-x-",), 8000), (("-x-", "---"), 44100)],
)
def test_raw_samples_are_read_by_rate_and_channel(server: FlashServer, channels: tuple[str, ...], rate_hz: int) -> None:
    audio = {"format": "raw", "codec": "raw", "rate": rate_hz, "bits": 16, "channel": len(channels)}
    told = ask(server, body(pcm(*channels, rate_hz=rate_hz) + b"\0", audio)).json()
    assert abs(told["audio_info"]["duration"] - 1500) <= 1
    assert [found["start_time"] for found in told["result"]["utterances"]] == [500]


@pytest.mark.long
def test_more_than_two_hours_are_refused(server: FlashServer) -> None:
    two_hours_and_a_second = bytes(2 * 4000 * (2 * 3600 + 1))
    assert code(ask(server, body(two_hours_and_a_second, {"format": "raw", "rate": 4000}))) == "45000001"


@pytest.mark.drill
@pytest.mark.long
def test_more_than_a_hundred_megabytes_are_refused(server: FlashServer) -> None:
    start, end = json.dumps(body(b"", {"data": "@"})).encode().split(b"@")
    answers = []
    for size in (MAX_AUDIO_BYTES + 3, MAX_AUDIO_BYTES + 2 * 1024 * 1024):
        raw = start + b"A" * (size // 3 * 4) + end
        answers.append(requests.post(server.url, data=raw, headers=HEADERS, timeout=100))
    assert [(answer.status_code, code(answer)) for answer in answers] == [(200, "45000132")] * 2


@pytest.mark.drill
@pytest.mark.long
def test_a_hundred_megabytes_work() -> None:
    """104 MB of mono samples at 96 kHz, 9 minutes."""
    data = b"A" * (MAX_AUDIO_BYTES // 3 * 4)
    start, end = json.dumps(body(b"", {"data": "@", "format": "raw", "rate": 96000})).encode().split(b"@")
    with serve(recognizer=Tones()) as server:
        answer = requests.post(server.url, data=start + data + end, headers=HEADERS, timeout=100)
    assert (code(answer), answer.json()["audio_info"]) == ("20000003", {"duration": 546133})


class _Files(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/a.wav" else 404)
        self.end_headers()
        self.wfile.write(SOUND)

    def log_message(self, *args: Any) -> None:
        pass


def test_addresses_are_downloaded_only_where_allowed(server: FlashServer) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files) as files:
        threading.Thread(target=files.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{files.server_port}"
        with serve(recognizer=Tones(), allow_urls=True) as downloading:
            codes = [
                code(ask(asked, body(b"", {"data": None, "url": url})))
                for asked, url in [
                    (server, f"{address}/a.wav"),
                    (downloading, f"{address}/a.wav"),
                    (downloading, f"{address}/b.wav"),
                    (downloading, "file:///etc/hostname"),
                    (downloading, "no address"),
                ]
            ]
        files.shutdown()
    assert codes == ["45000006", "20000000", "45000006", "45000006", "45000006"]


class _Slow(Tones):
    def __init__(self) -> None:
        super().__init__()
        self.started = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.left = threading.Event()

    def recognise(self, samples: Any, options: Any, gone: Any) -> list[Any]:
        self.started.release()
        while not self.go_on.wait(0.05):
            if gone():
                self.left.set()
                return []
        return super().recognise(samples, options, gone)


def test_more_requests_than_slots_are_refused_until_one_is_free() -> None:
    slow = _Slow()
    with serve(recognizer=slow, slots=2) as server:
        codes: list[str] = []
        waiting = [threading.Thread(target=lambda: codes.append(code(ask(server, body(SOUND))))) for _ in range(2)]
        for client in waiting:
            client.start()
        assert all(slow.started.acquire(timeout=20) for _ in waiting)
        refused = ask(server, body(SOUND))
        slow.go_on.set()
        for client in waiting:
            client.join(20)
        assert (refused.status_code, code(refused)) == (200, "45000292")
        assert refused.headers["X-Api-Message"] == "quota exceeded for types: concurrency"
        assert [*codes, code(ask(server, body(SOUND)))] == ["20000000"] * 3


def test_requests_beyond_the_capacity_wait_for_their_turn() -> None:
    slow = _Slow()
    with serve(recognizer=slow, slots=2, capacity=1) as server:
        codes: list[str] = []
        clients = [threading.Thread(target=lambda: codes.append(code(ask(server, body(SOUND))))) for _ in range(2)]
        for client in clients:
            client.start()
        assert slow.started.acquire(timeout=20)
        assert not slow.started.acquire(timeout=0.3)
        slow.go_on.set()
        for client in clients:
            client.join(20)
        assert codes == ["20000000"] * 2


def test_work_for_a_client_that_left_is_given_up() -> None:
    slow = _Slow()
    with serve(recognizer=slow, slots=1) as server:
        sent = requests.Request("POST", server.url, json=body(SOUND), headers=HEADERS).prepare()
        assert isinstance(sent.body, bytes)
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.headers.items())
        with socket.create_connection((server.host, server.port), timeout=20) as client:
            client.sendall(f"POST {sent.path_url} HTTP/1.1\r\n{head}\r\n".encode() + sent.body)
            assert slow.started.acquire(timeout=20)
        assert slow.left.wait(20)


def test_sound_is_decoded_in_a_limited_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(module: str, *_others: Any, **_more: Any) -> Any:
        assert module == "transcripts.audio.tools"
        raise LimitExceeded

    with serve(recognizer=Tones()) as server:
        assert code(ask(server, body(SOUND))) == "20000000"
        monkeypatch.setattr(limited_child, "run", work)
        assert code(ask(server, body(SOUND))) == "45000151"


class _Broken(Tones):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def recognise(self, samples: Any, options: Any, gone: Any) -> list[Any]:
        raise self.error


@pytest.mark.parametrize(
    ("recognizer", "expected"),
    [
        (None, ("55000000", "this server has no recognizer")),
        (_Broken(RuntimeError("a secret")), ("55000000", "internal error")),
        (_Broken(ModelError("the model is missing")), ("55000000", "internal error: the model is missing")),
        (_Broken(MemoryError()), ("55000031", "server busy")),
    ],
)
def test_failures_of_the_server_get_550xxxx(recognizer: Recognizer | None, expected: tuple[str, str]) -> None:
    with serve(recognizer=recognizer) as server:
        answer = ask(server, body(SOUND))
    assert (code(answer), answer.headers["X-Api-Message"]) == expected
    assert (answer.status_code, answer.json()) == (200, {})


def test_the_log_holds_ids_and_codes_but_neither_keys_nor_audio(server: FlashServer) -> None:
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    handler = logging.handlers.QueueHandler(records)
    log = logging.getLogger("transcripts.flashserver")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        answer = ask(server, body(SOUND), {**HEADERS, "X-Api-Key": "secret-key"})
        line = records.get(timeout=20).getMessage()
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
    assert records.empty()
    pattern = rf"request {HEADERS['X-Api-Request-Id']} logid {answer.headers['X-Tt-Logid']} code 20000000 \d+\.\d s"
    assert re.fullmatch(pattern, line)


def test_only_final_codes_are_ever_answered(server: FlashServer) -> None:
    codes = {code(ask(server, body(wav(sound)))) for sound in ("x", "-", "")}
    assert codes == {"20000000", "20000003", "45000002"}
