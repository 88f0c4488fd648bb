"""What can be wrong with an installation, and what to do: for `manage.py doctor` and the administrators' page.

Each check yields a finding for each thing that is wrong, and costs a few short queries; what takes longer is in
`files.py` and in the command.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from transcripts import queue
from transcripts.enums import MailState
from transcripts.models import (
    BulkAction,
    Diarization,
    Download,
    Installation,
    Mail,
    Recording,
    Slot,
    Transcription,
    UnindexedRow,
    Worker,
)
from transcripts.models.installation import CLEAN_UP_EVERY
from transcripts.services.maintenance import enqueue_due_work
from transcripts.services.reach import OUT_OF_REACH
from transcripts.services.search_index import count_forgotten, index_forgotten, index_rows
from transcripts.services.storage import KEPT_FREE_BYTES

WORK: tuple[type[Any], ...] = (BulkAction, Diarization, Download, Recording, Transcription)
"""What workers do, and others take over when they die."""
OVERDUE = timedelta(minutes=1)
"""A worker takes what is due within seconds."""
MAIL_LATE = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(seconds=10)
FEW_BYTES = 4 * KEPT_FREE_BYTES
LEAST_KEY = 8
MANY_UNINDEXED = 5000
STRANGE_IN_KEY = re.compile(r"[^!-~]|[\"'<>]")


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is wrong and what to do about it, in a sentence. `mend` does it where that is safe, and says what it did.

    `mend` raises OSError, and returns "" where there was nothing it could do.
    """

    part: str
    what: str
    mend: Callable[[], str] | None = None


Check = Callable[[], Iterator[Finding]]


def check_workers() -> Iterator[Finding]:
    workers, now = list(Worker.objects.all()), timezone.now()
    for worker in workers:
        name = {"worker": worker, "minutes": round(worker.silent_seconds / 60), "version": worker.version}
        if not worker.is_alive:
            said = _(
                "Worker %(worker)s has not been heard from for %(minutes)s min. If you removed it, do nothing: it is "
                "forgotten after an hour."
            )
            yield Finding("workers", said % name, lambda worker=worker: _forget(worker))  # type: ignore[misc]
        elif worker.version != settings.VERSION:
            yield Finding("workers", _("Worker %(worker)s runs version %(version)s. Start it again.") % name)
        if worker.seen_at > now + CLOCKS_DIFFER:
            yield Finding("clock", _("The clock of worker %(worker)s is ahead of this machine's. Set both.") % name)
    due = _count_overdue(*WORK) + _count_run_out()
    if due and not any(worker.is_alive for worker in workers):
        said = ngettext(
            "No worker is running, and %(count)s task is due. Start `manage.py worker`.",
            "No worker is running, and %(count)s tasks are due. Start `manage.py worker`.",
            due,
        )
        yield Finding("workers", said % {"count": due})


def check_queue() -> Iterator[Finding]:
    try:
        waiting = queue.count_waiting()
    except queue.QueueGone:
        yield Finding("queue", _("The queue is not responding. See QUEUE_URL."))
        return
    if lost := _count_run_out():
        said = ngettext(
            "%(count)s task was left by a dead worker, and no other has taken it. Run `manage.py doctor --fix`.",
            "%(count)s tasks were left by dead workers, and no other has taken them. Run `manage.py doctor --fix`.",
            lost,
        )
        yield Finding("queue", said % {"count": lost}, _enqueue_again)
        return
    due = _count_overdue(BulkAction, Download, Recording)  # Each machine does one diarization at a time.
    if Slot.count_free(settings.FLASH_CONCURRENCY):  # Without one, recognitions wait for it and are in no queue.
        due += _count_overdue(Transcription)
    if due and not waiting:
        said = ngettext(
            "%(count)s task is due and not in the queue. Run `manage.py doctor --fix`.",
            "%(count)s tasks are due and not in the queue. Run `manage.py doctor --fix`.",
            due,
        )
        yield Finding("queue", said % {"count": due}, _enqueue_again)


def check_reach() -> Iterator[Finding]:
    runs = Transcription.objects.filter(state=Transcription.QUEUED, put_off__gt=0)
    count = runs.count() + Recording.objects.filter(state=Recording.QUEUED, put_off__gt=0).count()
    count += Diarization.objects.filter(state=Diarization.QUEUED, error=OUT_OF_REACH).count()
    if count:
        said = ngettext(
            "%(count)s task waits, as no worker can read its file. See FLASHWEB_DATA on each machine.",
            "%(count)s tasks wait, as no worker can read their files. See FLASHWEB_DATA on each machine.",
            count,
        )
        yield Finding("workers", said % {"count": count})


def check_mails() -> Iterator[Finding]:
    late = Mail.objects.filter(state=MailState.DUE, created_at__lt=timezone.now() - MAIL_LATE)
    if count := late.count():
        said = ngettext(
            "%(count)s mail has been waiting for over an hour. See EMAIL_URL and manage.py mails.",
            "%(count)s mails have been waiting for over an hour. See EMAIL_URL and manage.py mails.",
            count,
        )
        yield Finding("mail", said % {"count": count})


