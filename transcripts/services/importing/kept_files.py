"""Files of an import that waits for somebody's choices: uploaded once, and kept until they are a transcript.

What is known of them travels through the page, signed for its owner, so that nobody else can name them. The transcript
gets their id: whatever is killed, and however often a request comes, they become one. `maintenance.clean_up_files`
removes what was never decided.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core import signing

from transcripts.audio.results import AudioInfo
from transcripts.errors import NotKept
from transcripts.models import Transcript
from transcripts.services.store.store import get_store

_LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """`id` is a UUID. `recording_name` is empty where the transcript is for a recording that is there."""

    id: str
    transcript_name: str
    recording_name: str = ""
    info: dict[str, Any] | None = None

    @property
    def audio_info(self) -> AudioInfo | None:
        """What probing found in the recording."""
        return AudioInfo.from_json(self.info) if self.info else None

    @property
    def transcript(self) -> str:
        """Its key."""
        return f"uploads/import-{self.id}.transcript"

    @property
    def recording(self) -> str:
        return f"uploads/import-{self.id}.recording"


def keep_files(
    *,
    transcript: Path,
    transcript_name: str,
    recording: Path | None = None,
    recording_name: str = "",
    info: AudioInfo | None = None,
) -> KeptFiles:
    """Moves the files to where the next request finds them."""
    kept = KeptFiles(uuid.uuid4().hex, transcript_name, recording_name, asdict(info) if info else None)
    _move(transcript, kept.transcript)
    if recording:
        _move(recording, kept.recording)
    return kept


def _move(file: Path, key: str) -> None:
    get_store().put(file, key)
    file.unlink()


def sign_files(kept: KeptFiles, *, owner: str) -> str:
    return signing.dumps(asdict(kept), salt=f"kept files of {owner}")


def get_files(signed: str, *, owner: str) -> KeptFiles:
    """Raises NotKept."""
    try:
        kept = KeptFiles(**signing.loads(signed, salt=f"kept files of {owner}", max_age=_LONGEST))
    except signing.BadSignature:
        raise NotKept from None
    try:
        for key in (kept.transcript, *([kept.recording] if kept.recording_name else [])):
            get_store().find(key)
    except FileNotFoundError:
        if find_stored(kept) is None:
            raise NotKept from None
    return kept


def find_stored(kept: KeptFiles) -> Transcript | None:
    """The transcript that the files have become, by the same request: its answer was lost, or it came twice."""
    return Transcript.objects.filter(pk=kept.id).first()


def forget_files(kept: KeptFiles) -> None:
    get_store().delete(kept.transcript)
    get_store().delete(kept.recording)
