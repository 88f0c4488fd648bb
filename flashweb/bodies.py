"""How much of a body is read: by its address, and by who sends it. Nothing is written before that is known."""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from io import RawIOBase
from typing import IO, Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import RequestAborted
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, parse_cookie
from django.template.defaultfilters import filesizeformat
from django.utils.translation import get_language_from_request, override
from django.utils.translation import gettext as _

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

FORM_BYTES = 1024 * 1024  # of any form without files
STRANGER_BYTES = 16 * 1024  # of somebody who is not signed in
GUEST_BYTES = 64 * 1024  # of a comment by a share link: 4000 characters, each up to 12 bytes
# A body that brings less than this in a minute is not read on: 500 bytes a second, on average.
PACE_S = 60.0
PACE_BYTES = 30_000
# A browser that still writes sees an answer only if somebody goes on reading.
LINGER_S = 5.0
LINGER_BYTES = 64 * 1024 * 1024


class BodyRefused(Exception):
    """The body is not read; `status` is 401, 408, 413 or 507, and `bound` the bytes that are accepted."""

    def __init__(self, status: int, bound: int = 0) -> None:
        super().__init__(status)
        self.status = status
        self.bound = bound


# Chunks of uploads are kept in memory, up to so many bytes in all: a temporary file doubles what they cost.
HELD_BYTES = 128 * 1024 * 1024
# While a page is being made, each body that brings files waits so long before its next part, times how many there are.
# Parts are of 256 kB: together they bring 13 MB a second then.
WAY_S = 0.02


class Traffic:
    """Bodies that bring files make way for pages: so many come as the line gives, but while a page is being made."""

    def __init__(self) -> None:
        self._pages = 0
        self._bodies = 0
        self._quiet = asyncio.Event()

    @contextmanager
    def making_page(self) -> Iterator[None]:
        self._pages += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._pages -= 1
            if not self._pages:
                self._quiet.set()

    @contextmanager
    def bringing_files(self) -> Iterator[None]:
        self._bodies += 1
        try:
            yield
        finally:
            self._bodies -= 1

    async def make_way(self) -> None:
        if self._pages:
            with suppress(TimeoutError):
                async with asyncio.timeout(WAY_S * self._bodies):
                    await self._quiet.wait()


class Parts(RawIOBase):
    """A body as it came, part by part: nothing of it is copied until it is written."""

    held = 0

    def __init__(self, size: int) -> None:
        self._room = size
        self._size = 0
        self._parts: deque[bytes] = deque()
        Parts.held += size

    def write(self, part: bytes) -> int:  # type: ignore[override]
        if part:
            self._parts.append(part)
            self._size += len(part)
        return len(part)

    def tell(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        """The next part, or as much of it as is asked for; without a size all that is left."""
        if size < 0:
            whole = b"".join(self._parts)
            self._parts.clear()
            return whole
        part = self._parts.popleft() if self._parts else b""
        if len(part) > size:
            self._parts.appendleft(part[size:])
        return part[:size]

    def close(self) -> None:
        if not self.closed:
            Parts.held -= self._room
            self._parts.clear()
        super().close()


def _open_body(address: str, size: int) -> IO[bytes]:
    """`size` is 0 where it is not known."""
    if address == "upload" and 0 < size <= HELD_BYTES - Parts.held:
        return cast("IO[bytes]", Parts(size))
    return tempfile.SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # the caller closes it


async def read_body(
    scope: Scope, receive: Receive, address: str, is_signed_in: Callable[[], Awaitable[bool]], traffic: Traffic
) -> IO[bytes]:
    """The whole body in a file that stays in memory while it is small. Raises BodyRefused and RequestAborted.

    `address` is the name of the address; `is_signed_in` is asked only about bodies too large for strangers.
    """
    bound = GUEST_BYTES if address.startswith("shared_") else STRANGER_BYTES
    most = max(bound, settings.BODY_BYTES.get(address, FORM_BYTES))
    is_stranger = True

    async def check(size: int) -> None:
        nonlocal is_stranger
        if size > most:
            raise BodyRefused(413, most)
        if size > bound and is_stranger:
            if not await is_signed_in():
                raise BodyRefused(401)
            is_stranger = False

    size = int(dict(scope["headers"]).get(b"content-length", 0))
    await check(size)
    pace = Pace()
    brings_files = address in settings.FILE_ADDRESSES
    body = _open_body(address, size)
    try:
        with traffic.bringing_files() if brings_files else nullcontext():
            while True:
                message = await pace.wait_for(receive)
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                part = message.get("body", b"")
                await check(body.tell() + len(part))
                _write(body, part)
                if brings_files:  # also before it is stored
                    await traffic.make_way()
                if not message.get("more_body", False):
                    if not isinstance(body, Parts):
                        body.seek(0)
                    return body
    except BaseException:
        body.close()
        raise


def _write(body: IO[bytes], part: bytes) -> None:
    try:
        body.write(part)
    except OSError as error:
        raise BodyRefused(507) from error


class Pace:
    """Waits for parts of a body; raises BodyRefused if they come too slowly for a minute."""

    def __init__(self) -> None:
        self._until = asyncio.get_running_loop().time() + PACE_S
        self._came = 0

    async def wait_for(self, receive: Receive) -> Mapping[str, Any]:
        while True:
            try:
                async with asyncio.timeout_at(self._until):
                    message = await receive()
            except TimeoutError:
                if self._came < PACE_BYTES:
                    raise BodyRefused(408) from None
                self._until += PACE_S
                self._came = 0
            else:
                self._came += len(message.get("body", b""))
                return message


def has_session(scope: Scope) -> bool:
    """Whether the request has the session of somebody signed in. Asks the database; needs a thread."""
    close_old_connections()
    request = HttpRequest()
    cookies = parse_cookie(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    if not (key := cookies.get(settings.SESSION_COOKIE_NAME)):
        return False
    request.session = SessionStore(key)
    return bool(get_user(request).is_authenticated)


async def refuse_body(refused: BodyRefused, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with a sentence and closes the connection, once the sender had time to read it."""
    response = HttpResponse(_explain(refused, scope) + "\n", content_type="text/plain; charset=utf-8")
    headers = [(name.lower().encode(), value.encode()) for name, value in response.items()]
    headers += [(b"content-length", str(len(response.content)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.content, "more_body": True})
    await _linger(receive)
    await send({"type": "http.response.body", "body": b""})


def _explain(refused: BodyRefused, scope: Scope) -> str:
    request = HttpRequest()
    headers = dict(scope["headers"])
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    request.COOKIES = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    with override(get_language_from_request(request)):
        if refused.status == 408:
            return _("The rest of the request did not arrive in time. Try again.")
        if refused.status == 507:
            return _(
                "The server has no space left. What was saved so far is safe. Try again later, or tell the "
                "administrator."
            )
        if refused.status == 401:
            return _("You are signed out. Sign in and try again.")
        return _("This is larger than the server accepts here, which is %(size)s.") % {
            "size": filesizeformat(refused.bound)
        }


async def _linger(receive: Receive) -> None:
    left = LINGER_BYTES
    try:
        async with asyncio.timeout(LINGER_S):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