def check_service() -> Iterator[Finding]:
    """Whether there are credentials, and whether they look like any. Asks nobody."""
    is_elsewhere = not settings.FLASH_API_URL.startswith("http://127.0.0.1:8765/")  # the default of FLASHSERVER_URL
    if settings.FLASH_IS_LOCAL and not is_elsewhere and not find_spec("faster_whisper"):
        said = _("There are no credentials of the service, and the built-in model is not installed.")
        yield Finding("service", said)
    for name in ("FLASH_API_KEY", "FLASH_APP_KEY", "FLASH_ACCESS_KEY"):
        value = getattr(settings, name)
        if value and STRANGE_IN_KEY.search(value):
            said = _("%(name)s has characters that no key has, such as a space or a quotation mark.")
        elif value and name != "FLASH_APP_KEY" and len(value) < LEAST_KEY:
            said = _("%(name)s is too short for a key.")
        else:
            continue
        yield Finding("service", said % {"name": name})


def check_room() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < FEW_BYTES:
        said = _("Only %(free)s are free on the disk of the data folder. Files are refused below %(kept)s: make room.")
        yield Finding("room", said % {"free": filesizeformat(free), "kept": filesizeformat(KEPT_FREE_BYTES)})


def check_settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding("settings", _("DEBUG is on: errors show internal details to everyone. Turn it off."))
    names = [host for host in settings.ALLOWED_HOSTS if not _is_of_this_machine(host)]
    for host in settings.ALLOWED_HOSTS:
        if host == "*":
            yield Finding(
                "settings", _("ALLOWED_HOSTS is *: links in mails can be forged. Name the hosts of the site.")
            )
        elif "/" in host or re.search(r"[^\]:]:\d+$", host):
            said = _("ALLOWED_HOSTS has %(host)s, which matches nothing: name the host alone, without scheme and port.")
            yield Finding("settings", said % {"host": host})
    if not settings.HTTPS and any(_is_public_name(host) for host in names):
        said = _("HTTPS is off, so passwords travel in the clear. Set HTTPS=on behind a proxy that speaks HTTPS.")
        yield Finding("settings", said)


def check_clean_up() -> Iterator[Finding]:
    """Only where a worker runs: it would have done it."""
    installation = Installation.objects.first()
    cleaned_at = installation.cleaned_at if installation else None
    if cleaned_at and cleaned_at < timezone.now() - 2 * CLEAN_UP_EVERY and Worker.objects.alive().exists():
        said = _("The daily clean-up was last finished %(days)s days ago. See the worker's log.")
        yield Finding("workers", said % {"days": (timezone.now() - cleaned_at).days})


def check_search() -> Iterator[Finding]:
    waiting = UnindexedRow.objects.count()
    if waiting > MANY_UNINDEXED:
        said = _(
            "%(count)s rows are not in the search index yet, which makes searching slow. "
            "A running worker adds them within minutes."
        )
        yield Finding("database", said % {"count": waiting}, _index)


def check_forgotten() -> Iterator[Finding]:
    """Asks about every transcript."""
    if count := count_forgotten():
        said = ngettext(
            "%(count)s transcript is missing from the search.",
            "%(count)s transcripts are missing from the search.",
            count,
        )
        yield Finding("database", said % {"count": count}, _index)


QUICK_CHECKS: tuple[Check, ...] = (
    check_settings,
    check_service,
    check_room,
    check_workers,
    check_queue,
    check_reach,
    check_mails,
    check_clean_up,
    check_search,
)


def _count_overdue(*kinds: type[Any]) -> int:
    """What a worker should have taken: due for longer than OVERDUE."""
    count = 0
    for kind in kinds:
        asked = ("queued_at", "created_at") if kind is Transcription else ("created_at",)
        queued = kind.objects.filter(state=kind.QUEUED).annotate(since=Coalesce("not_before", *asked))
        count += queued.filter(since__lt=timezone.now() - OVERDUE).count()
    return count


def _count_run_out() -> int:
    """What a worker has begun and let go of."""
    run_out = Q(lease_until__lt=timezone.now() - OVERDUE) | Q(lease_until=None)
    return sum(kind.objects.filter(run_out, state__in=kind.RUNNING).count() for kind in WORK)


def _enqueue_again() -> str:
    enqueue_due_work()
    return _("They are in the queue again.")


def _index() -> str:
    index_forgotten()
    index_rows()
    return _("They are in the index now.")


def _forget(worker: Worker) -> str:
    Worker.objects.dead().filter(pk=worker.pk).delete()
    return _("It is forgotten.")


def _is_of_this_machine(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _is_public_name(host: str) -> bool:
    """A name with a dot in it, and no private network's."""
    try:
        return ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".local", ".internal", ".lan", ".test", ".localhost"))
