"""To whom a request goes, and in which form: several flash servers, and originals on slow lines."""

from __future__ import annotations

import base64
import json
import logging
import re
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests

from tests.conftest import ANSWER, AUDIO
from tests.flashserver.clients import HEADERS
from tests.processes import ROOT, free_port, wait_for
from transcripts import logs
from transcripts.enums import TranscriptionState
from transcripts.flash.audio import AudioFile
from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.flash.options import RecognitionOptions
from transcripts.flash.reply import Reply
from transcripts.flashserver.protocol import FLASH_PATH
from transcripts.flashserver.server import FlashServer, serve
from transcripts.models import Recording, Transcription
from transcripts.services.recognition import flash_servers
from transcripts.services.recognition.api_requests import ApiRequest, prepare_requests
from transcripts.services.recognition.dispatch import send_request
from transcripts.services.recognition.run import run_transcription

CLIP = AudioFile(AUDIO / "zh_percent.mp3", "mp3")
SAYS = {"body": ANSWER, "repeat": True}
WAITS = {"delay_s": 600, "body": ANSWER, "repeat": True}


@pytest.fixture(autouse=True)
def forget_servers() -> Iterator[None]:
    yield
    flash_servers.get_flash_servers.cache_clear()


@pytest.fixture
def known(settings: Any) -> Callable[..., None]:
    """Makes these flash servers the installation's."""

    def know(*urls: str) -> None:
        settings.FLASH_IS_LOCAL = True
        settings.FLASH_API_URL, *settings.MORE_FLASHSERVER_URLS = urls

    return know


def send(**more: Any) -> Reply:
    return send_request(ApiRequest(1, 0, 0, CLIP), RecognitionOptions(), **more)


def occupy(server: FlashServer) -> threading.Thread:
    """Sends it a request that it keeps waiting, and waits until it has it."""

    def ask() -> None:
        with suppress(requests.RequestException):
            requests.post(server.url, json={}, headers=HEADERS, timeout=600)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    wait_for("request", lambda: server.requests, pause_s=0.01)
    return thread


def test_the_least_busy_server_is_asked(known: Callable[..., None]) -> None:
    with serve(script=[WAITS]) as busy, serve(script=[SAYS]) as idle:
        occupy(busy)
        known(busy.url, idle.url)
        assert [send().code for _ in range(3)] == ["20000000"] * 3
        assert (busy.requests, idle.requests) == (1, 3)


def test_requests_of_one_moment_go_to_different_servers() -> None:
    with serve(script=[SAYS]) as one, serve(script=[SAYS]) as other:
        servers = flash_servers.FlashServers([one.url, other.url])
        # Within the second for which a load holds.
        assert sorted([servers.choose(), servers.choose()], key=str) == sorted([one.url, other.url])


def test_a_larger_server_gets_more() -> None:
    with serve(script=[WAITS], capacity=4) as large, serve(script=[WAITS], capacity=1) as small:
        occupy(large)
        occupy(small)
        servers = flash_servers.FlashServers([small.url, large.url])
        assert [servers.choose() for _ in range(3)] == [large.url] * 3
        servers.give_back(large.url)
        assert servers.choose(without=[small.url]) == large.url


