"""Costly work: so much of it at once, and few who wait for their turn."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class Busy(Exception):
    """Too many do the same at once: trying again in a moment helps."""


class Places:
    """`count` at a time in this process; of further ones `waiting` wait, `longest_wait_s` at most."""

    def __init__(self, count: int, *, waiting: int, longest_wait_s: float) -> None:
        self._places = threading.BoundedSemaphore(count)
        self._line = threading.BoundedSemaphore(waiting)
        self._longest_wait_s = longest_wait_s

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Raises Busy."""
        if not self._places.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._places.release()

    def _wait(self) -> None:
        if not self._line.acquire(blocking=False):
            raise Busy
        try:
            if not self._places.acquire(timeout=self._longest_wait_s):
                raise Busy
        finally:
            self._line.release()


WORK = Places(2, waiting=8, longest_wait_s=15)
"""Of searches and exports, which compute: fewer than the threads that answer them, so that some are told at once."""


class OneEach:
    """One at a time for each key, such as a person; a second one waits `longest_wait_s` at most."""

    def __init__(self, longest_wait_s: float) -> None:
        self._longest_wait_s = longest_wait_s
        self._taken: set[Hashable] = set()
        self._waiting: set[Hashable] = set()
        self._freed = threading.Condition()

    @contextmanager
    def hold(self, key: Hashable) -> Iterator[None]:
        """Raises Busy, and at once where another one waits already."""
        with self._freed:
            if key in self._taken:
                if key in self._waiting:
                    raise Busy
                self._waiting.add(key)
                try:
                    if not self._freed.wait_for(lambda: key not in self._taken, self._longest_wait_s):
                        raise Busy
                finally:
                    self._waiting.discard(key)
            self._taken.add(key)
        try:
            yield
        finally:
            with self._freed:
                self._taken.discard(key)
                self._freed.notify_all()
