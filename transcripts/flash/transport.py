"""What requests lacks for a long upload and for a large answer, and what its failures mean."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.flash.reply import Reply, read_header

WATCH_SECONDS = 0.5
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class PatientAdapter(HTTPAdapter):
    """Lets uploads stall for `stall_timeout_s`; urllib3 would apply the connect timeout to them.

    `on_connect` is called with each connection that is made.
    """

    def __init__(self, stall_timeout_s: float, on_connect: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._stall_timeout_s = stall_timeout_s
        self._on_connect = on_connect

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        base: Any = pool.ConnectionCls
        stall_timeout_s, on_connect = self._stall_timeout_s, self._on_connect

        class PatientConnection(base):  # type: ignore[misc]
            def connect(self) -> None:
                super().connect()
                self.sock.settimeout(stall_timeout_s)
                on_connect(self.sock)

        pool.ConnectionCls = PatientConnection
        return pool


class ConnectionWatch:
    """Cuts the connections of an exchange once `find_reason` returns a reason, and closes them at the end.

    `find_reason` is asked twice a second; its answer stays in `reason`. Read timeouts are not enough: a server
    that sends a byte now and then never exceeds them.
    """

    def __init__(self, find_reason: Callable[[], Exception | None] | None) -> None:
        self.reason: Exception | None = None
        self._find_reason = find_reason
        self._connections: list[socket.socket] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="connection-watch", daemon=True)

    def __enter__(self) -> Self:
        if self._find_reason is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._find_reason is not None:
            self._thread.join()
        for connection in self._connections:
            connection.close()

    def add(self, connection: socket.socket) -> None:
        self._connections.append(connection)

    def check(self) -> None:
        """Raises the reason, if there is one."""
        if self.reason is not None:
            raise self.reason

    def _run(self) -> None:
        while not self._over.wait(WATCH_SECONDS):
            self.reason = self.reason or (self._find_reason() if self._find_reason else None)
            if self.reason is not None:
                for connection in list(self._connections):
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine, where proxies of the environment do not apply."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def skip_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` that adds nothing, where requests would send what a ~/.netrc holds."""
    return request


def explain_failure(error: Exception, *, handed_over: bool) -> FlashError:
    """What a failure of the connection means; `handed_over`: the connection had taken the whole request.

    Library texts are not repeated: they may hold addresses with credentials of proxies.
    """
    if isinstance(error, ValueError):
        return FlashError(ErrorKind.INVALID_REQUEST, "The address of the service is not a valid http(s) address.")
    if not handed_over:
        return FlashError(ErrorKind.REFUSED, _explain_unsent(error))
    if isinstance(error, requests.Timeout):
        return FlashError(ErrorKind.UNCLEAR, "The answer did not arrive in time.")
    return FlashError(ErrorKind.UNCLEAR, "The connection was lost before the answer arrived.")


def _explain_unsent(error: Exception) -> str:
    if isinstance(error, requests.exceptions.ProxyError):
        return "The proxy could not be reached or refused the connection."
    if isinstance(error, requests.exceptions.SSLError):
        return "The secure connection could not be established."
    if isinstance(error, requests.Timeout):
        return "The connection was not established in time."
    return "The connection failed or broke while sending."


def receive(response: requests.Response) -> Reply:
    """Read a streamed response within a size limit; failures of the connection are kept in the reply."""
    content, failure = bytearray(), None
    try:
        # Not `iter_content`, which loses what it has of a block when the connection breaks or the block is damaged.
        while chunk := response.raw.read1(64 * 1024, decode_content=False):
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                failure = FlashError(ErrorKind.MALFORMED, "The answer is too long.")
                break
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError):
        failure = FlashError(ErrorKind.UNCLEAR, "The connection was lost in the middle of the answer.")
    headers = response.headers
    body, damage = _decompress(bytes(content), headers.get("Content-Encoding", ""))
    return Reply(
        status=response.status_code,
        code=read_header(headers, "X-Api-Status-Code", 20),
        message=read_header(headers, "X-Api-Message", 500),
        logid=read_header(headers, "X-Tt-Logid", 100),
        body=body,
        failure=failure or (FlashError(ErrorKind.MALFORMED, damage) if damage else None),
    )


def _decompress(content: bytes, encodings: str) -> tuple[bytes, str]:
    """The decompressed content, or the content itself with a sentence why not.

    Gateways name an encoding twice, or name one that they have removed: JSON needs no decompressing.
    """
    for encoding in reversed(encodings.lower().split(",")):
        if encoding.strip() not in ("gzip", "x-gzip", "deflate") or content.lstrip()[:1] == b"{" or not content:
            continue
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either header, gzip's or zlib's
        try:
            content = decompressor.decompress(content, MAX_ANSWER_BYTES)
        except zlib.error:
            return content, "The answer cannot be decompressed."
        if decompressor.unconsumed_tail:
            return content, "The answer is too long."
    return content, ""
