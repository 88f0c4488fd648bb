"""`manage.py move_files`: moves the files of this installation from FILES_FROM to FILES_URL."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from transcripts.errors import NoRoom, StoreUnavailable
from transcripts.management.readiness import check_readiness
from transcripts.services.move_files import NotMoving, move_files

PAUSE_SECONDS = 10


class Command(BaseCommand):
    help = "Moves all files from FILES_FROM to FILES_URL while the site runs. It can be stopped, and goes on next time."

    def handle(self, *args: Any, **options: Any) -> None:
        check_readiness()
        while True:
            try:
                moved, waiting = move_files()
            except NotMoving:
                raise CommandError(
                    "Nothing is to be moved: set FILES_URL to the new place and FILES_FROM to the old one, `folder` or "
                    "s3://…, start all processes again with both, and then this."
                ) from None
            except (StoreUnavailable, NoRoom) as error:
                self.stderr.write(f"{str(error) or 'There is no room left on the disk.'} It is tried again.")
            else:
                self.stdout.write(f"{moved} moved, {waiting} in use.")
                if not waiting:
                    self.stdout.write("All is moved: FILES_FROM can go.")
                    return
            time.sleep(PAUSE_SECONDS)
