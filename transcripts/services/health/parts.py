"""The installation part by part, for the administrators' page: how each is, or what is wrong with it and what to do."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from transcripts import queue
from transcripts.models import Worker
from transcripts.models.diarizations import UNFINISHED
from transcripts.queries.status import count_diarizations, count_slots_in_use
from transcripts.services.health.findings import QUICK_CHECKS


@dataclass(slots=True)
class PartStatus:
    """`says` is how it is; `wrong` are sentences."""

    name: str
    says: str
    wrong: list[str] = field(default_factory=list)


def list_parts() -> list[PartStatus]:
    alive = Worker.objects.alive().count()
    room = shutil.disk_usage(settings.DATA_DIR)
    parts = {
        "database": PartStatus(_("Database"), describe_database()),
        "queue": PartStatus(_("Queue"), _describe_queue()),
        "workers": PartStatus(
            _("Workers"), ngettext("%(count)s is running", "%(count)s are running", alive) % {"count": alive}
        ),
        "service": PartStatus(_("Recognition service"), _describe_service()),
        "speakers": PartStatus(_("Tell speakers apart"), _describe_diarizations()),
        "mail": PartStatus(
            _("Email"), _("Kept: see manage.py mails") if settings.MAIL_IS_KEPT else settings.EMAIL_HOST
        ),
        "room": PartStatus(
            _("Disk"),
            _("%(free)s free of %(total)s") % {"free": filesizeformat(room.free), "total": filesizeformat(room.total)},
        ),
        "settings": PartStatus(_("Settings"), ""),
    }
    parts["clock"] = parts["workers"]
    for check in QUICK_CHECKS:
        for finding in check():
            parts[finding.part].wrong.append(finding.what)
    del parts["clock"]
    if not parts["settings"].wrong:
        parts["settings"].says = _("Nothing wrong")
    return list(parts.values())


def list_versions() -> list[tuple[str, str]]:
    newest = MigrationRecorder.Migration.objects.filter(app="transcripts").order_by("name").last()
    return [
        ("Flashweb", settings.VERSION),
        (_("Database schema"), newest.name if newest else ""),
        (_("Database"), describe_database()),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
    ]


def describe_database() -> str:
    if connection.vendor == "postgresql":
        return f"PostgreSQL {'.'.join(map(str, connection.get_database_version()))}"
    return f"SQLite {'.'.join(map(str, connection.get_database_version()))}"


def _describe_queue() -> str:
    try:
        waiting = queue.count_waiting()
    except queue.QueueGone:
        return ""
    return ngettext("%(count)s task is waiting", "%(count)s tasks are waiting", waiting) % {"count": waiting}


def _describe_diarizations() -> str:
    count = sum(row.count for row in count_diarizations() if row.state in UNFINISHED)
    said = ngettext("%(count)s transcript is waiting", "%(count)s transcripts are waiting", count)
    return said % {"count": count}


def _describe_service() -> str:
    name = _("Built-in model") if settings.FLASH_IS_LOCAL else urlsplit(settings.FLASH_API_URL).hostname
    slots = {"used": count_slots_in_use(), "slots": settings.FLASH_CONCURRENCY}
    used = _("%(used)s of %(slots)s slots in use") % slots
    return f"{name} · {used}"
