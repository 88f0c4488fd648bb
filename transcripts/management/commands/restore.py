"""`manage.py restore FILE`: an installation as it was when the backup was made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from transcripts.errors import InUse, NoRoom
from transcripts.management.progress import describe_error, show_progress
from transcripts.services.backups.archive import BadBackup
from transcripts.services.backups.restore import HoldsData, OtherKey, find_backup, restore_backup


class Command(BaseCommand):
    help = "Restores what `backup` wrote into this installation, of which no process may run meanwhile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the backup; of a folder, the newest in it")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="also if this installation holds data: files and an SQLite database go to the trash, tables in "
            "PostgreSQL are replaced",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = find_backup(options["file"])
            done = restore_backup(
                path,
                replace=options["replace"],
                key_is_set=bool(os.environ.get("SECRET_KEY", "").strip()),
                report=show_progress(self.stderr, "Restoring:"),
            )
        except HoldsData:
            raise CommandError("This installation holds data. To replace it by the backup, add --replace.") from None
        except OtherKey:
            raise CommandError(
                "The environment sets another SECRET_KEY than that of the backup, which is needed to read it. Set that "
                "one, or none: then it is restored into the data folder."
            ) from None
        except InUse:
            raise CommandError("Processes of Flashweb use this data folder. Stop them first.") from None
        except NoRoom:
            raise CommandError("There is not enough space on the disk for what is in the backup.") from None
        except BadBackup as error:
            raise CommandError(f"{options['file']} cannot be restored: {error}. Nothing was changed.") from None
        except OSError as error:
            raise CommandError(f"Not restored: {describe_error(error, options['file'])}.") from None
        self.stdout.write(
            f"Restored the backup of {done.made_at} (Flashweb {done.version}): {done.rows} rows, {done.files} files."
        )
        if done.kept_in:
            self.stdout.write(f"What was in the data folder before is kept in {done.kept_in}.")
        for recording, names in done.missing:
            self.stderr.write(f"Missing or changed: {', '.join(names)} of the recording {recording.pk}, “{recording}”")
        if done.missing:
            raise CommandError(f"Everything else is restored; {len(done.missing)} recordings lack files.")
