"""Fetching a recording from an address that a person gave, without giving access to what only this machine can reach.

Every connection, also after redirects, goes to an address that was resolved and found public right before. A name is
resolved once per connection: one that resolves differently a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter

from transcripts.audio.sandbox import WorkCancelled
from transcripts.errors import NotFetched
from transcripts.flash.transport import ConnectionWatch

MAX_BYTES = 2 * 1024**3
MAX_SECONDS = 60 * 60
CONNECT_SECONDS = 10
STALL_SECONDS = 30
MAX_REDIRECTS = 5
CHUNK_BYTES = 256 * 1024
# The only IPv6 addresses that are public, except 6to4, which contain an IPv4 address. Others that contain one (NAT64,
# IPv4-compatible) are outside this range.
PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


def fetch_recording(
    url: str, target: Path, *, cancelled: Callable[[], bool] = lambda: False, private_too: bool = False
) -> None:
    """Downloads `url` to `target` as it arrives.

    `private_too` is for the machine's operator at the command line, who can reach everything from it anyway.
    Raises NotFetched, WorkCancelled, or OSError if `target` can't be written, and then leaves no file.
    """
    try:
        with _PublicConnections(cancelled, private_too) as watch, target.open("wb") as file:
            for chunk in _iterate_chunks(url, watch):
                if file.tell() + len(chunk) > MAX_BYTES:
                    raise NotFetched("address_too_large")
                file.write(chunk)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def is_public_address(address: str) -> bool:
    """Whether everybody can reach this IP address, so that fetching from it reveals nothing private."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return ip.is_global and ip in PUBLIC_IPV6 and ip not in SIX_TO_FOUR
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


class _PublicConnections(ConnectionWatch):
    """Opens the connections of one download, and cuts them when its time is up or it is cancelled."""

    def __init__(self, cancelled: Callable[[], bool], private_too: bool) -> None:
        until = time.monotonic() + MAX_SECONDS

        def find_reason() -> Exception | None:
            if cancelled():
                return WorkCancelled()
            return NotFetched("address_too_slow") if time.monotonic() > until else None

        super().__init__(find_reason)
        self._private_too = private_too

    def connect(self, connection: Any) -> socket.socket:
        """Connects to one of the public addresses of the connection's host."""
        self.check()
        failure: OSError = OSError("no address")
        addresses = socket.getaddrinfo(connection._dns_host, connection.port, type=socket.SOCK_STREAM)
        also = settings.FETCH_FROM_PRIVATE_ADDRESSES
        public = [
            info for info in addresses if self._private_too or info[4][0] in also or is_public_address(str(info[4][0]))
        ]
        if not public:
            raise NotFetched("address_not_public")
        for family, kind, protocol, _name, address in public:
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(CONNECT_SECONDS)
                line.connect(address)
                self.add(line.dup())
                return line
            except OSError as error:
                line.close()
                failure = error
        raise failure


class _WatchedAdapter(HTTPAdapter):
    def __init__(self, watch: _PublicConnections) -> None:
        super().__init__()
        self._watch = watch

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        base: Any = pool.ConnectionCls
        watch = self._watch

        class WatchedConnection(base):  # type: ignore[misc]
            def _new_conn(self) -> socket.socket:
                return watch.connect(self)

        pool.ConnectionCls = WatchedConnection
        return pool


def _iterate_chunks(url: str, watch: _PublicConnections) -> Iterator[bytes]:
    """The content of `url`, as the server encoded it. Every failure raises NotFetched or WorkCancelled."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.mount("http://", _WatchedAdapter(watch))
            session.mount("https://", _WatchedAdapter(watch))
            with _open_address(session, url) as response:
                while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
                    watch.check()
                    yield chunk
        watch.check()
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        watch.check()
        raise NotFetched("address_unreachable") from error


def _open_address(session: requests.Session, url: str) -> requests.Response:
    for _redirect in range(MAX_REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise NotFetched("address_not_http")
        response = session.get(
            url,
            headers={"Accept-Encoding": "identity", "User-Agent": "flashweb"},
            timeout=(CONNECT_SECONDS, STALL_SECONDS),
            stream=True,
            allow_redirects=False,
        )
        target = session.get_redirect_target(response)
        if target is None and response.status_code == 200:
            return response
        response.close()
        if target is None:
            break
        url = urljoin(url, target)
    raise NotFetched("address_unreachable")
