"""How much of a body is read, and how long it may take: by the address and by who sends it."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from threading import Thread
from typing import Any
from unittest.mock import Mock

import pytest
import requests
import uvicorn
from django.contrib.auth.models import User
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils.translation import override

from flashweb import bodies
from flashweb import connections as bounded
from flashweb.bodies import FORM_BYTES, GUEST_BYTES, STRANGER_BYTES, Parts, Traffic, has_session
from flashweb.connections import MAX_HEADER_BYTES, Connection
from tests.processes import free_port, wait_for
from tests.test_asgi import SCOPE, Answering, Reader

CHUNK = 8 * 1024 * 1024
FILES = 4 * 1024 * 1024
UPLOAD = "/uploads/6f1cc9ba-4a2c-4ed1-a1ac-a6d5e3a7a2c1/"
FORM, STRANGER, GUEST = FORM_BYTES, STRANGER_BYTES, GUEST_BYTES


class Sender(Reader):
    """Sends `size` bytes in parts, with or without saying so before; `read` is how many were taken."""

    def __init__(self, size: int, part: int = 1 << 18) -> None:
        super().__init__()
        self.read = 0
        self._left, self._part = size, part

    async def receive(self) -> Mapping[str, Any]:
        part = min(self._left, self._part)
        self._left -= part
        self.read += part
        return {"type": "http.request", "body": bytes(part), "more_body": self._left > 0}


@pytest.fixture(autouse=True)
def bounds(settings: Any) -> None:
    settings.BODY_BYTES = {"recording_create": FILES, "upload": CHUNK}


@pytest.fixture
def cookie(transactional_db: None) -> bytes:
    client = Client()
    client.force_login(User.objects.create_user("lin"))
    return f"sessionid={client.cookies['sessionid'].value}".encode()


def send(path: str, size: int, *, cookie: bytes = b"", announced: bool = True, language: bytes = b"en") -> Sender:
    sender = Sender(size)
    headers = [*SCOPE["headers"], (b"cookie", cookie), (b"accept-language", language)]
    if announced:
        headers.append((b"content-length", str(size).encode()))

    async def run() -> None:
        handler = Answering(lambda request: HttpResponse(str(len(request.body))))
        await handler({**SCOPE, "path": path, "headers": headers}, sender.receive, sender.send)
        await handler._threaded(connections.close_all)

    asyncio.run(run())
    return sender


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/accounts/login/", STRANGER, 200),
        ("/accounts/login/", STRANGER + 1, 401),
        ("/accounts/login/", FORM + 1, 413),
        ("/nowhere/", STRANGER + 1, 401),
        ("/shared/token/comments/", GUEST, 200),
        ("/shared/token/comments/", GUEST + 1, 401),
        ("/recordings/", STRANGER + 1, 401),
        ("/recordings/", FILES + 1, 413),
        (UPLOAD, CHUNK, 401),
    ],
)
def test_strangers_send_little(path: str, size: int, status: int, announced: bool, transactional_db: None) -> None:
    if status == 413 and not announced:
        status = 401  # before so much has come
    assert send(path, size, announced=announced).status == status


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/utterances/1/", FORM, 200),
        ("/utterances/1/", FORM + 1, 413),
        ("/recordings/", FILES, 200),
        ("/recordings/", FILES + 1, 413),
        (UPLOAD, CHUNK, 200),
        (UPLOAD, CHUNK + 1, 413),
    ],
)
def test_people_send_what_the_address_takes(
    cookie: bytes, path: str, size: int, status: int, announced: bool, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    assert send(path, size, cookie=cookie, announced=announced).status == status


@pytest.mark.parametrize("stolen", [b"sessionid=nobody", b"sessionid=", b"sessionid=\xff%00; x", b"other=1"])
def test_session_that_is_none_is_a_strangers(transactional_db: None, stolen: bytes) -> None:
    assert not has_session({"headers": [(b"cookie", stolen)]})


def test_session_that_was_ended_is_a_strangers(cookie: bytes) -> None:
    scope = {"headers": [(b"cookie", cookie)]}
    assert has_session(scope)
    lin = User.objects.get()
    lin.set_password("another one")
    lin.save()
    assert not has_session(scope)


def test_nothing_is_written_of_what_is_refused(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    monkeypatch.setattr(bodies.tempfile, "SpooledTemporaryFile", None)
    assert send("/recordings/", FILES).status == 401
    assert send("/recordings/", 10 * FILES).status == 413


def test_full_disk_is_told(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> None:
    body = Mock()
    body.tell.return_value = 0
    body.write.side_effect = OSError(errno.ENOSPC, "full")
    monkeypatch.setattr(bodies.tempfile, "SpooledTemporaryFile", lambda _size: body)
    sender = send("/accounts/login/", 10)
    assert (sender.status, b"".join(sender.parts)[:33]) == (507, b"The server has no space left. Wha")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (b"en", "This is larger than the server accepts here, which is 4.0\xa0MB."),
        (b"zh-hans", "内容超过服务器此处的上限（4.0\xa0MB）。"),
    ],
)
def test_refusal_is_a_sentence(language: bytes, sentence: str) -> None:
    with override("fr"):
        sender = send("/recordings/", FILES + 1, language=language)
    assert b"".join(sender.parts).decode() == sentence + "\n"
    assert sender.ended


# --- Over HTTP ---------------------------------------------------------------------------------------------------


@contextmanager
def served(answer: Callable[[HttpRequest], HttpResponse] | None = None) -> Iterator[int]:
    """The port of a server as `manage.py web` starts it, whose pages answer the size of the body."""
    answer = answer or (lambda request: HttpResponse(str(len(request.body))))
    port = free_port()
    options: dict[str, Any] = {"lifespan": "off", "log_level": "error", "http": Connection}
    server = uvicorn.Server(
        uvicorn.Config(Answering(answer), port=port, h11_max_incomplete_event_size=MAX_HEADER_BYTES, **options)
    )
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_for("server", lambda: server.started, 20)
        yield port
    finally:
        server.should_exit = True
        thread.join(20)


def test_middle_of_a_body_is_passed_on_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the parts come one by one, and a second request follows at once."""
    monkeypatch.setattr(bodies, "STRANGER_BYTES", FORM)
    bodies_sent = [bytes(number % 251 for number in range(size)) for size in (300_000, 70_001, 1, 0)]

    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(sha256(request.body).hexdigest())

    with served(answer) as port, connect(port) as person:
        for body in bodies_sent:
            head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            for part in (head, *(body[at : at + 50_000] for at in range(0, len(body), 50_000))):
                person.sendall(part)
            told = b""
            while not told.endswith(b"\r\n0\r\n\r\n"):
                came = person.recv(4096)
                assert came, told
                told += came
            assert sha256(body).hexdigest().encode() in told
        person.sendall(b"GARBAGE\r\n\r\n")
        assert person.recv(12) == b"HTTP/1.1 400"


