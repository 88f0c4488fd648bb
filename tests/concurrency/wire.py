"""HTTP/1.1 as a browser speaks it to Flashweb: one request a connection, and server-sent events. Hundreds at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

TOKEN = "c" * 32  # The CSRF token: cookie and header are the same.
PATIENCE_S = 180


class Lost(Exception):
    """No answer, or half of one: the server died, or there is none."""


class Answer(NamedTuple):
    status: int
    text: str


async def ask(port: int, session: str, path: str, fields: Mapping[str, object] | None = None) -> Answer:
    """GET, or POST where there are fields. Raises Lost."""
    body = urlencode(fields).encode() if fields is not None else b""
    head = _head("GET" if fields is None else "POST", path, session, len(body))
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
            try:
                writer.write(head + body)
                status, length = await _status(reader)
                if length is None:
                    return Answer(status, b"".join([part async for part in _chunks(reader)]).decode())
                return Answer(status, (await reader.readexactly(length)).decode())
            finally:
                writer.close()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
        raise Lost(f"{type(error).__name__}: {error}") from error


async def events(port: int, session: str, path: str, last: int | None = None) -> AsyncIterator[tuple[str, str]]:
    """Name and data of each event, until the stream ends; `("refused", status)` where there is none. Raises Lost."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        try:
            extra = "Accept: text/event-stream\r\n" + (f"Last-Event-ID: {last}\r\n" if last else "")
            writer.write(_head("GET", path, session, 0, extra))
            status, _length = await _status(reader)
            if status != 200:
                yield "refused", str(status)
                return
            rest = b""
            async for part in _chunks(reader):
                *whole, rest = (rest + part).split(b"\n\n")
                for event in (one.decode() for one in whole):
                    if "\nevent: " in f"\n{event}":
                        name = event.partition("event: ")[2].partition("\n")[0]
                        yield name, event.partition("data: ")[2]
        finally:
            writer.close()
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        raise Lost(f"{type(error).__name__}: {error}") from error


def _head(method: str, path: str, session: str, length: int, extra: str = "") -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nHX-Request: true\r\n"
        f"Cookie: sessionid={session}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n{extra}"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


async def _status(reader: asyncio.StreamReader) -> tuple[int, int | None]:
    """The status, and the length of the body where it is told."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    status = int(head[0].split()[1])
    if "content-length" in fields:
        return status, int(fields["content-length"])
    return status, 0 if status == 204 else None


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while length := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(length + 2))[:-2]
