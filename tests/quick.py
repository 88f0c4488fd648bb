"""Recordings stored without looking into the file, for tests whose matter begins later."""

from __future__ import annotations

import shutil
from typing import Any

from django.contrib.auth.models import User

from tests.conftest import AUDIO
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Recording
from transcripts.services import accounts, intake


def take_in(by: User, clip: str = "zh_welcome.wav", **options: Any) -> Recording:
    """What `intake.take_in` stores of a short WAV."""
    recording = Recording.objects.create(
        project=accounts.personal_project(by),
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
    recording.folder.mkdir(parents=True)
    shutil.copy(AUDIO / clip, recording.original)
    intake.request_transcription(recording=recording, options=RecognitionOptions(**options), by=by)
    return recording
