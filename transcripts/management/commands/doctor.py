"""`manage.py doctor`: what is wrong with this installation, a line each."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone, translation

from flashweb.permissions import OWN_FILES
from flashweb.schema import find_schema_fault
from transcripts.diarization.installed import name_encoder
from transcripts.diarization.results import EncoderMissing
from transcripts.errors import WrongDataFolder
from transcripts.models import Recording
from transcripts.services.health.files import check_downloads, check_folders, check_recordings, check_uploads
from transcripts.services.health.findings import (
    CLOCKS_DIFFER,
    Check,
    Finding,
    check_clean_up,
    check_forgotten,
    check_mails,
    check_queue,
    check_reach,
    check_room,
    check_search,
    check_service,
    check_settings,
    check_workers,
)
from transcripts.services.installation import check_installation, find_installation_fault

CONNECT_SECONDS = 5.0


class Command(BaseCommand):
    help = "Finds what is wrong, a line each, and exits with 1 if anything is. With --fix, mends what is safe to mend."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="mend what is safe to mend, and say what was done")
        parser.add_argument("--online", action="store_true", help="also connect to the flash service; nothing is sent")

    def handle(self, *args: Any, **options: Any) -> None:
        self.found = self.left = 0
        self.fix: bool = options["fix"]
        checks: list[Check] = [check_settings, check_service, check_mail, check_speaker_encoder]
        if options["online"]:
            checks.append(check_service_address)
        with translation.override("en"):  # as other commands speak
            if self.fits():
                checks += [check_permissions, check_static, check_room, check_clock, check_workers, check_queue]
                checks += [check_reach, check_mails, check_clean_up, check_search, check_forgotten]
                checks += [check_recordings, check_folders, check_uploads, check_downloads]
            for check in checks:
                for finding in check():
                    self.report(finding)
        if not self.found:
            self.stdout.write("nothing wrong")
        if self.left:
            sys.exit(1)

    def fits(self) -> bool:
        """Whether the database is of this version and of this data folder: else neither is touched."""
        try:
            if fault := find_schema_fault():
                self.report(Finding("migrations", fault))
                return False
            fault = find_installation_fault(new_is_fine=True)
            return not fault or self.report(Finding("data", fault, make_mark if "has no mark" in fault else None))
        except DatabaseError as error:
            said = next(iter(str(error).splitlines()), "")
            self.report(Finding("database", f"It is not responding: {said}. See DATABASE_URL."))
            return False

    def report(self, finding: Finding) -> bool:
        """Whether it is mended now."""
        done = ""
        self.found += 1
        if self.fix and finding.mend:
            try:
                done = finding.mend()
            except OSError as error:
                self.stderr.write(f"{finding.part}: {error}")
        self.left += not done
        self.stdout.write(f"{finding.part}: {finding.what}{f' Fixed: {done}' if done else ''}")
        self.stdout.flush()
        return bool(done)


def make_mark() -> str:
    with suppress(WrongDataFolder):
        check_installation()
        return "Database and data folder have a mark."
    return ""


def check_permissions() -> Iterator[Finding]:
    """What only the owner is to read."""
    data = Path(settings.DATA_DIR)
    if data.stat().st_uid != os.geteuid():
        said = f"The data folder {data} belongs to another user. Run this as the user who runs Flashweb."
        yield Finding("permissions", said)
    names = ("secret_key", *(f"{name}{end}" for name in OWN_FILES for end in ("", "-wal", "-shm")))
    for path in (data / name for name in names):
        with suppress(FileNotFoundError):
            if (mode := path.stat().st_mode & 0o777) & 0o077:
                said = f"{path} can be read by others (mode {mode:o}). Only its owner should."
                yield Finding("permissions", said, partial(make_private, path))


def make_private(path: Path) -> str:
    path.chmod(0o600)
    return "Its mode is 600."


def check_speaker_encoder() -> Iterator[Finding]:
    """Without it, everything works but telling speakers apart."""
    try:
        name_encoder(settings.SPEAKER_MODEL)
    except EncoderMissing as error:
        yield Finding("speakers", f"Speakers cannot be told apart. {error}")


def check_static() -> Iterator[Finding]:
    """Whether the static files are collected, and are those of this version."""
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        return
    root = Path(settings.STATIC_ROOT)
    if not (root / staticfiles_storage.manifest_name).exists():
        yield Finding("static", "The static files have not been collected. Run `manage.py collectstatic`.", collect)
        return
    hashed, _hash = staticfiles_storage.load_manifest()
    changed = [
        name
        for finder in get_finders()
        for name, storage in finder.list(["CVS", ".*", "*~"])
        if is_changed(Path(storage.path(name)), root / prefixed(storage, name), hashed.get(prefixed(storage, name)))
    ]
    if changed:
        said = f"{len(changed)} static files are missing or not those of this version, such as {changed[0]}."
        yield Finding("static", f"{said} Run `manage.py collectstatic`.", partial(collect, changed))


def prefixed(storage: Any, name: str) -> str:
    prefix = getattr(storage, "prefix", "")
    return f"{prefix}/{name}" if prefix else name


def is_changed(source: Path, copy: Path, hashed: str | None) -> bool:
    """`hashed` is the name under which it is served."""
    try:
        same = source.stat().st_size == copy.stat().st_size and source.read_bytes() == copy.read_bytes()
    except FileNotFoundError:
        return True
    return not same or not hashed or not (Path(settings.STATIC_ROOT) / hashed).exists()


def collect(changed: list[str] | None = None) -> str:
    """Copies that are newer than what they were made of would stay."""
    for finder in get_finders():
        for name, storage in finder.list([]) if changed else ():
            if name in (changed or ()):
                (Path(settings.STATIC_ROOT) / prefixed(storage, name)).unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    return "They are collected. Start the web processes again."


def check_mail() -> Iterator[Finding]:
    if settings.MAIL_IS_KEPT:
        return
    if reason := find_connect_fault(settings.EMAIL_HOST, settings.EMAIL_PORT):
        said = f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT} cannot be reached: {reason}."
        yield Finding("mail", f"{said} See EMAIL_URL.")


def check_service_address() -> Iterator[Finding]:
    parts = urlsplit(settings.FLASH_API_URL)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not settings.FLASH_IS_LOCAL and (reason := find_connect_fault(parts.hostname or "", port)):
        yield Finding("service", f"{parts.hostname}:{port} cannot be reached: {reason}. See FLASH_API_URL.")


def find_connect_fault(host: str, port: int) -> str:
    """Connects and sends nothing."""
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return ""


def check_clock() -> Iterator[Finding]:
    now = timezone.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            differs: timedelta = abs(cursor.fetchone()[0] - now)
        if differs > CLOCKS_DIFFER:
            said = (
                f"The clock of the database differs from this machine's by {differs.total_seconds():.0f} s. Set both."
            )
            yield Finding("clock", said)
    newest: datetime | None = Recording.objects.order_by("-created_at").values_list("created_at", flat=True).first()
    if newest and newest > now + CLOCKS_DIFFER:
        said = f"The newest recording is of {newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC, which is still to come."
        yield Finding("clock", f"{said} Set this machine's clock.")
