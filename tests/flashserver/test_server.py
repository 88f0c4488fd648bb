"""The HTTP side of the local flash server: paths, methods, bodies, headers, scripted answers."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.flashserver.clients import HEADERS
from transcripts.flashserver.protocol import FLASH_PATH
from transcripts.flashserver.script import ScriptError, read_script
from transcripts.flashserver.server import FlashServer, serve


def post(server: FlashServer, body: object = None, headers: Mapping[str, str] = HEADERS) -> requests.Response:
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return requests.post(server.url, data=data, headers=headers, timeout=20)


def connect(server: FlashServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=20)


def test_script_answers_in_turn_and_then_the_server_speaks_itself() -> None:
    script = [
        {"body": {"result": {"text": "你好。"}}},
        {"code": "55000031", "message": "服务器繁忙"},
        {"status": 500, "code": None, "body": "<html>"},
        {"body": ""},
    ]
    with serve(script=script) as server:
        first, second, third, empty, fourth = [post(server) for _ in range(5)]
        assert server.requests == 5
    assert first.content == '{"result":{"text":"你好。"}}'.encode()
    assert (first.status_code, first.headers["X-Api-Status-Code"]) == (200, "20000000")
    assert first.headers["X-Api-Message"] == "OK"
    assert (second.status_code, second.headers["X-Api-Status-Code"], second.json()) == (200, "55000031", {})
    assert second.headers["X-Api-Message"].encode("latin-1").decode() == "服务器繁忙"
    assert (third.status_code, third.text) == (500, "<html>")
    assert "X-Api-Status-Code" not in third.headers
    assert (empty.headers["X-Api-Status-Code"], empty.content) == ("20000000", b"")
    assert fourth.headers["X-Api-Status-Code"] == "45000001"


def test_script_repeats_its_last_entry_for_good() -> None:
    with serve(script=[{"code": "1"}, {"code": "2", "repeat": True}]) as server:
        assert [post(server).headers["X-Api-Status-Code"] for _ in range(4)] == ["1", "2", "2", "2"]


def test_script_drops_the_connection_without_an_answer() -> None:
    with serve(script=[{"drop": True}]) as server, pytest.raises(requests.ConnectionError):
        post(server)


def test_script_cuts_the_body_after_so_many_bytes() -> None:
    with serve(script=[{"body": {"result": {"text": "x" * 100}}, "cut_after": 20}]) as server:
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            post(server)
        assert post(server).headers["X-Api-Status-Code"] == "45000001"


def test_script_delays_and_close_ends_the_delay() -> None:
    server = serve(script=[{"delay_s": 600}])
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            post(server)
        except requests.RequestException as error:
            failures.append(error)

    client = threading.Thread(target=ask)
    client.start()
    while not server.requests:
        time.sleep(0.01)
    server.close()
    client.join(timeout=15)
    assert not client.is_alive()


@pytest.mark.parametrize(
    "script",
    [
        [{"status": "200"}],
        [{"status": 99}],
        [{"body": 5}],
        [{"delay_s": -1}],
        [{"cut_after": True}],
        [{"drop": 1}],
        [{"answer": {}}],
        ["text"],
        [{"repeat": True}, {}],
    ],
)
def test_script_with_a_mistake_is_refused(script: list[Mapping[str, object]]) -> None:
    with pytest.raises(ScriptError):
        serve(script=script)


def test_server_answers_only_posts_to_the_flash_path() -> None:
    with serve() as server:
        assert server.url.endswith(FLASH_PATH)
        other = server.base_url + "/api/v3/auc/bigmodel/query"
        got = [
            requests.request(method, url, timeout=20).status_code
            for method, url in [
                ("GET", server.url),
                ("PUT", server.url),
                ("POST", other),
                ("GET", other),
                ("GET", server.base_url + "/healthz"),
                ("HEAD", server.base_url + "/healthz"),
            ]
        ]
        allowed = requests.get(server.url, timeout=20).headers["Allow"]
    assert (got, allowed) == ([405, 405, 404, 404, 200, 200], "POST")


def test_server_tells_how_busy_it_is() -> None:
    with serve(script=[{"delay_s": 600, "repeat": True}], capacity=2) as server:
        for count in range(4):
            now = requests.get(server.base_url + "/status", timeout=20).json()
            assert now == {"running": min(count, 2), "waiting": max(0, count - 2), "capacity": 2, "draining": False}
            threading.Thread(target=ask_and_forget, args=(server,), daemon=True).start()
            while server.requests == count:
                time.sleep(0.01)


def ask_and_forget(server: FlashServer) -> None:
    with contextlib.suppress(requests.RequestException):
        post(server)


def test_every_answer_carries_code_message_and_logid() -> None:
    with serve(script=[{}]) as server:
        answers = [post(server), post(server), post(server, headers={}), post(server, b"no json")]
    for answer in answers:
        assert re.fullmatch(r"20\d{12}[0-9A-F]{20}", answer.headers["X-Tt-Logid"])
        assert answer.headers["X-Api-Message"]
    codes = [answer.headers["X-Api-Status-Code"] for answer in answers]
    assert codes == ["20000000", "45000001", "45000010", "45000000"]
    assert len({answer.headers["X-Tt-Logid"] for answer in answers}) == 4


def test_header_names_may_have_any_case_and_query_strings_are_ignored() -> None:
    headers = {name.lower(): value for name, value in HEADERS.items()}
    with serve() as server:
        answer = requests.post(server.url + "?x=1", json=[], headers=headers, timeout=20)
    assert answer.headers["X-Api-Status-Code"] == "45000001"


def test_chunked_bodies_are_read_and_the_connection_stays_open() -> None:
    with serve(keep_requests=True) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
        for _ in range(3):
            connection.request("POST", FLASH_PATH, body=iter([b'{"user"', b":{}", b"}"]), headers=HEADERS)
            answer = connection.getresponse()
            answer.read()
            assert answer.headers["X-Api-Status-Code"] == "45000001"
        connection.close()
        assert [taken.body for taken in server.received] == [b'{"user":{}}'] * 3
        assert server.received[0].headers["X-Api-Resource-Id"] == "volc.bigasr.auc_turbo"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: -5\r\n\r\n",
        b"Content-Length: many\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_malformed_lengths_get_a_400_and_a_closed_connection(head: bytes) -> None:
    with serve() as server, connect(server) as client:
        client.sendall(b"POST " + FLASH_PATH.encode() + b" HTTP/1.1\r\nHost: x\r\n" + head)
        answer = b"".join(iter(lambda: client.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_clients_that_go_away_do_not_hurt() -> None:
    with serve(script=[{"delay_s": 0.2}]) as server:
        with connect(server) as client:
            client.sendall(b"POST " + FLASH_PATH.encode() + b" HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
        with connect(server) as client:
            client.sendall(b"POST " + FLASH_PATH.encode() + b" HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        assert post(server).headers["X-Api-Status-Code"] in ("20000000", "45000001")
        assert requests.get(server.base_url + "/healthz", timeout=20).status_code == 200


def test_a_closed_server_answers_no_kept_connection() -> None:
    with serve() as server, connect(server) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        server.close()
        assert client.recv(4096) in (b"ok\n", b"")
        assert client.recv(4096) == b""
        with pytest.raises(requests.ConnectionError):
            requests.get(server.base_url + "/healthz", timeout=20)


def test_the_address_can_be_taken_again_after_close() -> None:
    with serve() as server:
        port = server.port
        with pytest.raises(OSError, match="in use"):
            serve(port=port)
    with serve(port=port) as again:
        assert urlsplit(again.url).port == port
        assert post(again, {}).headers["X-Api-Status-Code"] == "45000001"


def test_a_script_file_is_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text('[{"body": "好"}]', encoding="utf-8")
    assert read_script(path) == [{"body": "好"}]
    for content in ("{}", "[", '[{"status": "no"}]', '[{"answer": 1}]', "[null]"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ScriptError, match="script"):
            read_script(path)
