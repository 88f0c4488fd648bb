"""Deleting recordings."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from transcripts.models import Recording

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def delete_recording(*, recording: Recording, by: User) -> None:
    """Deletes the recording with everything in it. A worker that is still busy with it notices that the row is gone."""
    folder = recording.folder
    recording.delete()
    shutil.rmtree(folder, ignore_errors=True)
