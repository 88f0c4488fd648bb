"""Keeping leases and slots during work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from transcripts import queue
from transcripts.logs import DATABASE
from transcripts.models import Slot, Transcription

log = logging.getLogger(__name__)

Item = TypeVar("Item")


class Held(Protocol):
    """What is held as long as it is renewed."""

    pk: Any

    def renew(self) -> bool: ...


@contextmanager
def keep_lease(row: Held) -> Iterator[threading.Event]:
    """Renews the lease of `row` in a thread. The event is set when the row is no longer ours."""
    lost, done = threading.Event(), threading.Event()

    def renew() -> None:
        while not done.wait(settings.LEASE_SECONDS / 5):
            try:
                if not row.renew():
                    lost.set()
                    return
            except (OperationalError, InterfaceError) as error:  # A busy database: the lease outlasts several tries.
                DATABASE.failed(error)
            except Exception:
                log.warning("The lease of %s could not be renewed; trying again.", row.pk, exc_info=True)
            finally:
                connection.close()

    thread = threading.Thread(target=renew, name=f"lease-{row.pk}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        done.set()
        thread.join()


@contextmanager
def take_slot() -> Iterator[bool]:
    """Holds one of the FLASH_CONCURRENCY slots, and says whether there was one: nobody waits for it here.

    Once it is given back, a worker is told of the recognition whose turn it is.
    """
    taken = Slot.take(settings.FLASH_CONCURRENCY)
    if taken is None:
        yield False
        return
    try:
        with keep_lease(taken):
            yield True
    finally:
        taken.give_back()
        if (pk := Transcription.objects.in_turn().values_list("pk", flat=True).first()) is not None:
            queue.enqueue("recognise", pk)


def share_out(items: Iterable[Item], work: Callable[[Item], None]) -> list[BaseException]:
    """Does the work with the slot that the caller has, and with others for as long as no recognition waits for one.

    Returns what went wrong: one failure keeps nobody from the rest.
    """
    left: SimpleQueue[Item] = SimpleQueue()
    for item in items:
        left.put(item)
    errors: list[BaseException] = []

    def take_next() -> Item | None:
        with suppress(Empty):
            return left.get_nowait()
        return None

    def do(item: Item) -> None:
        try:
            work(item)
        except BaseException as error:
            errors.append(error)

    def help_out(first: Item | None, slot: ExitStack) -> None:
        try:
            with slot:
                item: Item | None = first
                while item:
                    do(item)
                    item = None if Transcription.objects.due().exists() else take_next()
        finally:
            connection.close()

    with ThreadPoolExecutor(max(1, left.qsize())) as pool:
        while mine := take_next():
            while not (left.empty() or Transcription.objects.due().exists()):
                slot = ExitStack()
                if not slot.enter_context(take_slot()):
                    break
                pool.submit(help_out, take_next(), slot)
            do(mine)
    return errors
