"""Django's SQLite backend with a queue of writers.

In SQLite a writer that finds the database locked retries after ever longer pauses: of fifty writers on a busy machine
some got no turn within 20 s and failed ("database is locked"). Here the threads of a process queue up, and the first of
each process waits for a lock on a file. The kernel releases the lock when its holder dies.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

WAIT_S = 60.0
ASKING = "line-of-writers"  # the name of the thread that waits for other processes


class LineFile:
    """The lock among processes; one thread of a process at a time uses it.

    `flock` has no timeout, so a separate thread waits in it while others hold the lock. Polling with LOCK_NB would
    starve a process: another one with many writers takes the lock again microseconds after releasing it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._open()
        self._answered = Condition(Lock())
        self._is_asking = False
        self._is_wanted = False
        self._failure: OSError | None = None

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)

    def lock(self, deadline: float) -> None:
        """Raises OperationalError at the deadline, and OSError where the file can't be locked."""
        with self._answered:
            if not self._is_asking:
                try:
                    flock(self._file, LOCK_EX | LOCK_NB)
                except BlockingIOError:
                    self._failure = None
                    Thread(target=self._ask, name=ASKING, daemon=True).start()
                    self._is_asking = True
                except OSError:
                    self._reopen()
                    raise
                else:
                    return
            self._wait_for_answer(deadline)

    def _wait_for_answer(self, deadline: float) -> None:
        self._is_wanted = True
        try:
            self._answered.wait_for(lambda: not self._is_asking, deadline - monotonic())
        except BaseException:
            if not self._is_asking and self._failure is None:
                self.unlock()
            raise
        finally:
            self._is_wanted = False
        if self._is_asking:
            raise OperationalError("database is locked")
        if self._failure is not None:
            raise self._failure

    def _ask(self) -> None:
        """Has no deadline: after a timeout the next writer in line waits for the same answer."""
        failure = None
        try:
            flock(self._file, LOCK_EX)
        except OSError as error:
            failure = error
        with self._answered:
            self._is_asking, self._failure = False, failure
            if failure is not None:
                self._reopen()
            elif not self._is_wanted:
                self.unlock()
            self._answered.notify()

    def unlock(self) -> None:
        try:
            flock(self._file, LOCK_UN)
        except OSError:
            self._reopen()  # Closing the file releases the lock.

    def _reopen(self) -> None:
        self.close()
        self._file = self._open()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._file)


class Line:
    """One process's line of writers for one database."""

    def __init__(self, path: Path | None, wait_s: float = WAIT_S) -> None:
        self._wait_s = wait_s
        self._lock = Lock()
        self._waiting: deque[Event] = deque()
        self._taken = False
        self._file = None if path is None else LineFile(path)

    def enter(self) -> None:
        """Waits for a turn. Raises OperationalError after `wait_s`."""
        deadline = monotonic() + self._wait_s
        self._wait_for_turn(deadline)
        try:
            if self._file is not None:
                self._file.lock(deadline)
        except BaseException:
            self._hand_on()
            raise

    def leave(self) -> None:
        try:
            if self._file is not None:
                self._file.unlock()
        finally:
            self._hand_on()

    def _wait_for_turn(self, deadline: float) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            turn = Event()
            self._waiting.append(turn)
        has_turn = False
        try:
            has_turn = turn.wait(deadline - monotonic())
        finally:
            if not has_turn:
                self._give_up(turn)
        if not has_turn:
            raise OperationalError("database is locked")

    def _give_up(self, turn: Event) -> None:
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self._hand_on()  # The turn came at the last moment.

    def _hand_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def forget_parent(self) -> None:
        """For a forked process, which has no share in its parent's turn."""
        if self._file is not None:
            self._file.close()
        self._lock, self._file = Lock(), None
        self._waiting.clear()


_lines: dict[str, Line] = {}
_making = Lock()


def line_of(name: str) -> Line:
    with _making:
        if name not in _lines:
            in_memory = ":memory:" in name or "mode=memory" in name
            _lines[name] = Line(None if in_memory else Path(f"{name}.line"))
        return _lines[name]


def _start_anew() -> None:
    global _making
    for line in _lines.values():
        line.forget_parent()
    _lines.clear()
    _making = Lock()


os.register_at_fork(after_in_child=_start_anew)


class DatabaseWrapper(base.DatabaseWrapper):
    _line: Line | None = None
    """Waits for its turn before a transaction, and gives it up after."""

    def _start_transaction_under_autocommit(self) -> None:
        line = line_of(str(self.settings_dict["NAME"]))
        line.enter()
        self._line = line
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave_line()
            raise

    def _leave_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.leave()

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
