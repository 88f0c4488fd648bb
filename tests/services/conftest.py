from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests import quick
from tests.quick import AUDIO
from transcripts.flash.options import RecognitionOptions
from transcripts.models import Recording
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.recordings.create import create_recording


@pytest.fixture(autouse=True)
def quiet(settings: Any) -> None:
    """No renewal of a lease while a test's own transaction holds the database; an empty queue."""
    settings.LEASE_SECONDS = 60
    quick.empty_queue()


@pytest.fixture
def full_upload(data_dir: Path) -> Callable[..., Recording]:
    """Creates a recording of a clip as an upload does, which probes the file."""

    def store(by: User, clip: str = "zh_welcome.wav", **options: Any) -> Recording:
        file = data_dir / "uploads" / clip.replace("/", "-")
        shutil.copy(AUDIO / clip, file)
        return create_recording(
            file=file,
            file_name=clip,
            project=get_personal_project(by),
            options=RecognitionOptions(**options),
            by=by,
        )

    return store
