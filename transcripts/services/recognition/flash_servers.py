"""Which of several flash servers is asked: the least busy of those that answer.

Processes choose without each other: each asks the servers themselves how busy they are.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin

import requests

from transcripts.flash.transport import is_loopback
from transcripts.logs import Dependency

GOOD_FOR_S = 1.0  # what a server said of itself
AGAIN_S = 5.0  # after which one that did not answer is asked again
TIMEOUT_S = 2.0


@dataclass
class ServerLoad:
    """The requests that a server has, and how many of them it works on at once."""

    requests: int
    capacity: int


class FlashServers:
    """The servers at `urls` as this process knows them. Threads may share it."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._lock = threading.Lock()
        self._loads: dict[str, ServerLoad] = {}  # of those that answer
        self._gone_at: dict[str, float] = {}
        self._servers = {url: Dependency(f"flash server at {url}") for url in urls}
        self._asked_at = float("-inf")

    def choose(self, *, without: Collection[str] = ()) -> str | None:
        """The least busy but `without`; None where no other answers. `give_back` it after the request."""
        with self._lock:
            self._ask()
            usable = [url for url in self._loads if url not in without]
            if not usable:
                return None
            random.shuffle(usable)  # for those that are equally busy
            chosen = min(usable, key=lambda url: self._loads[url].requests / self._loads[url].capacity)
            self._loads[chosen].requests += 1
            return chosen

    def give_back(self, url: str) -> None:
        with self._lock:
            if load := self._loads.get(url):
                load.requests = max(0, load.requests - 1)

    def leave_out(self, url: str) -> None:
        """For a while: it did not answer."""
        with self._lock:
            self._note(url, None)

    def _ask(self) -> None:
        now = time.monotonic()
        if now - self._asked_at < GOOD_FOR_S:
            return
        due = [url for url in self._urls if now - self._gone_at.get(url, float("-inf")) >= AGAIN_S]
        with ThreadPoolExecutor(max(1, len(due))) as pool:
            for url, load in zip(due, pool.map(measure_load, due), strict=True):
                self._note(url, load)
        self._asked_at = time.monotonic()

    def _note(self, url: str, load: ServerLoad | None) -> None:
        if load is not None:
            self._loads[url] = load
            self._gone_at.pop(url, None)
            self._servers[url].worked()
            return
        self._loads.pop(url, None)
        self._servers[url].failed("it is left out until it does.")
        self._gone_at[url] = time.monotonic()


def measure_load(url: str) -> ServerLoad | None:
    """What the server says of itself; None where it takes no requests."""
    try:
        with requests.Session() as session:
            session.trust_env = not is_loopback(url)
            status = session.get(urljoin(url, "/status"), timeout=TIMEOUT_S).json()
            load = ServerLoad(int(status["running"]) + int(status["waiting"]), max(1, int(status["capacity"])))
            return None if status["draining"] else load
    except (requests.RequestException, ValueError, TypeError, KeyError):
        return None


@cache
def get_flash_servers(urls: tuple[str, ...]) -> FlashServers:
    return FlashServers(urls)
