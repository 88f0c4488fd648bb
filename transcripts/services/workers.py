"""How workers show that they are alive."""

from __future__ import annotations

import os
import socket
import time

from django.conf import settings
from django.utils import timezone

from transcripts.models import Worker

BEAT_SECONDS = 10.0

_host = socket.gethostname()[:100]
_started_at = timezone.now()
_beaten_at = -BEAT_SECONDS


def beat() -> None:
    """Called again and again by each worker; stores it every BEAT_SECONDS."""
    global _beaten_at
    if time.monotonic() - _beaten_at < BEAT_SECONDS:
        return
    _beaten_at = time.monotonic()
    Worker.beat(host=_host, pid=os.getpid(), version=settings.VERSION, started_at=_started_at)


def forget_this_worker() -> None:
    """Called by a worker that ends in order. Nobody is to look for it."""
    Worker.objects.filter(host=_host, pid=os.getpid()).delete()
