"""Connections that say nothing, or too little, are closed: uvicorn waits for a request for ever.

The middle of a body goes past the parser, which would copy it four times.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_S = 20.0  # until the headers of a request are complete
MAX_HEADER_BYTES = 16 * 1024
MOST_SILENT = 500  # of so many connections without a request; of more, the longest silent is closed


class Connection(H11Protocol):
    """A connection whose headers have to come in time, and that passes on bodies as they come."""

    silent: ClassVar[dict[Connection, asyncio.TimerHandle]] = {}
    """Those whose headers are not complete, oldest first."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        if self._pass_on(data):
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_headers()
        else:
            self._have_headers()

    def _pass_on(self, data: bytes) -> bool:
        """Gives the request what is the middle of its body; the parser sees the beginning and the end of it."""
        reader: Any = getattr(self.conn, "_reader", None)  # h11 tells nobody how much is to come.
        if len(data) >= getattr(reader, "_remaining", 0):
            return False
        if self.conn.our_state is h11.DONE or self.conn.trailing_data[0]:
            return False
        reader._remaining -= len(data)
        cycle: Any = self.cycle
        cycle.body = cycle.body + data if cycle.body else data
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()
        return True

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
