from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from transcripts.models import Recording

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def delete_recording(*, recording: Recording, by: User) -> None:
    """The recording with everything that came of it. A worker that is still at it notices that its row is gone."""
    folder = recording.folder
    recording.delete()
    shutil.rmtree(folder, ignore_errors=True)
