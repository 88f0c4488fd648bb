"""Fetching from an address: what comes whole, what is refused, and that no trick reaches what only this machine can."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.services.web_files import Files, Reply, answer, to
from transcripts.audio.sandbox import WorkCancelled
from transcripts.errors import NotFetched
from transcripts.flash import transport
from transcripts.services.recordings import fetching
from transcripts.services.recordings.fetching import MAX_REDIRECTS, fetch_recording, is_public_address


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for as long as somebody listens."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _byte in range(600):
            handler.wfile.write(b"x")
            time.sleep(0.05)
    except OSError:
        pass


@pytest.fixture
def files() -> Iterator[Files]:
    server = Files()
    yield server
    server.close()


@pytest.fixture
def private(settings: Any) -> None:
    """The only address that a test has."""
    settings.FETCH_FROM_PRIVATE_ADDRESSES = {"127.0.0.1"}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """A DNS of the test's own: the addresses of a name, one after the other; the last one stays."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if host not in known:
            return real(host, port, *rest, **named)
        address = known[host].pop(0) if len(known[host]) > 1 else known[host][0]
        return real(address, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def refused(url: str, folder: Path) -> str:
    """Why nothing was fetched; nothing is left of it."""
    with pytest.raises(NotFetched) as caught:
        fetch_recording(url, folder / "original")
    assert list(folder.iterdir()) == []
    return caught.value.reason


@pytest.mark.parametrize("size", [0, 1, 3_000_001])
def test_what_stands_at_the_address_is_written_byte_by_byte(
    private: None, files: Files, tmp_path: Path, size: int
) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    files.pages["/a.mp3"] = answer(content[:size])
    fetch_recording(files.url("/a.mp3"), tmp_path / "original")
    assert (tmp_path / "original").read_bytes() == content[:size]


def test_answer_without_a_length_is_whole_when_the_line_ends(private: None, files: Files, tmp_path: Path) -> None:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n")

    files.pages["/a"] = reply
    fetch_recording(files.url("/a"), tmp_path / "original")
    assert (tmp_path / "original").read_bytes() == b"abcdefg"


def test_answer_that_breaks_off_is_no_recording(private: None, files: Files, tmp_path: Path) -> None:
    files.pages["/a"] = answer(b"abc", Content_Length="1000")
    assert refused(files.url("/a"), tmp_path) == "address_unreachable"


def test_packed_answer_is_not_unpacked(private: None, files: Files, tmp_path: Path) -> None:
    """A small archive may be a large file."""
    files.pages["/a"] = answer(b"\x1f\x8b not really", Content_Encoding="gzip")
    fetch_recording(files.url("/a"), tmp_path / "original")
    assert (tmp_path / "original").read_bytes() == b"\x1f\x8b not really"


def test_redirects_are_followed(private: None, files: Files, tmp_path: Path) -> None:
    files.pages |= {"/a": to("/b"), "/b": to(files.url("/c")), "/c": answer(b"sound")}
    fetch_recording(files.url("/a"), tmp_path / "original")
    assert ((tmp_path / "original").read_bytes(), files.hits) == (b"sound", ["/a", "/b", "/c"])


def test_redirects_that_never_end_are_given_up(private: None, files: Files, tmp_path: Path) -> None:
    files.pages["/a"] = to("/a")
    assert refused(files.url("/a"), tmp_path) == "address_unreachable"
    assert len(files.hits) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1/"])
def test_redirect_leads_to_http_only(private: None, files: Files, tmp_path: Path, target: str) -> None:
    files.pages["/a"] = to(target)
    assert refused(files.url("/a"), tmp_path) == "address_not_http"


@pytest.mark.parametrize("status", [204, 401, 403, 404, 500, 503])
def test_refusal_is_told(private: None, files: Files, tmp_path: Path, status: int) -> None:
    files.pages["/a"] = answer(b"", status=status)
    assert refused(files.url("/a"), tmp_path) == "address_unreachable"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/a", "data:,x", "example.org", "", "http://"])
def test_only_http_is_fetched(tmp_path: Path, url: str) -> None:
    assert refused(url, tmp_path) == "address_not_http"


@pytest.mark.parametrize("url", ["http://[::1", "http://a b/", f"http://{'a' * 70}.org/", "http://127.0.0.1:99999/"])
def test_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    assert refused(url, tmp_path) == "address_unreachable"


def test_host_that_nobody_knows_or_that_is_off_is_told(private: None, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}/", tmp_path) == "address_unreachable"


NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2001:db8::1",
    "2001:0:7f00:1::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_address_that_is_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "user:password@127.0.0.1",
    ],
)
def test_this_machine_is_not_reached_however_it_is_written(files: Files, tmp_path: Path, host: str) -> None:
    files.pages["/"] = answer(b"secret")
    assert refused(f"http://{host}:{files.port}/", tmp_path) == "address_not_public"
    assert files.hits == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1"])
