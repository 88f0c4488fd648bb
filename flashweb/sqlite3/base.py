"""Django's SQLite, whose writers wait for each other in a line.

SQLite lets those who find the database locked try again by chance, each after longer pauses: of fifty writers on a busy
machine some got no turn within 20 s, and failed ("database is locked"). Here the threads of a process stand in a line,
and the first of each process waits at a file that the kernel hands on. Whoever dies lets go of it.
"""

from __future__ import annotations

import os
from collections import deque
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from threading import Event, Lock
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

WAIT_S = 60.0


class Line:
    """One process's line of writers for one database."""

    def __init__(self, path: Path | None) -> None:
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._taken = False
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def enter(self) -> None:
        """Waits for its turn. Raises OperationalError where that takes too long."""
        with self._lock:
            if self._taken:
                turn = Event()
                self._waiting.append(turn)
            else:
                self._taken = True
                turn = None
        if turn is not None and not turn.wait(WAIT_S):
            with self._lock:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                    raise OperationalError("database is locked")
        if self._file is not None:
            flock(self._file, LOCK_EX)

    def leave(self) -> None:
        if self._file is not None:
            flock(self._file, LOCK_UN)
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


_lines: dict[str, Line] = {}
_making = Lock()


def line_of(name: str) -> Line:
    with _making:
        if name not in _lines:
            in_memory = ":memory:" in name or "mode=memory" in name
            _lines[name] = Line(None if in_memory else Path(f"{name}.line"))
        return _lines[name]


class DatabaseWrapper(base.DatabaseWrapper):
    _has_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        line = line_of(str(self.settings_dict["NAME"]))
        line.enter()
        self._has_turn = True
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_line()
            raise

    def _leave_line(self) -> None:
        if self._has_turn:
            self._has_turn = False
            line_of(str(self.settings_dict["NAME"])).leave()

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            if self.connection is None or not self.connection.in_transaction:
                self._leave_line()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_line()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._leave_line()
