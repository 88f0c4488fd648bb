"""What workers run. A task carries only an id: the row says what is to be done, and that may be done already."""

from __future__ import annotations

from uuid import UUID

from transcripts import queue
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.accuracy import measure_whole_project
from transcripts.services.bulk import bulk
from transcripts.services.diarization.run import run_next_diarization
from transcripts.services.exporting.downloads import make_download as make_download_file
from transcripts.services.kept_voices import keep_project_voices as keep_whole_project_voices
from transcripts.services.projects.counts import count_project as count_whole_project
from transcripts.services.recognition.run import run_next_transcription
from transcripts.services.recordings.create import create_from_silent_upload
from transcripts.services.recordings.playback import prepare_playback


@queue.register
def recognise(pk: UUID) -> None:
    """Whichever it is the turn of: `pk` was due when this was enqueued."""
    run_next_transcription()


@queue.register
def prepare(pk: UUID) -> None:
    prepare_playback(pk)


@queue.register
def finish_upload(pk: UUID) -> None:
    create_from_silent_upload(pk, get_personal_project)


@queue.register
def run_bulk_action(pk: UUID) -> None:
    bulk.run_bulk_action(pk)


@queue.register
def make_download(pk: UUID) -> None:
    make_download_file(pk)


@queue.register
def tell_apart(pk: UUID) -> None:
    """Whichever it is the turn of: `pk` was due when this was enqueued."""
    run_next_diarization()


@queue.register
def count_project(pk: int) -> None:
    count_whole_project(pk)


@queue.register
def keep_project_voices(pk: int) -> None:
    keep_whole_project_voices(pk)


@queue.register
def measure_project(pk: int) -> None:
    measure_whole_project(pk)
