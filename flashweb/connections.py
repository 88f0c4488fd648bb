"""Connections that say nothing, or too little, are closed: uvicorn waits for a request for ever."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 20.0  # until the headers of a request are complete
MAX_HEADER_BYTES = 16 * 1024
MOST_SILENT = 500  # of so many connections without a request; of more, the longest silent is closed


class Connection(H11Protocol):
    """A connection whose headers have to come in time."""

    silent: ClassVar[dict[Connection, asyncio.TimerHandle]] = {}
    """Those whose headers are not complete, oldest first."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_headers()
        else:
            self._have_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._have_headers()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        """From the first byte on: those that come one by one do not prolong it."""
        if self in self.silent or self.transport.is_closing():
            return
        self.silent[self] = self.loop.call_later(HEADERS_S, self.transport.abort)
        if len(self.silent) > MOST_SILENT:
            oldest = next(iter(self.silent))
            oldest._have_headers()
            oldest.transport.abort()

    def _have_headers(self) -> None:
        if timer := self.silent.pop(self, None):
            timer.cancel()
