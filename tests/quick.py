"""Recordings and transcripts stored without looking into a file or asking a server: for tests of what comes after."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Model
from django.test import override_settings
from django.utils import timezone

from tests.files import path_of
from transcripts import queue
from transcripts.enums import TranscriptionState
from transcripts.flash.answer import parse_answer
from transcripts.flash.options import RecognitionOptions
from transcripts.flash.reply import Recognition
from transcripts.models import Recording, Transcript, Transcription
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.recognition.run import finish_transcription, request_transcription

AUDIO = Path(__file__).parent / "data/audio"


def create_recording(by: User, clip: str = "zh_welcome.wav", **options: Any) -> Recording:
    """Stores what `services.recordings.create.create_recording` does for a short WAV."""
    recording = Recording.objects.create(
        project=get_personal_project(by),
        uploaded_by=by,
        title=clip.rpartition(".")[0],
        file_name=clip,
        size_bytes=(AUDIO / clip).stat().st_size,
        container="wav",
        codec="pcm_s16le",
        channels=1,
        rate_hz=16000,
        api_format="wav",
        duration_ms=5547,
    )
    path_of(recording.folder).mkdir(parents=True)
    shutil.copyfile(AUDIO / clip, path_of(recording.original))
    request_transcription(recording=recording, options=RecognitionOptions(**options), by=by)
    return recording


def recognised(recording: Recording, answer: dict[str, Any]) -> Transcript:
    """What `recognition.run` stores when the service gives this answer to the recording's newest transcription."""
    newest = recording.transcriptions.order_by("-created_at").first()
    assert newest is not None
    run = Transcription.objects.claim(newest.pk)
    assert run is not None
    for state in (TranscriptionState.SENDING, TranscriptionState.WAITING):
        Transcription.objects.held(run).move_to(state)
    finish_transcription(
        run,
        Recognition(
            code="20000000",
            message="OK",
            logid="20261123080000ABCDEF0123456789ABCD",
            request_id="67ee89ba-7050-4c04-a3d7-ac61a63499b3",
            seconds=0.5,
            answer=parse_answer(answer),
        ),
    )
    return Transcript.objects.get(transcription=run.pk)


def again(recording: Recording, answer: dict[str, Any], **options: Any) -> Transcript:
    """One more transcript of the same recording."""
    by = recording.uploaded_by
    assert by is not None
    request_transcription(recording=recording, options=RecognitionOptions(**options), by=by)
    return recognised(recording, answer)


class Prototype:
    """Lin's first recording and its transcript, to be stored again: a fifth of the work of `recognised`.

    It is made before any test's settings apply, and rolled back; not from inside a test, which may have its own Lin.
    """

    def __init__(self, answer: dict[str, Any], folder: Path) -> None:
        with override_settings(MEDIA_ROOT=folder), transaction.atomic():
            by = User.objects.create_user("lin")
            transcript = recognised(create_recording(by), answer)
            self.by, self.recording, self.at = by.pk, transcript.recording_id, timezone.now()
            project = get_personal_project(by)
            # Each after those that it refers to by a number; UUIDs are known beforehand.
            self.rows: list[Model] = [
                project,
                *project.memberships.all(),
                *project.recordings.all(),
                *Transcription.objects.filter(recording__project=project),
                transcript,
                *transcript.speakers.all(),
                *transcript.utterances.all(),
                *transcript.changes.all(),
            ]
            transaction.set_rollback(True)

    def copy(self, by: User) -> Transcript:
        """Stores it as of now. Needs a transaction: until its end, references need not hold."""
        later = timezone.now() - self.at
        new: dict[tuple[Any, Any], Any] = {(User, self.by): by.pk}
        new |= {(type(row), row.pk): uuid4() for row in self.rows if isinstance(row.pk, UUID)}
        with connection.cursor() as cursor:
            for row in self.rows:
                kind = type(row)
                values: dict[str, Any] = {}
                for field in kind._meta.concrete_fields:
                    value = getattr(row, field.attname)
                    if isinstance(value, datetime):
                        value += later
                    if target := kind if field.primary_key else field.related_model:
                        value = new.get((target, value), value)
                    if not field.primary_key or isinstance(value, UUID):
                        values[connection.ops.quote_name(field.column)] = field.get_db_prep_save(value, connection)
                cursor.execute(
                    f"INSERT INTO {kind._meta.db_table} ({', '.join(values)})"  # noqa: S608
                    f" VALUES ({', '.join(['%s'] * len(values))}) RETURNING id",
                    [*values.values()],
                )
                new.setdefault((kind, row.pk), cursor.fetchone()[0])
        recording = Recording.objects.get(pk=new[Recording, self.recording])
        path_of(recording.folder).mkdir(parents=True)
        shutil.copyfile(AUDIO / recording.file_name, path_of(recording.original))
        return Transcript.objects.get(recording=recording.pk)


def stands(transcript: Transcript) -> tuple[int, list[tuple[str, int]], int]:
    """The transcript's version, its rows' texts and versions, and how many changes there are."""
    transcript.refresh_from_db()
    found = list(transcript.utterances.visible().values_list("text", "version"))
    return transcript.version, found, transcript.changes.count()


def empty_queue() -> None:
    for lane in queue.LANES:
        lane.flush()
