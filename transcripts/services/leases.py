"""Keeping a lease while the work goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from transcripts.models.leases import Leased

log = logging.getLogger(__name__)


@contextmanager
def kept(row: Leased) -> Iterator[threading.Event]:
    """Renews the lease of `row` from a thread; the event is set when the row is no longer ours."""
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
