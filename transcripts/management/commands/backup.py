"""`manage.py backup FILE`: everything that is needed to go on elsewhere, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from transcripts.management.progress import describe_error, show_progress
from transcripts.management.readiness import check_readiness
from transcripts.services.backups.backup import BackupBusy, make_backup


class Command(BaseCommand):
    help = (
        "Writes the database, the recordings and the secret key to one file, while people work. "
        "Keep it as safe as the installation itself."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the file to write; in a folder, a new one with the time in its name")
        files = parser.add_mutually_exclusive_group()
        files.add_argument(
            "--with-files",
            action="store_true",
            default=None,
            help="with the recordings' files, as it is without S3",
        )
        files.add_argument(
            "--without-files",
            action="store_false",
            dest="with_files",
            help="with a list of the files, their sizes and checksums, as it is with S3: they stay where they are",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        check_readiness()
        target = Path(options["file"])
        try:
            if options["file"].endswith("/"):
                target.mkdir(parents=True, exist_ok=True)
            report = show_progress(self.stderr, "Backing up:")
            done = make_backup(target, with_files=options["with_files"], report=report)
        except BackupBusy:
            raise CommandError(f"Another backup is being written to {target}.") from None
        except OSError as error:
            raise CommandError(f"No backup was made: {describe_error(error, target)}.") from None
        for pk in done.missing:
            self.stderr.write(f"The recording {pk} has no file any more.")
        self.stdout.write(
            f"{done.path}: {filesizeformat(done.size)}, {done.rows} rows, {done.files} files"
            f"{'' if done.with_files else ' listed'}"
        )
