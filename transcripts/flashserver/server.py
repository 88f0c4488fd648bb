"""The flash protocol over HTTP: one POST, one answer, in background threads of the process that starts it."""

from __future__ import annotations

import contextlib
import json
import logging
import selectors
import socket
import socketserver
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from transcripts.flash.codes import BUSY, INTERNAL, QUOTA, SUCCESS
from transcripts.flashserver.body import read_body
from transcripts.flashserver.model import ModelError
from transcripts.flashserver.protocol import DEFAULT_RESOURCES, FLASH_PATH, Refusal, check_access, parse_request
from transcripts.flashserver.recognition import recognise_request
from transcripts.flashserver.script import Script, ScriptEntry

if TYPE_CHECKING:
    from transcripts.flashserver.recognizer import Recognizer

log = logging.getLogger(__name__)

PLACE_POLL_SECONDS = 0.5
IDLE_SECONDS = 600  # clients that neither send nor accept a byte for this long are dropped


@dataclass(frozen=True)
class FlashResponse:
    status: int
    code: str | None
    message: str
    body: bytes
    cut_after: int | None = None

    @classmethod
    def from_refusal(cls, refusal: Refusal, request_id: str) -> FlashResponse:
        return cls(refusal.status, refusal.code, refusal.message, _encode_json(refusal.make_body(request_id)))


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it came, kept only on demand: bodies hold people's recordings."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(kw_only=True, eq=False)
class FlashServer:
    """A server that listens from its creation until `close`. Raises `OSError` (address taken) and `ScriptError`.

    Without `recognizer` only the script and the checks of the protocol work. `slots` bounds the requests that
    wait and run together, of which `capacity` run at once. `credentials` empty: any key is good. `keep_requests`
    keeps what came in `received`.
    """

    host: str = "127.0.0.1"
    port: int = 0  # 0: a free one
    recognizer: Recognizer | None = None
    script: Sequence[Mapping[str, object]] = ()
    credentials: Collection[str] = ()
    resource_ids: Collection[str] = DEFAULT_RESOURCES
    slots: int = 8
    capacity: int = 8
    any_model: bool = False
    allow_urls: bool = False
    keep_requests: bool = False
    requests: int = field(default=0, init=False)  # posts that arrived whole
    received: list[ReceivedRequest] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self.closing = threading.Event()
        self._entries = Script(self.script)
        self._free_slots = threading.BoundedSemaphore(self.slots)
        self._free_places = threading.BoundedSemaphore(self.capacity)
        self._count = threading.Condition()
        self._present = 0  # posts that have begun to arrive and have no answer yet
        self.draining = False
        self._http = _Http(self)
        self.port = self._http.server_port
        self.base_url = f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"
        self.url = self.base_url + FLASH_PATH
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def __enter__(self) -> FlashServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and cut every open connection; recognitions under way end at their next sentence."""
        if self.closing.is_set():
            return
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._http.cut_connections()
        self._thread.join()

    def drain(self, seconds: float, at_once: threading.Event) -> None:
        """Refuse new posts as busy until those that are here have their answers, for so long or until `at_once`."""
        until = time.monotonic() + seconds
        with self._count:
            self.draining = True
            while self._present and time.monotonic() < until and not at_once.is_set():
                self._count.wait(PLACE_POLL_SECONDS)  # a signal handler may not notify

    @contextlib.contextmanager
    def count_post(self) -> Iterator[bool]:
        """Gives whether the post came in time to be answered."""
        with self._count:
            self._present += 1
            in_time = not self.draining
        try:
            yield in_time
        finally:
            with self._count:
                self._present -= 1
                self._count.notify_all()

    def describe_status(self) -> dict[str, object]:
        """How busy it is, as clients that know several servers ask. Those that wait are also those still arriving."""
        with self._count:
            running = min(self._present, self.capacity)
            waiting = self._present - running
            return {"running": running, "waiting": waiting, "capacity": self.capacity, "draining": self.draining}

    @contextlib.contextmanager
    def _take_place(self, gone: Callable[[], bool]) -> Iterator[None]:
        while not self._free_places.acquire(timeout=PLACE_POLL_SECONDS):
            if gone():
                raise Refusal(INTERNAL, "the client has left")
        try:
            yield
        finally:
            self._free_places.release()

    def record_request(self, headers: Mapping[str, str], body: bytes) -> ScriptEntry | None:
        with self._count:
            self.requests += 1
            if self.keep_requests:
                self.received.append(ReceivedRequest(dict(headers), body))
            return self._entries.next()

    def make_response(self, headers: Mapping[str, str], body: bytes, gone: Callable[[], bool]) -> FlashResponse:
        """What the service would answer. `gone` tells whether the client has left, which stops the work."""
        try:
            check_access(headers, credentials=self.credentials, resource_ids=self.resource_ids)
            request = parse_request(body, any_model=self.any_model)
            if not self._free_slots.acquire(blocking=False):
                raise Refusal(QUOTA, "quota exceeded for types: concurrency")

            def left() -> bool:
                return self.closing.is_set() or gone()

            try:
                with self._take_place(left):
                    code, message, content = recognise_request(
                        request, self.recognizer, allow_urls=self.allow_urls, gone=left
                    )
            finally:
                self._free_slots.release()
        except Exception as error:
            return FlashResponse.from_refusal(_refuse(error), headers.get("X-Api-Request-Id", ""))
        return FlashResponse(200, code, message, _encode_json(content))


serve = FlashServer


def _refuse(error: Exception) -> Refusal:
    """What the client learns of a failure; the details of our own go to the log."""
    if isinstance(error, Refusal):
        return error
    log.error("recognition failed", exc_info=error)
    if isinstance(error, MemoryError):
        return Refusal(BUSY, "server busy")
    return Refusal(INTERNAL, f"internal error: {error}" if isinstance(error, ModelError) else "internal error")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, flash: FlashServer) -> None:
        self.flash = flash
        self.address_family = socket.AF_INET6 if ":" in flash.host else socket.AF_INET
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((flash.host, flash.port), _Handler)

    def server_bind(self) -> None:
        # The base class looks up the host's name, which can hang on a machine without a network.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        log.debug("connection ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "flashserver"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: _Http

    def do_POST(self) -> None:
        if urlsplit(self.path).path != FLASH_PATH:
            self._respond_to_others()
            return
        started = time.monotonic()
        logid = _make_logid()
        with self.server.flash.count_post() as in_time:
            self._answer_post(started, logid, in_time=in_time)

    def _answer_post(self, started: float, logid: str, *, in_time: bool) -> None:
        answer = self._respond_to_post(in_time=in_time)
        log.info(
            "request %s logid %s code %s %.1f s",
            _clean_text(self.headers.get("X-Api-Request-Id", "-")),
            logid,
            answer.code if answer else "dropped",
            time.monotonic() - started,
        )
        if answer is None:
            self.close_connection = True
        else:
            self._send_response(answer, logid)

    def _respond_to_post(self, *, in_time: bool) -> FlashResponse | None:
        flash = self.server.flash
        try:
            body = read_body(self.headers, self.rfile)
        except Refusal as error:
            self.close_connection = True
            return FlashResponse.from_refusal(error, self.headers.get("X-Api-Request-Id", ""))
        headers = {name.title(): value for name, value in self.headers.items()}
        if not in_time:
            return FlashResponse.from_refusal(Refusal(BUSY, "server busy: it is about to stop"), "")
        entry = flash.record_request(headers, body)
        if entry is None:
            return flash.make_response(headers, body, self._is_gone)
        flash.closing.wait(entry.delay_s)
        if entry.drop:
            return None
        if entry.has_answer or flash.recognizer is None:
            message = entry.message if entry.message is not None else _choose_message(entry)
            body = b"{}" if entry.body is None else entry.body
            return FlashResponse(entry.status, entry.code, message, body, entry.cut_after)
        answer = flash.make_response(headers, body, self._is_gone)
        return FlashResponse(answer.status, answer.code, answer.message, answer.body, entry.cut_after)

    def _is_gone(self) -> bool:
        """Whether the client has closed its end; what it may have sent since stays unread."""
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self.connection, selectors.EVENT_READ)
                return bool(selector.select(0)) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except (OSError, ValueError):
            return True

    def _send_response(self, answer: FlashResponse, logid: str) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.code is not None:
            self.send_header("X-Api-Status-Code", _encode_header(answer.code))
        self.send_header("X-Api-Message", _encode_header(answer.message))
        self.send_header("X-Tt-Logid", logid)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body if answer.cut_after is None else answer.body[: answer.cut_after])
        if answer.cut_after is not None and answer.cut_after < len(answer.body):
            self.close_connection = True

    def _respond_to_others(self) -> None:
        """Anything but a post to the flash path. The body is not read, so the connection closes."""
        path = urlsplit(self.path).path
        readable = self.command in ("GET", "HEAD")
        pages = {"/healthz": b"ok\n", "/status": _encode_json(self.server.flash.describe_status())}
        status = 200 if path in pages and readable else 405 if path in (FLASH_PATH, *pages) else 404
        body = pages[path] if status == 200 else b""
        self.send_response(status)
        if status == 405:
            self.send_header("Allow", "POST" if path == FLASH_PATH else "GET, HEAD")
        self.send_header("Content-Type", "application/json" if path == "/status" else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if not readable:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond_to_others  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Logged by `do_POST` instead, without addresses."""


def _make_logid() -> str:
    """34 characters: local time to the second, 20 upper-case hexadecimal digits, as in official examples."""
    return datetime.now(UTC).astimezone().strftime("%Y%m%d%H%M%S") + uuid.uuid4().hex[:20].upper()


def _choose_message(entry: ScriptEntry) -> str:
    return "OK" if entry.code == SUCCESS and entry.status == 200 else "scripted"


def _encode_json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _encode_header(value: str) -> str:
    """UTF-8 on the wire: the base class encodes header lines as Latin-1, one character per byte."""
    return " ".join(value.split()).encode(errors="replace").decode("latin-1")


def _clean_text(value: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in value[:64])
