"""Taking recordings in, and letting them go again."""

from __future__ import annotations

import shutil
import time
import uuid
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from transcripts import jobs
from transcripts.audio import sandbox
from transcripts.audio.results import NotAudio
from transcripts.errors import AlreadyRunning, NotRecording, WrongOffset
from transcripts.flash.answer import Answer
from transcripts.flash.options import RecognitionOptions
from transcripts.imports.bundle import is_bundle
from transcripts.models import Project, Recording, Transcription, Upload
from transcripts.services import importing, unbundling, uploading

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SAMPLE = Path(__file__).parent.parent / "sample/sample.ogg"


def take_in(
    *,
    file: Path,
    file_name: str,
    project: Project,
    options: RecognitionOptions,
    by: User,
    imported: tuple[Answer, str] | None = None,
) -> Recording:
    """Moves `file` into a new recording of `project` and has it prepared and recognised.

    With `imported`, an answer and the name of its file, that becomes the transcript and nobody is asked.

    A portable bundle brings its own title, options and transcript.

    Raises NotRecording and leaves nothing behind where the file holds no sound. The file is moved before the rows are
    stored: a crash in between leaves a folder without a row, which `tidy_up` removes, never a row without its file.
    """
    if not imported and is_bundle(file):
        return unbundling.take_in(file=file, project=project, by=by)
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
                importing.add_transcript(recording=recording, answer=imported[0], file_name=imported[1], by=by)
            else:
                request_transcription(recording=recording, options=options, by=by)
            transaction.on_commit(lambda: jobs.dispatch(jobs.prepare, recording.pk))
    except BaseException:
        shutil.rmtree(recording.folder, ignore_errors=True)
        raise
    return recording


def take_in_upload(*, upload: Upload, project: Project, options: RecognitionOptions, by: User) -> Recording:
    """What has come piece by piece. Raises NotRecording, and WrongOffset where a part of it has still to come."""
    if upload.offset < upload.size_bytes:
        raise WrongOffset(upload.offset)
    upload.path.touch()  # An empty file has no piece.
    try:
        return take_in(file=upload.path, file_name=upload.file_name, project=project, options=options, by=by)
    finally:
        uploading.forget(upload=upload)


def take_in_sample(*, title: str, project: Project, options: RecognitionOptions, by: User) -> Recording:
    """The recording that comes along for trying things out, taken in like any other."""
    file = Path(settings.FILE_UPLOAD_TEMP_DIR) / f"sample-{uuid.uuid4().hex}{SAMPLE.suffix}"
    shutil.copy(SAMPLE, file)
    try:
        return take_in(file=file, file_name=f"{title}{SAMPLE.suffix}", project=project, options=options, by=by)
    finally:
        file.unlink(missing_ok=True)


def take_in_address(*, url: str, project: Project, options: RecognitionOptions, by: User) -> Recording:
    """A new recording of `project` that lies at `url`: the service gets the address, and we fetch a copy to play."""
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
        transaction.on_commit(lambda: jobs.dispatch(jobs.prepare, recording.pk))
    return recording


def set_defaults(*, project: Project, options: RecognitionOptions, by: User) -> None:
    Project.objects.filter(pk=project.pk).update(options=options.to_json())


def request_transcription(*, recording: Recording, options: RecognitionOptions, by: User) -> Transcription:
    """One more run of the recogniser; raises AlreadyRunning while another one has not ended."""
    try:
        with transaction.atomic():
            transcription = Transcription.objects.create(
                recording=recording, requested_by=by, options=options.to_json()
            )
            transaction.on_commit(lambda: jobs.dispatch(jobs.recognise, transcription.pk))
    except IntegrityError as error:
        raise AlreadyRunning from error
    return transcription


def rename(*, recording: Recording, title: str, by: User) -> None:
    Recording.objects.filter(pk=recording.pk).update(title=title)
    recording.title = title


def delete(*, recording: Recording, by: User) -> None:
    """The recording with everything that came of it. A worker that is still at it notices that its row is gone."""
    folder = recording.folder
    recording.delete()
    shutil.rmtree(folder, ignore_errors=True)


def tidy_up() -> None:
    """Removes what killed processes left on the disk: uploads and conversions that never ended, folders without row."""
    day_ago = time.time() - 24 * 60 * 60
    for upload in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
        if upload.is_file() and upload.stat().st_mtime < day_ago:
            upload.unlink(missing_ok=True)
    uploading.tidy_up()
    for half_made in Path(settings.MEDIA_ROOT).glob("recordings/*/.part-*"):
        if half_made.stat().st_mtime < day_ago:
            shutil.rmtree(half_made, ignore_errors=True)
    found = (path for path in Path(settings.MEDIA_ROOT).glob("recordings/*") if _is_id(path.name))
    folders = [path for path in found if path.stat().st_mtime < day_ago]
    for start in range(0, len(folders), 500):
        names = {folder.name: folder for folder in folders[start : start + 500]}
        kept = {str(pk) for pk in Recording.objects.filter(pk__in=names).values_list("pk", flat=True)}
        for name in names.keys() - kept:
            shutil.rmtree(names[name], ignore_errors=True)


def _is_id(name: str) -> bool:
    """Whether it may be a folder of ours: what somebody else put there is left alone."""
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
