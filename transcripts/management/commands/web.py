"""`manage.py web`: one web process."""

from __future__ import annotations

import ctypes
import resource
import sys
from contextlib import suppress
from typing import Any

import uvicorn
from django.core.management.base import BaseCommand, CommandParser

from flashweb.connections import MAX_HEADER_BYTES, Connection
from transcripts.management.readiness import check_readiness

# Streams that are still open are cut after so many seconds; else stopping would wait for the last reader to leave.
SHUTDOWN_SECONDS = 3
# A save asks the database dozens of times, and each time waits so long for every thread that is computing.
SWITCH_SECONDS = 0.0005
KEPT_BYTES = 64 * 1024 * 1024
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # as <malloc.h> has them


class Command(BaseCommand):
    help = "Serves the web pages. (`up` starts this along with everything else.)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        check_readiness()
        allow_open_files()
        keep_memory()
        sys.setswitchinterval(SWITCH_SECONDS)
        uvicorn.run(
            "flashweb.asgi:application",
            host=options["host"],
            port=options["port"],
            log_config=None,  # Ours: its own would print the addresses of links.
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            http=Connection,
            h11_max_incomplete_event_size=MAX_HEADER_BYTES,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )


def keep_memory() -> None:
    """Asks glibc not to give memory back between chunks of uploads: taking it again costs as much as copying them."""
    with suppress(OSError, AttributeError):  # another libc
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)


def allow_open_files() -> None:
    """As many as this process may have: each connection is one."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with suppress(ValueError, OSError):  # macOS says "unlimited" and refuses it
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