def test_name_that_leads_into_the_house_is_refused(
    names: dict[str, list[str]], files: Files, tmp_path: Path, scheme: str, address: str
) -> None:
    names["inside.example"] = [address]
    assert refused(f"{scheme}://inside.example:{files.port}/", tmp_path) == "address_not_public"
    assert files.hits == []


def test_redirect_into_the_house_is_refused(
    names: dict[str, list[str]], files: Files, tmp_path: Path, settings: Any
) -> None:
    """The first name passes for a public one, as no test can reach one that is."""
    settings.FETCH_FROM_PRIVATE_ADDRESSES = {"127.0.0.2"}
    names["outside.example"] = ["127.0.0.2"]
    files.pages |= {"/a": to(files.url("/secret")), "/secret": answer(b"secret")}
    with socket.create_server(("127.0.0.2", 0)) as listening:
        port = listening.getsockname()[1]
        threading.Thread(target=_redirect_once, args=(listening, files.url("/secret")), daemon=True).start()
        assert refused(f"http://outside.example:{port}/a", tmp_path) == "address_not_public"
    assert files.hits == []


def _redirect_once(listening: socket.socket, location: str) -> None:
    line, _address = listening.accept()
    with line:
        line.recv(65536)
        line.sendall(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())


def test_name_that_changes_its_mind_gains_nothing(
    names: dict[str, list[str]], files: Files, tmp_path: Path, settings: Any
) -> None:
    """Allowed when it is looked up, this machine a moment later (DNS rebinding): the first answer is the one used."""
    names["moody.example"] = ["127.0.0.3", "127.0.0.1"]
    settings.FETCH_FROM_PRIVATE_ADDRESSES = {"127.0.0.3"}
    files.pages["/"] = answer(b"secret")
    assert refused(f"http://moody.example:{files.port}/", tmp_path) == "address_unreachable"
    assert files.hits == []
    assert refused(f"http://moody.example:{files.port}/", tmp_path) == "address_not_public"
    assert files.hits == []


def test_proxies_of_the_environment_are_not_asked(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would do the looking up, and reach what it likes."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, files.url(""))
    assert refused("http://10.0.0.1/", tmp_path) == "address_not_public"
    assert files.hits == []


@pytest.mark.parametrize("known", [True, False])
def test_what_is_too_large_is_not_kept(
    private: None, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)
    files.pages["/a"] = answer(b"x" * 1001) if known else drip_of(2000)
    assert refused(files.url("/a"), tmp_path) == "address_too_large"


def drip_of(size: int) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * size)

    return reply


def test_server_that_sends_a_byte_now_and_then_is_given_up(
    private: None, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.3)
    monkeypatch.setattr(transport, "WATCH_SECONDS", 0.1)
    files.pages["/a"] = drip
    assert refused(files.url("/a"), tmp_path) == "address_too_slow"


def test_server_that_says_nothing_is_given_up(private: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.3)
    monkeypatch.setattr(transport, "WATCH_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert refused(f"http://127.0.0.1:{silent.getsockname()[1]}/", tmp_path) == "address_too_slow"


def test_fetching_ends_when_it_is_no_longer_wanted(
    private: None, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "WATCH_SECONDS", 0.1)
    files.pages["/a"] = drip
    with pytest.raises(WorkCancelled):
        fetch_recording(files.url("/a"), tmp_path / "original", cancelled=lambda: bool(files.hits))
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_gone_is_the_machines_trouble(private: None, files: Files, tmp_path: Path) -> None:
    files.pages["/a"] = answer(b"sound")
    with pytest.raises(FileNotFoundError):
        fetch_recording(files.url("/a"), tmp_path / "missing" / "original")


def test_every_carrier_of_an_inner_address_is_refused() -> None:
    """IPv6 addresses with 127.0.0.1 or 10.0.0.1 inside, in each of the documented ways."""
    inner = [int(ipaddress.IPv4Address(address)) for address in ("127.0.0.1", "10.0.0.1")]
    for value in inner:
        for base in ("::", "::ffff:0:0", "::ffff:0:0:0", "64:ff9b::"):
            assert not is_public_address(str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(base)) + value)))
        six_to_four = (0x2002 << 112) + (value << 80)
        assert not is_public_address(str(ipaddress.IPv6Address(six_to_four)))
