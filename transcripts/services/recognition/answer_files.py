"""Answers on this machine's disk until the database has them: they are paid for, and the database may be away.

Each is written before anything else is done with it, so that a worker can be killed at any moment. What a dead worker
left is stored by the next one on this machine, before the service is asked again.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from transcripts.enums import TranscriptionState
from transcripts.models import AnswerPart, Transcription

log = logging.getLogger(__name__)

Result = TypeVar("Result")

PAUSES_S = (0.2, 0.5, 1, 2, 5)
"""Between tries to store an answer; the last one is repeated until the database is back."""
WHOLE = 0
"""The number of an answer to a whole recording; those to parts count from 1."""


@contextmanager
def answer_file(transcription: Transcription, number: int, fields: dict[str, Any], body: bytes) -> Iterator[None]:
    """Keeps the answer as a file until the work within has stored it. `fields` are those of the row, for JSON.

    A disk that takes no file is no reason not to store the answer.
    """
    path = _folder() / f"{transcription.pk}-{number}"
    head = json.dumps({"track": transcription.track, "fields": fields}).encode()
    try:
        _write(path, head + b"\n" + body)
    except OSError as error:
        log.warning("An answer could not be kept as a file: %s", type(error).__name__)
    yield
    path.unlink(missing_ok=True)


def store_patiently(store: Callable[[], Result]) -> Result:
    """Calls `store` until the database is there to take it."""
    tries = 0
    while True:
        try:
            return store()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            if not tries:
                log.warning("The database does not take an answer, which is kept meanwhile: %s", type(error).__name__)
            connection.close()
            time.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
            tries += 1


def store_answer_files(pk: UUID | None = None) -> bool:
    """Stores what dead workers of this machine left, of all transcriptions or of one. Returns whether there was any.

    Where the worker is alive, it does the same at the same time.
    """
    found = sorted(path for path in _folder().glob(f"{pk or '*'}-*") if not path.name.startswith("."))  # drafts
    for path in found:
        with suppress(FileNotFoundError):
            _store(path)
            path.unlink()
    return bool(found)


def _store(path: Path) -> None:
    """Whatever attempt it is of, and also if that was cancelled: another try has the same recording and options."""
    name, _dash, number = path.name.rpartition("-")
    line, _newline, body = path.read_bytes().partition(b"\n")
    head = json.loads(line)
    fields = head["fields"]
    wanting = Transcription.objects.filter(pk=name, track=head["track"]).exclude(state=TranscriptionState.DONE)
    if int(number) == WHOLE:
        wanting.filter(answer_body=None).update(**fields, answer_body=body)
    elif wanting.exists():
        AnswerPart.objects.get_or_create(
            transcription_id=name, number=number, defaults={**fields, "raw_answer": None, "answer_body": body}
        )
    log.info("Transcription %s: the answer that lay here as a file is stored.", name)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, also if the power fails."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "answers"
