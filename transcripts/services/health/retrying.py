"""Another try for what failed, by an administrator."""

from __future__ import annotations

from contextlib import suppress

from django.db import IntegrityError

from transcripts.models import Transcription
from transcripts.queries.status import list_failed
from transcripts.services.recognition.kept_answers import read_kept_answer
from transcripts.services.recognition.run import retry_transcription

AT_ONCE = 500


def try_again(failed: Transcription) -> bool:
    """Whether it is in the queue again. An answer that was paid for is read again; the service is not asked anew."""
    with suppress(IntegrityError):  # Somebody has just asked for another.
        if failed.may_be_reread:
            return read_kept_answer(transcription=failed)
        return retry_transcription(transcription=failed)
    return False


def try_all_again() -> int:
    """How many are in the queue again, of the newest AT_ONCE."""
    return sum(try_again(failed) for failed in list_failed()[:AT_ONCE])
