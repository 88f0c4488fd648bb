"""Recordings and transcripts stored without looking into a file or asking a server: for tests of what comes after."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

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


def stands(transcript: Transcript) -> tuple[int, list[tuple[str, int]], int]:
    """The transcript's version, its rows' texts and versions, and how many changes there are."""
    transcript.refresh_from_db()
    found = list(transcript.utterances.visible().values_list("text", "version"))
    return transcript.version, found, transcript.changes.count()


def empty_queue() -> None:
    for lane in queue.LANES:
        lane.flush()
