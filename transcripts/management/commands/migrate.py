"""Django's `migrate`, by one process at a time: others wait, and then find that nothing is left to do."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate

from flashweb.schema import one_at_a_time
from transcripts import queue


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with one_at_a_time():
            super().handle(*args, **options)
            queue.create_tables()
