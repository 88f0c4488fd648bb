"""No more connections to PostgreSQL than there are places; whoever finds none waits."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import OperationalError, connection

from flashweb.postgresql import base
from tests.machine import postgres_bin
from tests.postgres import cluster

pytestmark = [
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's connections"),
    pytest.mark.django_db,
]
PLACES = 2


def another(name: str) -> Any:
    """A thread's way to the same database, with its own few places under that name."""
    found = connection.copy(alias=name)
    found.settings_dict["CONNECTIONS"] = PLACES
    return found


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(base, "WAIT_S", 0.1)
    yield
    base._places.clear()


def test_connections_wait_for_a_place() -> None:
    held: list[int] = []
    most: list[int] = []

    def ask(number: int) -> int:
        one = another("waiting")
        with one.cursor() as cursor:
            held.append(number)
            most.append(len(held))
            cursor.execute("SELECT pg_sleep(0.02)")
            held.remove(number)
        one.close()
        return number

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(24))) == list(range(24))
    assert max(most) <= PLACES


def test_who_finds_no_place_in_time_is_told(impatient: None) -> None:
    several = [another("taken") for _number in range(PLACES + 1)]
    for one in several[:PLACES]:
        one.ensure_connection()
    with pytest.raises(OperationalError, match="too many requests at once"):
        several[PLACES].ensure_connection()
    several[0].close()
    several[0].close()  # Gives its place back once.
    several[PLACES].ensure_connection()
    with pytest.raises(OperationalError, match="too many requests at once"):
        another("taken").ensure_connection()
    for one in several:
        one.close()


def test_place_of_a_thread_that_closed_nothing_is_given_back(impatient: None) -> None:
    for _number in range(2 * PLACES):
        another("forgotten").ensure_connection()
        gc.collect()


def test_server_without_a_place_is_asked_again() -> None:
    """One of its own: others are at work at the tests' server."""
    programs = postgres_bin()
    assert programs is not None
    with cluster(programs) as url, ExitStack() as others:
        last = None
        with suppress(psycopg.OperationalError):  # too many clients
            for _number in range(1000):
                last = others.enter_context(psycopg.connect(url))
        assert last is not None
        one = another("full")
        found = urlsplit(url)
        one.settings_dict |= {"HOST": found.hostname, "PORT": found.port, "NAME": "flashweb", "USER": found.username}
        timer = threading.Timer(0.3, last.close)
        timer.start()
        begun = time.monotonic()
        one.ensure_connection()
        assert time.monotonic() - begun > 0.1
        one.close()
        timer.join()
