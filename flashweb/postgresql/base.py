"""Django's PostgreSQL, of which a process takes so many connections at once and no more, where it has `CONNECTIONS`.

Each request has a thread, and each thread a connection as long as it lasts: of 200 requests at the same moment a third
found no place any more at a server that has a hundred ("too many clients"), and answered 500. Here they wait for one
that is given back. Where others have taken the server's last place, or it is being started again, it is asked again.
"""

from __future__ import annotations

import random
import time
import weakref
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base

WAIT_S = 60.0
AGAIN_S = 5.0
PAUSE_S = (0.05, 0.2)

_places: dict[str, SimpleQueue[None]] = {}
_making = Lock()


def places_of(address: str, most: int) -> SimpleQueue[None]:
    """One item a connection that can still be had. (A queue, because garbage collection may give one back.)"""
    with _making:
        if address not in _places:
            _places[address] = SimpleQueue()
            for _place in range(most):
                _places[address].put(None)
        return _places[address]


class DatabaseWrapper(base.DatabaseWrapper):
    _place: weakref.finalize[Any, Any] | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Waits for a place. Raises OperationalError where that takes too long."""
        most = self.settings_dict.get("CONNECTIONS")
        if not most:  # Not a web process: as many threads as it has, and no more, ask at once.
            return self._connected(conn_params)
        places = places_of(f"{self.alias} {self.settings_dict['NAME']}", most)
        try:
            places.get(timeout=WAIT_S)
        except Empty:
            raise OperationalError("too many requests at once: no connection to the database came free") from None
        try:
            connection = self._connected(conn_params)
        except BaseException:
            places.put(None)
            raise
        # Once: when it is closed, or with a thread that ended without closing it.
        self._place = weakref.finalize(connection, places.put, None)
        return connection

    def _connected(self, conn_params: dict[str, Any]) -> Any:
        until = time.monotonic() + AGAIN_S
        while True:
            try:
                return super().get_new_connection(conn_params)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
            time.sleep(random.uniform(*PAUSE_S))

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            if self._place is not None:
                self._place()
