"""Work that a request leaves to a thread, so that its answer does not tell by its time whether there was any.

Not for the queue: a busy worker would be late.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from copy import copy

from allauth.core import context
from django.db import connection
from django.http import HttpRequest

from transcripts.locales import RequestLocale

logger = logging.getLogger("transcripts.accounts")

PAUSE_S = 0.2
"""The answer is on its way by then: work beside it would slow it down."""

_thread = ThreadPoolExecutor(1, thread_name_prefix="accounts")  # which ends its work before the process ends


def run_deferred(work: Callable[[HttpRequest], object], request: HttpRequest) -> None:
    """Calls `work` with a copy of the request on which no message can be left, in its language and time zone."""
    quiet = copy(request)
    vars(quiet).pop("_messages", None)
    _thread.submit(copy_context().run, _run, work, quiet, RequestLocale.get_current())


def wait_until_done() -> None:
    """Waits for everything that was left so far."""
    _thread.submit(lambda: None).result()


def _run(work: Callable[[HttpRequest], object], request: HttpRequest, locale: RequestLocale) -> None:
    time.sleep(PAUSE_S)
    try:
        with context.request_context(request), locale.activate():
            work(request)
    except Exception:
        logger.exception("What a request left to do has failed.")
    finally:
        connection.close()
