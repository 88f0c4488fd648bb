"""What every process asks before it serves."""

from __future__ import annotations

from django.core.management.base import CommandError

from flashweb.schema import check_schema, one_at_a_time
from transcripts import queue
from transcripts.errors import InUse, StoreUnavailable, WrongDataFolder, WrongSecretKey
from transcripts.services.installation import check_installation, check_restored, use_installation
from transcripts.services.store.scratch import clean_up_scratch


def check_readiness() -> None:
    """Raises CommandError, in one sentence, where database, program, data folder and key don't fit.

    Waits for a migration that is under way. From then on until the process ends, no backup is restored under it.
    """
    try:
        use_installation()
        check_restored()
        with one_at_a_time():
            check_schema()
            queue.create_tables()
            check_installation()
    except InUse:
        raise CommandError("A backup is being restored into this data folder.") from None
    except (WrongDataFolder, WrongSecretKey) as error:
        raise CommandError(str(error)) from None
    except StoreUnavailable as error:
        raise CommandError(f"The files cannot be reached, see FILES_URL: {error}") from None
    clean_up_scratch()
