"""What workers do. A task carries only an id: the row says what is to be done, and may have been done already."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from huey.contrib.djhuey import HUEY, db_task

log = logging.getLogger(__name__)


@db_task()
def recognise(pk: UUID) -> None:
    from transcripts.services import recognition

    recognition.run(pk)


@db_task()
def prepare(pk: UUID) -> None:
    from transcripts.services import preparation

    preparation.run(pk)


@db_task()
def mail(pk: int, site: str, language: str) -> None:
    from transcripts.services import mailing

    mailing.send(pk, site, language)


def dispatch(task: Any, pk: UUID | int, *more: str) -> None:
    """Puts the task into the queue. A queue that does not answer loses a mail at most: the sweep finds other work."""
    try:
        task(pk, *more)
    except Exception:
        log.exception("The queue did not take %s of %s; the sweep will.", task.name, pk)


def sweep() -> None:
    """Dispatches everything that is due: what the queue lost, and what a dead worker left.

    Only into an empty queue, so that rows that are merely waiting for a free worker are not put in again and again.
    """
    from transcripts.models import Recording, Transcription

    if HUEY.pending_count():
        return
    for pk in Transcription.objects.due().order_by("created_at").values_list("pk", flat=True):
        dispatch(recognise, pk)
    for pk in Recording.objects.due().order_by("created_at").values_list("pk", flat=True):
        dispatch(prepare, pk)
