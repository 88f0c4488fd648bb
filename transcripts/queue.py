"""The queue between the pages and the workers: the one module that knows that it is Huey.

A task is a name and ids. What it does is registered in `tasks.py`, which only workers load, so that enqueuing a task
depends on nothing above this module. Huey loses a task whose worker is killed: the rows say what is to be done, and
`maintenance.enqueue_due_work` enqueues it again.

There are lanes with threads of their own, so that recognitions, which may take an hour each, and downloads and
diarizations, which compute for seconds or minutes, hold up nothing else.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError
from huey.consumer import Consumer
from huey.contrib.djhuey import HUEY, close_db

from transcripts.logs import DATABASE, QUEUE, add_log_fields, log_fields

log = logging.getLogger(__name__)

Handler = TypeVar("Handler", bound=Callable[..., object])

JOBS = HUEY
RECOGNITIONS = type(HUEY)(f"{HUEY.name}-recognitions", results=False, immediate=False, **HUEY.storage_kwargs)
DOWNLOADS = type(HUEY)(f"{HUEY.name}-downloads", results=False, immediate=False, **HUEY.storage_kwargs)
DIARIZATIONS = type(HUEY)(f"{HUEY.name}-diarizations", results=False, immediate=False, **HUEY.storage_kwargs)
LANES = (RECOGNITIONS, DOWNLOADS, DIARIZATIONS, JOBS)
_LANE_OF = {"recognise": RECOGNITIONS, "make_download": DOWNLOADS, "tell_apart": DIARIZATIONS}

_handlers: dict[str, Callable[..., object]] = {}


class QueueGone(Exception):
    """The store of the queue does not answer."""


def register(handler: Handler) -> Handler:
    """Registers the function as what workers run for tasks of its name."""
    _handlers[handler.__name__] = handler
    return handler


def run_task(name: str, *arguments: Any) -> None:
    """Runs it, and writes one line about it. What it raises ends here: the row says what is still to be done."""
    started = time.perf_counter()
    with log_fields(job=uuid.uuid4().hex[:16], task=name, of=str(arguments[0]) if arguments else ""):
        try:
            _handlers[name](*arguments)
        except (OperationalError, InterfaceError) as error:
            DATABASE.failed(error)
            _log_end(started, "failed: the database is not responding")
        except Exception:
            _log_end(started, "failed", exc_info=True)
        else:
            _log_end(started, "done")


def _log_end(started: float, end: str, *, exc_info: bool = False) -> None:
    ms = round(1000 * (time.perf_counter() - started))
    add_log_fields(ms=ms)
    log.log(logging.ERROR if exc_info else logging.INFO, "job %s", end, exc_info=exc_info)


_tasks = {lane.name: lane.task(name="run_task")(close_db(run_task)) for lane in LANES}


def enqueue(name: str, pk: UUID | int, *more: str) -> None:
    """Enqueues the task. A failure is only logged: the row says that the task is due."""
    lane = _LANE_OF.get(name, JOBS)
    try:
        _tasks[lane.name](name, pk, *more)
    except Exception as error:
        QUEUE.failed(error)
    else:
        QUEUE.worked()


def count_waiting(lane: Any = None) -> int:
    """How many tasks no worker has taken yet, of this lane or of all. Raises QueueGone."""
    try:
        waiting = sum(int(one.pending_count()) for one in ([lane] if lane else LANES))
    except Exception as error:
        QUEUE.failed(error)
        raise QueueGone from error
    QUEUE.worked()
    return waiting


def list_waiting() -> list[tuple[Any, ...]]:
    """The arguments that each waiting task was enqueued with."""
    return [tuple(task.args) for lane in LANES for task in lane.pending()]


def create_tables() -> None:
    """In PostgreSQL, where two processes can't do so at once. SQLite's are made with the file."""
    if JOBS.storage_kwargs.get("create_tables") is False:
        JOBS.storage.initialize_schema()


class _Trouble(logging.Filter):
    """Tells once what Huey would tell at every look into a queue that does not answer."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not str(record.msg).startswith(("Error reading", "Error enqueueing")):
            return True
        QUEUE.failed(error)
        return False


def run_workers(threads: int, recognitions: int) -> None:
    """Runs so many recognitions and so many other tasks at once, until the process is asked to stop.

    And one download, which would only take the interpreter's lock from another, and one diarization, which takes a
    processor for itself.
    """
    for part in ("Worker", "Scheduler"):
        logging.getLogger(f"huey.consumer.{part}").addFilter(_Trouble())
    for lane, count in ((RECOGNITIONS, recognitions), (DOWNLOADS, 1), (DIARIZATIONS, 1)):
        consumer = _make_consumer(lane, count)
        consumer._set_signal_handlers = lambda: None  # Signals end the process, which the last one sees to.
        threading.Thread(target=consumer.run, name=lane.name, daemon=True).start()
    _make_consumer(JOBS, threads).run()


def _make_consumer(lane: Any, threads: int) -> Any:
    return Consumer(lane, workers=threads, worker_type="thread", periodic=False, initial_delay=0.05, max_delay=0.5)
