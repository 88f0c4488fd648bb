"""Creating recordings from files, uploads and web addresses, and renaming them."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction

from transcripts import queue
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.errors import NotRecording, WrongOffset
from transcripts.flash.answer import Answer
from transcripts.flash.options import RecognitionOptions
from transcripts.imports.bundle import is_bundle
from transcripts.models import Project, Recording, Upload
from transcripts.services.importing.import_bundle import import_bundle
from transcripts.services.importing.imports import add_transcript
from transcripts.services.recognition.run import request_transcription
from transcripts.services.recordings.uploads import forget_upload

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SAMPLE = Path(__file__).parents[2] / "sample/sample.ogg"


def create_recording(
    *,
    file: Path,
    file_name: str,
    project: Project,
    options: RecognitionOptions,
    by: User,
    imported: tuple[Answer, str] | None = None,
) -> Recording:
    """Moves `file` into a new recording in `project` and enqueues its preparation and recognition.

    With `imported`, an answer and the name of its file, that becomes the transcript and nothing is recognised.

    A bundle brings its own title, options and transcript.

    Raises NotRecording and leaves nothing behind if the file has no audio. The file is moved before the rows are
    stored: a crash in between leaves a folder without a row, which `clean_up` removes, never a row without its file.
    """
    if not imported and is_bundle(file):
        return import_bundle(file=file, project=project, by=by)
    try:
        info = sandbox.probe(file)
    except NotAudio as error:
        raise NotRecording(str(error.reason)) from error
    recording = Recording(
        id=uuid.uuid4(),
        project=project,
        uploaded_by=by,
        title=Path(file_name).stem[:300] or file_name[:300],
        file_name=file_name[:300],
        size_bytes=file.stat().st_size,
        container=info.container[:40],
        codec=info.codec[:40],
        channels=info.channels,
        rate_hz=info.rate_hz,
        api_format=info.api_format,
        duration_ms=info.duration_ms,
    )
    recording.folder.mkdir(parents=True)
    shutil.move(file, recording.original)
    try:
        with transaction.atomic():
            recording.save(force_insert=True)
            if imported:
                add_transcript(recording=recording, answer=imported[0], file_name=imported[1], by=by)
            else:
                request_transcription(recording=recording, options=options, by=by)
            transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
    except BaseException:
        shutil.rmtree(recording.folder, ignore_errors=True)
        raise
    return recording


def create_from_upload(*, upload: Upload, project: Project, options: RecognitionOptions, by: User) -> Recording:
    """Creates a recording from an upload. Raises NotRecording, and WrongOffset if chunks are still missing."""
    if upload.offset < upload.size_bytes:
        raise WrongOffset(upload.offset)
    upload.path.touch()  # An empty file has no chunk.
    try:
        return create_recording(file=upload.path, file_name=upload.file_name, project=project, options=options, by=by)
    finally:
        forget_upload(upload=upload)


def create_from_sample(*, title: str, project: Project, options: RecognitionOptions, by: User) -> Recording:
    """Creates a recording from the sample that comes with the application, for trying things out."""
    file = Path(settings.FILE_UPLOAD_TEMP_DIR) / f"sample-{uuid.uuid4().hex}{SAMPLE.suffix}"
    shutil.copy(SAMPLE, file)
    try:
        return create_recording(file=file, file_name=f"{title}{SAMPLE.suffix}", project=project, options=options, by=by)
    finally:
        file.unlink(missing_ok=True)


def create_from_address(*, url: str, project: Project, options: RecognitionOptions, by: User) -> Recording:
    """Creates a recording from a web address: the service gets the address, and we fetch a copy for playback."""
    name = "".join(char for char in unquote(PurePosixPath(urlsplit(url).path).name) if char.isprintable())
    with transaction.atomic():
        recording = Recording.objects.create(
            project=project,
            uploaded_by=by,
            title=(Path(name).stem or urlsplit(url).hostname or url)[:300],
            file_name=name[:300],
            source_url=url,
        )
        recording.folder.mkdir(parents=True)
        request_transcription(recording=recording, options=options, by=by)
        transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
    return recording


def rename_recording(*, recording: Recording, title: str, by: User) -> None:
    Recording.objects.filter(pk=recording.pk).update(title=title)
    recording.title = title
