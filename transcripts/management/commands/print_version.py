from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from flashweb.schema import get_database_version


class Command(BaseCommand):
    help = "Prints the version of the program and that of the database, which is its newest migration."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Flashweb {settings.VERSION}")
        self.stdout.write(f"Database {get_database_version() or 'not migrated yet'}")