def test_a_dead_server_is_left_out_and_comes_back_with_one_line_each(
    known: Callable[..., None], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    gone = f"http://127.0.0.1:{port}{FLASH_PATH}"
    monkeypatch.setattr(flash_servers, "GOOD_FOR_S", 0)
    monkeypatch.setattr(logs, "STEADY_SECONDS", 0)
    with serve(script=[SAYS]) as alive, caplog.at_level(logging.WARNING, "transcripts"):
        known(gone, alive.url)
        for _ in range(3):
            send()
        monkeypatch.setattr(flash_servers, "AGAIN_S", 0)
        for _ in range(3):
            send()
        with serve(port=port, script=[SAYS]) as back:
            with alive.count_post():  # so that the other one is asked
                send()
            with back.count_post():
                send()
            assert (back.requests, alive.requests) == (1, 7)
    # A server of an earlier test may still note its last request.
    left_out, back_again = (record.message for record in caplog.records if record.levelno >= logging.WARNING)
    assert left_out == f"The flash server at {gone} is not responding: it is left out until it does."
    assert back_again.startswith(f"The flash server at {gone} is responding again, after ")


def test_another_server_is_asked_where_one_is_full(known: Callable[..., None]) -> None:
    with serve(script=[{"code": "55000031"}]) as full, serve(script=[SAYS]) as other:
        known(full.url, other.url)
        with other.count_post():  # so that the full one is asked first
            assert send().code == "20000000"
        assert (full.requests, other.requests) == (1, 1)


def test_the_failure_is_told_where_no_server_answers(known: Callable[..., None]) -> None:
    known(*(f"http://127.0.0.1:{free_port()}{FLASH_PATH}" for _ in range(2)))
    with pytest.raises(FlashError) as caught:
        send()
    assert caught.value.kind == ErrorKind.REFUSED


def test_a_request_that_kills_its_server_reaches_each_server_once(known: Callable[..., None]) -> None:
    with serve(script=[{"drop": True, "repeat": True}]) as one, serve(script=[{"drop": True, "repeat": True}]) as other:
        known(one.url, other.url)
        with pytest.raises(FlashError) as caught:
            send()
        assert (one.requests, other.requests) == (1, 1)
    assert caught.value.kind == ErrorKind.UNCLEAR


def test_a_refusal_is_the_same_everywhere(known: Callable[..., None]) -> None:
    with serve(script=[{"code": "45000151"}]) as one, serve(script=[{"code": "45000151"}]) as other:
        known(one.url, other.url)
        with pytest.raises(FlashError):
            send()
        assert one.requests + other.requests == 1


# --- With processes ----------------------------------------------------------------------------------------------


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts `manage.py flashserver` with a script; gives the process and its address."""
    started: list[subprocess.Popen[str]] = []

    def start(*script: dict[str, Any], port: int = 0) -> tuple[subprocess.Popen[str], str]:
        file = tmp_path / f"{len(started)}.json"
        file.write_text(json.dumps(script))
        command = [sys.executable, "manage.py", "flashserver", "--recognizer", "none", "--script", str(file)]
        started.append(
            subprocess.Popen(
                [*command, "--port", str(port)],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        )
        assert started[-1].stdout is not None
        found = re.search(r"http://\S+", started[-1].stdout.readline())
        assert found
        return started[-1], found[0]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def running(url: str) -> int:
    count: int = requests.get(f"http://{urlsplit(url).netloc}/status", timeout=20).json()["running"]
    return count


@pytest.mark.drill
@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_recognition_ends_right_though_its_server_is_killed_in_the_middle(
    lin: Any,
    upload: Callable[..., Recording],
    known: Callable[..., None],
    start: Callable[..., tuple[subprocess.Popen[str], str]],
) -> None:
    (one, first), (other, second) = start(WAITS), start(SAYS)
    # The second has something to do until the first has the request.
    with socket.create_connection(("127.0.0.1", urlsplit(second).port or 0)) as slow:
        slow.sendall(f"POST {FLASH_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n".encode())
        wait_for("request at the second", lambda: running(second), pause_s=0.02)
        known(first, second)
        pk = upload(lin).transcriptions.get().pk
        work = threading.Thread(target=run_transcription, args=(pk,))
        work.start()
        wait_for("request at the first", lambda: running(first), pause_s=0.02)
    one.send_signal(signal.SIGKILL)
    work.join(60)
    run = Transcription.objects.get(pk=pk)
    assert (run.state, run.tries, run.attempt, run.raw_answer) == (TranscriptionState.DONE, [], 1, ANSWER)
    assert other.poll() is None


@pytest.mark.processes
def test_a_server_that_is_stopped_answers_what_it_has_and_takes_no_more(
    start: Callable[..., tuple[subprocess.Popen[str], str]],
) -> None:
    process, url = start(SAYS)
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=60) as early:
        early.sendall(f"POST {FLASH_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{".encode())
        wait_for("request", lambda: running(url), pause_s=0.02)
        process.terminate()
        wait_for("draining", lambda: flash_servers.measure_load(url) is None, pause_s=0.02)
        late = requests.post(url, json={}, headers=HEADERS, timeout=60)
        assert late.headers["X-Api-Status-Code"] == "55000031"
        early.sendall(b"}")
        assert b"X-Api-Status-Code: 20000000" in early.recv(4096)
    assert process.wait(60) == 0


# --- Slow lines --------------------------------------------------------------------------------------------------


class SlowLine(socketserver.ThreadingTCPServer):
    """Passes on what clients send at so many bytes a second, and answers at once. Holds it up before `go_on`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, server: FlashServer, bytes_per_s: int, go_on: Callable[[], bool]) -> None:
        self.go_on = go_on
        self.target, self.bytes_per_s = (server.host, server.port), bytes_per_s
        super().__init__(("127.0.0.1", 0), PassOn)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # a line holds no megabytes
        self.url = f"http://127.0.0.1:{self.server_address[1]}{FLASH_PATH}"


