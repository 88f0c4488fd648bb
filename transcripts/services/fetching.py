"""Fetching a recording from an address that a person gave, without letting him reach what only this machine can.

Every connection, those of redirects too, goes to an address that was looked up and found public right before: a name
that answers otherwise a moment later (DNS rebinding) gains nothing, as the look-up is the one that is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from transcripts.errors import NotFetched

MAX_BYTES = 2 * 1024**3
MAX_SECONDS = 60 * 60
STALL_SECONDS = 30
MAX_REDIRECTS = 5
CHUNK_BYTES = 256 * 1024
# NAT64 and 6to4 carry IPv4 addresses inside that `is_global` does not look at.
CARRIERS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))


def fetch(url: str, target: Path) -> None:
    """Writes what stands at `url` to `target`; raises NotFetched and leaves nothing where that can't be done."""
    until = time.monotonic() + MAX_SECONDS
    try:
        with requests.Session() as session, target.open("wb") as file:
            session.trust_env = False
            session.mount("http://", _PublicAdapter())
            session.mount("https://", _PublicAdapter())
            with _open(session, url) as response:
                for chunk in response.iter_content(CHUNK_BYTES):
                    if file.tell() + len(chunk) > MAX_BYTES:
                        raise NotFetched("address_too_large")
                    if time.monotonic() > until:
                        raise NotFetched("address_too_slow")
                    file.write(chunk)
    except NotFetched:
        target.unlink(missing_ok=True)
        raise
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        target.unlink(missing_ok=True)
        raise NotFetched("address_unreachable") from error


def _open(session: requests.Session, url: str) -> requests.Response:
    for _redirect in range(MAX_REDIRECTS + 1):
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise NotFetched("address_not_http")
        response = session.get(
            url,
            headers={"Accept-Encoding": "identity", "User-Agent": "flashweb"},
            timeout=(10, STALL_SECONDS),
            stream=True,
            allow_redirects=False,
        )
        if not response.is_redirect:
            if response.status_code != 200:
                response.close()
                raise NotFetched("address_unreachable")
            return response
        url = urljoin(url, response.headers["Location"])
        response.close()
    raise NotFetched("address_unreachable")


def is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif any(found in carrier for carrier in CARRIERS):
            return False
    return found.is_global and not found.is_multicast


def _connect(connection: Any) -> socket.socket:
    host = connection._dns_host
    for *_kind, address in socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM):
        if settings.FETCH_FROM_PRIVATE_ADDRESSES or is_public(str(address[0])):
            return create_connection(
                (str(address[0]), connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
    raise NotFetched("address_not_public")


class _PublicHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _PublicHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)


class _PublicHTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _PublicHTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicHTTPPool, "https": _PublicHTTPSPool}
