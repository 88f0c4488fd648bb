"""A person's downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transcripts import access
from transcripts.models import Download

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def list_downloads(user: User) -> list[Download]:
    """Those that are kept, newest first, without what the person may not export any more."""
    kept = list(Download.objects.kept().filter(by=user))
    allowed = access.exportable(user, {pk for download in kept for pk in download.transcripts})
    return [download for download in kept if allowed >= set(download.transcripts)]
