"""Keeping leases and slots during work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from transcripts.errors import Superseded
from transcripts.models import Slot
from transcripts.models.leases import Leased

log = logging.getLogger(__name__)

SLOT_POLL_SECONDS = 0.2


@contextmanager
def keep_lease(row: Leased | Slot) -> Iterator[threading.Event]:
    """Renews the lease of `row` in a thread. The event is set when the row is no longer ours."""
    lost, done = threading.Event(), threading.Event()

    def renew() -> None:
        while not done.wait(settings.LEASE_SECONDS / 5):
            try:
                if not row.renew():
                    lost.set()
                    return
            except Exception:  # A busy database: the lease outlasts several tries.
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
def take_slot(lost: threading.Event) -> Iterator[None]:
    """Waits for one of the FLASH_CONCURRENCY slots and holds it. Raises Superseded once `lost` is set."""
    while (taken := Slot.take(settings.FLASH_CONCURRENCY)) is None:
        if lost.wait(SLOT_POLL_SECONDS):
            raise Superseded
    try:
        with keep_lease(taken):
            yield
    finally:
        taken.give_back()
