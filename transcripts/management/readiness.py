"""What every process asks before it serves."""

from __future__ import annotations

from django.core.management.base import CommandError

from flashweb.schema import check_schema
from transcripts.errors import WrongDataFolder
from transcripts.services.installation import check_installation


def check_readiness() -> None:
    """Raises CommandError, in one sentence, where database, program and data folder don't fit."""
    check_schema()
    try:
        check_installation()
    except WrongDataFolder as error:
        raise CommandError(str(error)) from None
