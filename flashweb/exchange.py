"""One request and its answer: an id for both, one line in the log, and what is counted."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.urls import Resolver404, ResolverMatch, resolve

from flashweb import metrics
from flashweb.logs import shorten_links
from transcripts.logs import log_fields

log = logging.getLogger("flashweb.requests")

SANE_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
LIVE, READY, METRICS = "/livez", "/readyz", "/metrics"
PROBES = frozenset({LIVE, READY, METRICS})
CAPTURED = re.compile(r"<(?:\w+:)?(\w+)>")
QUIET = PROBES | {"/healthz"}
SAVE = "utterance_edit"
CUT = 499
"""The status in the log where the reader left before there was any, as nginx writes it."""


class Exchange:
    """`send` and `started` belong to the server's thread, the rest of the work is done inside `log_fields`."""

    def __init__(self, scope: Mapping[str, Any], send: Any) -> None:
        self.method: str = scope["method"]
        self._path: str = scope["path"]
        self.match = None if self._is_static() else _resolve(scope)
        self.address = (self.match and self.match.url_name) or ""
        self.id = _get_id(scope)
        self.status = 0
        self.user: int | None = None
        self._send = send
        self._started = time.perf_counter()
        self._streams = False

    async def send(self, message: Mapping[str, Any]) -> None:
        """Passes the message on, with the id in the headers of all but static files, which nobody looks up."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if not self._is_static():
                message = {**message, "headers": [*message["headers"], (b"x-request-id", self.id.encode())]}
        await self._send(message)

    def log_fields(self) -> AbstractContextManager[dict[str, object]]:
        return log_fields(request=self.id)

    def begin_stream(self) -> None:
        """What is sent from now on are live changes."""
        self._streams = True
        metrics.STREAMS.inc()

    def end(self) -> None:
        """Counts the request and writes its line, once it is answered or cut."""
        seconds = time.perf_counter() - self._started
        if self._streams:
            metrics.STREAMS.dec()
        metrics.count_request(self.status or CUT)
        if self.address == SAVE and self.method == "POST" and self.status:
            metrics.count_save(self.status, seconds)
        level = logging.DEBUG if self._path in QUIET or self._is_static() else logging.INFO
        if not log.isEnabledFor(level):
            return
        path, status, ms = self._write_path(), self.status or CUT, round(1000 * seconds)
        fields = {"request": self.id, "method": self.method, "path": path, "route": self.address, "status": status}
        log.log(
            level,
            "%s %s %d %d ms",
            self.method if self.method.isalpha() else "?",
            path,
            status,
            ms,
            extra={"fields": {**fields, "ms": ms, "user": self.user}, "has_no_link": True},
        )

    def _is_static(self) -> bool:
        return self._path.startswith(f"/{settings.STATIC_URL.strip('/')}/")

    def _write_path(self) -> str:
        """The path with its ids, and "…" for every other word in it: these are tokens, or what people type."""
        if self.match is None or "(" in self.match.route:  # a regular expression
            return shorten_links(self._path.encode("unicode_escape").decode())[:200]
        values = self.match.kwargs
        return "/" + CAPTURED.sub(
            lambda found: "…" if isinstance(values[found[1]], str) else str(values[found[1]]), self.match.route
        )


def _resolve(scope: Mapping[str, Any]) -> ResolverMatch | None:
    try:
        return resolve(scope["path"].removeprefix(scope.get("root_path", "")))
    except Resolver404:
        return None


def _get_id(scope: Mapping[str, Any]) -> str:
    """What a proxy in front calls the request, if that can stand in a log; else a new id."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if SANE_ID.fullmatch(given) else uuid.uuid4().hex[:16]