@pytest.mark.parametrize("size", [1, 5, 100])
def test_chunk_is_read_in_the_parts_that_came(size: int) -> None:
    held = Parts.held
    with Parts(10) as chunk:
        for part in (b"abc", b"", b"defg"):
            chunk.write(part)
        assert (chunk.tell(), Parts.held) == (7, held + 10)
        assert b"".join(iter(lambda: chunk.read(size), b"")) == b"abcdefg"
        chunk.write(b"rest")
        assert (chunk.read(), chunk.read()) == (b"rest", b"")
    assert Parts.held == held


def test_chunks_beyond_what_may_be_held_go_to_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "HELD_BYTES", 10 + Parts.held)
    with bodies._open_body("upload", 8) as first, bodies._open_body("upload", 8) as second:
        assert [isinstance(body, Parts) for body in (first, second)] == [True, False]
    with bodies._open_body("upload", 8) as again, bodies._open_body("utterance_edit", 1) as other:
        assert [isinstance(body, Parts) for body in (again, other)] == [True, False]


def test_files_make_way_while_a_page_is_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WAY_S", 60)

    async def run() -> list[str]:
        traffic, seen = Traffic(), list[str]()

        async def bring() -> None:
            with traffic.bringing_files():
                await traffic.make_way()
                seen.append("file")

        with traffic.making_page():
            task = asyncio.create_task(bring())
            await asyncio.sleep(0)
            with traffic.making_page():
                pass
            await asyncio.sleep(0)
            seen.append("page")
        await asyncio.wait_for(task, 20)
        await bring()
        return seen

    assert asyncio.run(run()) == ["page", "file", "file"]


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_headers_that_are_not_complete_in_time_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "HEADERS_S", 0.3)
    with served() as port, connect(port) as silent, connect(port) as slow:
        for byte in b"GET / HTTP/1.1\r\n":
            slow.sendall(bytes([byte]))
        assert is_cut(silent)
        assert is_cut(slow)


def test_headers_that_are_too_long_are_refused() -> None:
    with served() as port, connect(port) as greedy:
        greedy.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 2 * MAX_HEADER_BYTES)
        assert greedy.recv(12) == b"HTTP/1.1 400"


@pytest.mark.long
def test_connection_that_is_used_again_has_its_time_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "HEADERS_S", 0.5)
    with served() as port, requests.Session() as person:
        until = time.monotonic() + 1.2
        while time.monotonic() < until:
            answer = person.post(f"http://127.0.0.1:{port}/", data=b"12345", timeout=20)
            assert answer.text == "5"
    assert not Connection.silent


def test_many_silent_connections_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_SILENT", 20)
    with served() as port:
        silent = [connect(port) for _number in range(60)]
        try:
            assert requests.get(f"http://127.0.0.1:{port}/", timeout=20).text == "0"
            assert all(is_cut(connection) for connection in silent[:40])
        finally:
            for connection in silent:
                connection.close()


@pytest.mark.long
def test_body_that_comes_too_slowly_is_cut_and_a_slow_honest_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PACE_S", 0.3)
    monkeypatch.setattr(bodies, "PACE_BYTES", 300)
    monkeypatch.setattr(bodies, "LINGER_S", 0.1)
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n"
    with served() as port, connect(port) as silent, connect(port) as honest:
        silent.sendall(head + b"x")
        honest.sendall(head)
        for _part in range(10):
            honest.sendall(b"x" * 1000)
            time.sleep(0.1)  # 3000 bytes in 0.3 s
        assert silent.recv(12) == b"HTTP/1.1 408"
        assert honest.recv(12) == b"HTTP/1.1 200"


def test_browser_that_still_writes_sees_the_refusal() -> None:
    with served() as port:
        answer = requests.post(f"http://127.0.0.1:{port}/", data=b"x" * (FORM + 1), timeout=20)
        assert (answer.status_code, answer.headers["Connection"]) == (413, "close")
        assert "larger than the server accepts" in answer.text
