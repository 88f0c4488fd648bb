"""The queue between the pages and the workers: the one module that knows that it is Huey.

A task is a name and ids. What it does is registered in `tasks.py`, which only workers load, so that enqueuing a task
depends on nothing above this module. Huey loses a task whose worker is killed: the rows say what is to be done, and
`maintenance.enqueue_due_work` enqueues it again.

There are two lanes with threads of their own, so that recognitions, which may take an hour each, hold up nothing else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from huey.consumer import Consumer
from huey.contrib.djhuey import HUEY, close_db

log = logging.getLogger(__name__)

Handler = TypeVar("Handler", bound=Callable[..., object])

JOBS = HUEY
RECOGNITIONS = type(HUEY)(f"{HUEY.name}-recognitions", results=False, immediate=False, **HUEY.storage_kwargs)

_handlers: dict[str, Callable[..., object]] = {}


def register(handler: Handler) -> Handler:
    """Registers the function as what workers run for tasks of its name."""
    _handlers[handler.__name__] = handler
    return handler


def run_task(name: str, *arguments: Any) -> None:
    _handlers[name](*arguments)


_tasks = {lane.name: lane.task(name="run_task")(close_db(run_task)) for lane in (JOBS, RECOGNITIONS)}


def enqueue(name: str, pk: UUID | int, *more: str) -> None:
    """Enqueues the task. A failure is only logged: the row says that the task is due."""
    lane = RECOGNITIONS if name == "recognise" else JOBS
    try:
        _tasks[lane.name](name, pk, *more)
    except Exception:
        log.exception("Could not enqueue %s %s.", name, pk)


def count_waiting(lane: Any = None) -> int:
    """How many tasks no worker has taken yet, of this lane or of all. Raises what the store raises."""
    return sum(int(one.pending_count()) for one in ([lane] if lane else (RECOGNITIONS, JOBS)))


def list_waiting() -> list[tuple[Any, ...]]:
    """The arguments that each waiting task was enqueued with."""
    return [tuple(task.args) for lane in (RECOGNITIONS, JOBS) for task in lane.pending()]


def create_tables() -> None:
    """In PostgreSQL, where two processes can't do so at once. SQLite's are made with the file."""
    if JOBS.storage_kwargs.get("create_tables") is False:
        JOBS.storage.initialize_schema()


def run_workers(threads: int, recognitions: int) -> None:
    """Runs so many recognitions and so many other tasks at once, until the process is asked to stop."""
    others = _make_consumer(RECOGNITIONS, recognitions)
    others._set_signal_handlers = lambda: None  # Signals end the process, which the other one sees to.
    threading.Thread(target=others.run, name="recognitions", daemon=True).start()
    _make_consumer(JOBS, threads).run()


def _make_consumer(lane: Any, threads: int) -> Any:
    return Consumer(lane, workers=threads, worker_type="thread", periodic=False, initial_delay=0.05, max_delay=0.5)