class PassOn(socketserver.BaseRequestHandler):
    server: SlowLine

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as target:
            threading.Thread(target=self.answer, args=(target,), daemon=True).start()
            begun, passed = time.monotonic(), 0
            with suppress(OSError):
                while data := self.request.recv(16384):
                    target.sendall(data)
                    passed += len(data)
                    if passed > 200_000:
                        wait_for("copy", self.server.go_on, pause_s=0.02)
                    time.sleep(max(0.0, passed / self.server.bytes_per_s - (time.monotonic() - begun)))

    def answer(self, target: socket.socket) -> None:
        with suppress(OSError):
            while data := target.recv(65536):
                self.request.sendall(data)


Line = Callable[..., tuple[FlashServer, SlowLine]]


@pytest.fixture
def line() -> Iterator[Line]:
    with serve(script=[SAYS], keep_requests=True) as server:
        lines: list[SlowLine] = []

        def make(bytes_per_s: int, go_on: Callable[[], bool] = lambda: True) -> tuple[FlashServer, SlowLine]:
            lines.append(SlowLine(server, bytes_per_s, go_on))
            threading.Thread(target=lines[-1].serve_forever, args=(0.05,), daemon=True).start()
            return server, lines[-1]

        yield make
        for one in lines:
            one.shutdown()
            one.server_close()


def long_wav(folder: Path) -> ApiRequest:
    """Two minutes, as they are sent."""
    clip = np.frombuffer((AUDIO / "zh_en_alternating.wav").read_bytes()[44:], "<i2")
    source = folder / "original"
    with wave.open(str(source), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.resize(clip, 120 * 16000).tobytes())
    (request,) = prepare_requests(
        source, folder, options=RecognitionOptions(), api_format="wav", channels=1, duration_ms=120_000
    )
    return request


def sent_audio(server: FlashServer) -> list[str]:
    return [json.loads(taken.body)["audio"]["format"] for taken in server.received]


@pytest.mark.long
def test_wav_on_a_slow_line_is_sent_as_a_copy_once_that_is_quicker(tmp_path: Path, line: Line) -> None:
    request = long_wav(tmp_path)
    server, slow = line(1_000_000, (tmp_path / "sendable-1.ogg").exists)
    progress: list[tuple[int, int]] = []
    reply = send_request(
        request, RecognitionOptions(), url=slow.url, on_progress=lambda sent, total: progress.append((sent, total))
    )
    assert (reply.code, sent_audio(server)) == ("20000000", ["ogg"])
    copy = base64.b64decode(json.loads(server.received[0].body)["audio"]["data"])
    assert copy == (tmp_path / "sendable-1.ogg").read_bytes()
    size = (tmp_path / "original").stat().st_size
    assert progress == sorted(progress)
    assert ({total for _, total in progress}, progress[-1][0]) == ({size}, size)


@pytest.mark.long
def test_wav_on_a_fast_line_is_sent_as_it_is(tmp_path: Path, line: Line) -> None:
    request = long_wav(tmp_path)
    server, fast = line(1_000_000_000)
    assert send_request(request, RecognitionOptions(), url=fast.url).code == "20000000"
    assert (sent_audio(server), [path.name for path in tmp_path.iterdir()]) == (["wav"], ["original"])


@pytest.mark.long
def test_a_copy_that_cannot_be_made_leaves_the_original_to_arrive(tmp_path: Path, line: Line) -> None:
    request = long_wav(tmp_path)
    (tmp_path / "original").write_bytes(bytes(4_000_000))  # no sound
    server, slow = line(3_000_000)
    assert send_request(request, RecognitionOptions(), url=slow.url).code == "20000000"
    assert sent_audio(server) == ["wav"]
