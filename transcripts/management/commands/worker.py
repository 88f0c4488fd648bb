"""`manage.py worker`: runs tasks from the queue."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections

from flashweb import parent_watch
from flashweb.memory import look_less_for_garbage
from transcripts import queue, tasks  # noqa: F401 - what the tasks do is registered there
from transcripts.logs import DATABASE
from transcripts.management.readiness import check_readiness
from transcripts.models.leases import let_holders_renew
from transcripts.services.exporting.downloads import forget_expired_downloads
from transcripts.services.glossary.learning import learn_corrections
from transcripts.services.mails import send_due_mails
from transcripts.services.maintenance import clean_up_daily, enqueue_due_work
from transcripts.services.recognition.answer_files import store_answer_files
from transcripts.services.search_index import index_rows
from transcripts.services.transcript_counts import count_stale_transcripts
from transcripts.services.workers import beat, forget_this_worker

log = logging.getLogger(__name__)

CLEAN_UP_SECONDS = 60.0
"""How often a worker asks whether today's clean-up is still to be done, and whether transcripts are to be counted."""
INDEX_SECONDS = 60.0
"""How often a worker puts what was saved into the index of the search."""
LEARN_SECONDS = 10.0
"""How often a worker reads what people have corrected since."""


class Command(BaseCommand):
    help = "Prepares and recognises queued recordings. (`up` starts this along with everything else.)"
    requires_system_checks: list[str] = []  # They load every page; `web` runs them.

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--threads",
            type=int,
            default=6,
            help="number of tasks at once (6); recognitions have as many others, at most FLASH_CONCURRENCY",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        check_readiness()
        self.repeat(sweep, settings.SWEEP_SECONDS)
        self.repeat(clean_up_daily, CLEAN_UP_SECONDS)
        self.repeat(count_stale_transcripts, CLEAN_UP_SECONDS)
        self.repeat(send_due_mails, settings.MAIL_SECONDS)
        self.repeat(index_rows, INDEX_SECONDS)
        self.repeat(learn_corrections, LEARN_SECONDS)
        look_less_for_garbage()
        threads = options["threads"]
        queue.run_workers(threads, recognitions=min(threads, settings.FLASH_CONCURRENCY))
        with suppress(DatabaseError):
            forget_this_worker()
        # Its threads are left where they are: every process can be killed at any moment.
        parent_watch.end_process()

    def repeat(self, work: Callable[[], None], seconds: float) -> None:
        """Does the work again and again in a thread of its own, until the process ends."""

        def go_on() -> None:
            pause = threading.Event()
            failed = ""
            while True:
                try:
                    work()
                    DATABASE.worked()
                    failed = ""
                except queue.QueueGone:
                    pass  # It has been told.
                except (OperationalError, InterfaceError) as error:
                    let_holders_renew()
                    DATABASE.failed(error)
                except Exception as error:
                    if failed != str(error):  # once, and not every few seconds
                        log.exception("%s failed and will be tried again.", work.__name__)
                    failed = str(error)
                finally:
                    close_old_connections()
                pause.wait(seconds)

        threading.Thread(target=go_on, name=work.__name__, daemon=True).start()


def sweep() -> None:
    """Shows that this worker goes on, stores answers that were left here, forgets downloads, enqueues what is due."""
    if heartbeat := os.environ.get(parent_watch.HEARTBEAT):
        Path(heartbeat).touch()
    beat()
    store_answer_files()
    forget_expired_downloads()
    enqueue_due_work()
