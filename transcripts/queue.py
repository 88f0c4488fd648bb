"""The queue between the pages and the workers: the one module that knows that it is Huey.

A task is a name and ids. What it does is registered in `tasks.py`, which only workers load, so that enqueuing a task
depends on nothing above this module. Huey loses a task whose worker is killed: the rows say what is to be done, and
`maintenance.enqueue_due_work` enqueues it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from huey.contrib.djhuey import HUEY, db_task

log = logging.getLogger(__name__)

Handler = TypeVar("Handler", bound=Callable[..., object])

_handlers: dict[str, Callable[..., object]] = {}


def register(handler: Handler) -> Handler:
    """Registers the function as what workers run for tasks of its name."""
    _handlers[handler.__name__] = handler
    return handler


@db_task()
def run_task(name: str, *arguments: Any) -> None:
    _handlers[name](*arguments)


def enqueue(name: str, pk: UUID | int, *more: str) -> None:
    """Enqueues the task. A failure is only logged: the row says that the task is due."""
    try:
        run_task(name, pk, *more)
    except Exception:
        log.exception("Could not enqueue %s %s.", name, pk)


def count_waiting() -> int:
    """How many tasks no worker has taken yet. Raises what the store raises when it does not answer."""
    return int(HUEY.pending_count())


def list_waiting() -> list[tuple[Any, ...]]:
    """The arguments that each waiting task was enqueued with."""
    return [tuple(task.args) for task in HUEY.pending()]


def run_workers(threads: int) -> None:
    """Runs tasks from the queue until the process is asked to stop."""
    consumer = HUEY.create_consumer(
        workers=threads, worker_type="thread", periodic=False, initial_delay=0.05, max_delay=0.5
    )
    consumer.run()
