"""What requests lacks for a long upload, and what its failures mean."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from transcripts.flash.errors import ErrorKind, FlashError

WATCH_SECONDS = 0.5


class PatientAdapter(HTTPAdapter):
    """Lets uploads stand still for `stall_timeout_s`, where urllib3 gives them the connect timeout.

    `on_connect` hears of each connection that is made.
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


@contextlib.contextmanager
def cut_when(cancelled: Callable[[], bool] | None) -> Iterator[list[socket.socket]]:
    """Cuts the connections put into the list as soon as `cancelled` says so: nobody waits for that answer any more."""
    lines: list[socket.socket] = []
    over = threading.Event()

    def watch(cancelled: Callable[[], bool]) -> None:
        while not over.wait(WATCH_SECONDS):
            if cancelled():
                for line in list(lines):
                    with contextlib.suppress(OSError):
                        line.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=watch, args=(cancelled,), name="flash-watch", daemon=True) if cancelled else None
    if thread:
        thread.start()
    try:
        yield lines
    finally:
        over.set()
        if thread:
            thread.join()


def is_loopback(url: str) -> bool:
    """Whether the address is on this machine, where no proxy of the environment is to be asked."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` that adds nothing, where requests would send what a ~/.netrc holds."""
    return request


def transport_failure(error: Exception, *, handed_over: bool) -> FlashError:
    """Our word for a failure of the connection; `handed_over`: the whole request had been given to it.

    Library texts are not repeated: they may hold addresses with credentials of proxies.
    """
    if isinstance(error, ValueError):
        return FlashError(ErrorKind.INVALID_REQUEST, "The address of the service is not a valid http(s) address.")
    if not handed_over:
        return FlashError(ErrorKind.REFUSED, _reason(error))
    if isinstance(error, requests.Timeout):
        return FlashError(ErrorKind.UNCLEAR, "The answer did not come in time.")
    return FlashError(ErrorKind.UNCLEAR, "The connection was lost before the answer came.")


def _reason(error: Exception) -> str:
    if isinstance(error, requests.exceptions.ProxyError):
        return "The proxy could not be reached or refused the connection."
    if isinstance(error, requests.exceptions.SSLError):
        return "The secure connection could not be made."
    if isinstance(error, requests.Timeout):
        return "The connection was not made in time."
    return "The connection failed or broke while sending."
