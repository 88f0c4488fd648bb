"""What log lines say besides their message; and dependencies, told of once when they go and once when they are back.

Knows no Django; `flashweb/logs.py` writes the lines.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

log = logging.getLogger(__name__)

STEADY_SECONDS = 5.0
"""What fails now and then is not back before it has not failed for so long."""

_fields: ContextVar[dict[str, object]] = ContextVar("log_fields")


def get_log_fields() -> Mapping[str, object]:
    return _fields.get({})


@contextmanager
def log_fields(**fields: object) -> Iterator[dict[str, object]]:
    """Every line that this thread writes inside has these fields, and those that are added to what it yields."""
    inside = {**_fields.get({}), **fields}
    before = _fields.set(inside)
    try:
        yield inside
    finally:
        _fields.reset(before)


def add_log_fields(**fields: object) -> None:
    """Adds fields to the innermost `log_fields`; without one, to nothing."""
    _fields.get({}).update(fields)


class Dependency:
    """Something that Flashweb needs and may lose. However often it is met, a log gets a line when it goes and one when
    it is back; each process tells by itself.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_gone = False
        self._gone_at = self._failed_at = 0.0
        self._lock = threading.Lock()

    def failed(self, reason: BaseException | str) -> None:
        with self._lock:
            self._failed_at = time.monotonic()
            if self.is_gone:
                return
            self.is_gone, self._gone_at = True, self._failed_at
        log.error("The %s is not responding: %s", self.name, _shorten(reason))

    def worked(self) -> None:
        """Costs next to nothing while all is well."""
        if not self.is_gone:
            return
        with self._lock:
            now = time.monotonic()
            if not self.is_gone or now - self._failed_at < STEADY_SECONDS:
                return
            self.is_gone = False
        log.warning("The %s is responding again, after %.0f s.", self.name, now - self._gone_at)


def _shorten(reason: BaseException | str) -> str:
    """In one line, and no longer than that."""
    if isinstance(reason, str):
        return reason
    said = next(iter(str(reason).strip().splitlines()), "")
    return f"{type(reason).__name__}: {said[:200]}" if said else type(reason).__name__


DATABASE = Dependency("database")
FILE_STORE = Dependency("file store")
FLASH_SERVICE = Dependency("flash service")
MAIL_SERVER = Dependency("mail server")
QUEUE = Dependency("queue")
