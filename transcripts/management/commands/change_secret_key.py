"""`manage.py change_secret_key`: makes the SECRET_KEY that is set now the one of the installation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from flashweb.schema import check_schema, one_at_a_time
from transcripts.errors import SecretUnreadable
from transcripts.services.installation import accept_key


class Command(BaseCommand):
    help = (
        "Makes the SECRET_KEY that is set now the one of all machines. Stop everything first. The one before is taken "
        "from OLD_SECRET_KEY, or from a file. People sign in again; links that were sent end."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--old-key-file", type=Path, help="such as FLASHWEB_DATA/secret_key")

    def handle(self, *args: Any, **options: Any) -> None:
        old = os.environ.get("OLD_SECRET_KEY", "")
        if file := options["old_key_file"]:
            try:
                old = file.read_text().strip()
            except OSError as error:
                raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        if not old:
            raise CommandError("Give the key before: set OLD_SECRET_KEY, or use --old-key-file.")
        with one_at_a_time():
            check_schema()
            try:
                count = accept_key(old_key=old)
            except SecretUnreadable:
                raise CommandError("The old key is not the one that the secrets were encrypted with.") from None
        self.stdout.write(f"The key is changed; {count} secrets were encrypted anew.")
