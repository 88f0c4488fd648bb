"""`manage.py worker`: runs tasks from the queue."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from flashweb.schema import check_schema
from transcripts import queue, tasks  # noqa: F401 - what the tasks do is registered there
from transcripts.services.maintenance import clean_up, enqueue_due_work

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Prepares and recognises queued recordings. (`up` starts this along with everything else.)"
    requires_system_checks: list[str] = []  # They load every page; `web` runs them.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=6, help="number of tasks at once (6)")

    def handle(self, *args: Any, **options: Any) -> None:
        check_schema()
        clean_up()
        threading.Thread(target=self.sweep_for_ever, name="sweep", daemon=True).start()
        queue.run_workers(options["threads"])

    def sweep_for_ever(self) -> None:
        pause = threading.Event()
        while True:
            try:
                enqueue_due_work()
            except Exception:
                log.exception("The sweep failed and will be tried again.")
            finally:
                close_old_connections()
            pause.wait(settings.SWEEP_SECONDS)
