"""Creating recordings from files, uploads and web addresses, and renaming them."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from transcripts import access, queue
from transcripts.audio import sandbox
from transcripts.audio.results import AudioInfo, NotAudio
from transcripts.enums import Action
from transcripts.errors import (
    AlreadyRunning,
    Gone,
    NoRoom,
    NotRecording,
    OnHold,
    OverQuota,
    StoreUnavailable,
    WrongOffset,
)
from transcripts.flash.options import RecognitionOptions
from transcripts.imports.bundle import NotBundle, is_bundle
from transcripts.imports.reading import ImportedAnswer
from transcripts.models import Project, Recording, Upload
from transcripts.places import Busy
from transcripts.queries.library import parse_kept_options
from transcripts.services.importing.import_bundle import import_bundle
from transcripts.services.importing.imports import attach_import, store_import
from transcripts.services.importing.kept_files import KeptFiles
from transcripts.services.quotas import check_storage
from transcripts.services.recognition.run import request_transcription
from transcripts.services.recordings.delete import bin_recording
from transcripts.services.recordings.known import find_known
from transcripts.services.recordings.uploads import finish_upload
from transcripts.services.storage import tell_full_disk
from transcripts.services.store.scratch import scratch_folder
from transcripts.services.store.store import get_store
from transcripts.services.tags import add_tags

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

SAMPLE = Path(__file__).parents[2] / "sample/sample.ogg"


class TrackNotChosen(Exception):
    """The file has several audio tracks, which `info` names, and the person wanted to be asked."""

    def __init__(self, info: AudioInfo) -> None:
        super().__init__("several tracks")
        self.info = info


class ChannelsNotChosen(Exception):
    """Both channels of the file seem to have one speaker each, and the person wanted to be asked."""


class FileKnown(Exception):
    """The person can see `recordings` of the same file, and wanted to be asked."""

    def __init__(self, recordings: list[Recording]) -> None:
        super().__init__("known already")
        self.recordings = recordings


def create_recording(
    *,
    file: Path,
    file_name: str,
    project: Project,
    options: RecognitionOptions,
    by: User,
    track: int | None = None,
    ask_track: bool = False,
    ask_channels: bool = False,
    ask_known: bool = False,
    info: AudioInfo | None = None,
    imported: tuple[ImportedAnswer, KeptFiles] | None = None,
    unfinished: Upload | None = None,
    stored: str = "",
    tags: Iterable[str] = (),
) -> Recording:
    """Moves `file` into a new recording in `project` and enqueues its preparation and recognition.

    It gets the tags of these names, besides those that a bundle brings.

    `stored` is the key by which the store has the same file already. Then it stays there.

    `track` is the audio track to take, from 0; without it, or where there is no such choice, it is the one with speech.
    With `ask_track`, several tracks raise TrackNotChosen instead; with `ask_channels`, two channels with a voice each
    that would be mixed raise ChannelsNotChosen. With `ask_known`, a file that is here already raises FileKnown before
    anything else is done with it. `info` is what probing found, if that was done.

    With `imported`, an answer and the files it is from, that becomes the transcript and nothing is recognised.

    A bundle brings its own title, options, track and transcript.

    With `unfinished`, the upload that grows learns what was made of it so far. Raises AlreadyRunning if that happened.

    Raises NotRecording, OverQuota or NoRoom and leaves nothing behind if it can't be taken, and AlreadyImported. The
    file keeps its place until the rows are stored: a crash before leaves only a folder without a row, which `clean_up`
    removes.
    """
    check_storage(project=project, by=by, more_bytes=file.stat().st_size)
    if ask_known and (known := find_known(by, file)):
        raise FileKnown(known)
    if not imported and is_bundle(file):
        with tell_full_disk():
            recording = import_bundle(file=file, project=project, by=by)
            add_tags(recording=recording, names=tags, by=by)
            return recording
    try:
        info = info or sandbox.probe_in_turn(file, track=track)
    except NotAudio as error:
        raise NotRecording(str(error.reason)) from error
    if ask_track and info.tracks:
        raise TrackNotChosen(info)
    if ask_channels and info.has_separate_voices and not options.channel_split:
        raise ChannelsNotChosen
    recording = Recording(
        id=uuid.uuid4(),
        project=project,
        uploaded_by=by,
        title=Path(file_name).stem[:300] or file_name[:300],
        file_name=file_name[:300],
    )
    recording.describe_file(file.stat().st_size, info)
    store = get_store()
    try:
        with tell_full_disk():
            if stored:
                store.copy(stored, recording.original)
            else:
                store.put(file, recording.original)
        if imported:
            answer, kept = imported
            with store_import(recording=recording, answer=answer, pk=kept.id) as transcript:
                recording.save(force_insert=True)
                name = kept.transcript_name
                attach_import(transcript, recording=recording, answer=answer, file_name=name, by=by)
        else:
            with transaction.atomic():
                recording.save(force_insert=True)
                request_transcription(recording=recording, options=options, by=by)
                add_tags(recording=recording, names=tags, by=by)
                if unfinished and not Upload.objects.growing().filter(pk=unfinished.pk).update(recording=recording):
                    raise AlreadyRunning
        transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
    except BaseException:
        with suppress(OSError):
            store.delete_all(f"{recording.folder}/")
        raise
    if not stored:
        file.unlink(missing_ok=True)
    return recording


def create_from_upload(
    *,
    upload: Upload,
    project: Project,
    options: RecognitionOptions,
    by: User,
    track: int | None = None,
    ask_track: bool = False,
    ask_channels: bool = False,
    ask_known: bool = False,
    tags: Iterable[str] = (),
) -> Recording:
    """Creates a recording from an upload, as `create_recording` does.

    Raises NotRecording, WrongOffset if chunks are still missing, TrackNotChosen, ChannelsNotChosen, FileKnown, Busy or
    NoRoom. The upload stays until its recording is stored, unless it can't become one: a server that is busy or broken
    loses nothing.

    What was made of it while its page was silent goes to the bin, if nobody has changed it.
    """
    arrived = finish_upload(upload)
    if upload.size_bytes is not None and arrived < upload.size_bytes:
        raise WrongOffset(arrived)
    if (half := upload.recording) and half.binned_at is None and half.size_bytes == arrived:
        upload.delete()
        return half
    try:
        with get_store().local(upload.key) as file:
            recording = create_recording(
                file=file,
                stored=upload.key,
                file_name=upload.file_name,
                project=project,
                options=options,
                by=by,
                track=track,
                ask_track=ask_track,
                ask_channels=ask_channels,
                ask_known=ask_known,
                tags=[*tags, *(upload.tags or [])],
            )
    except NotRecording as error:
        if error.reason == NotBundle.BUSY:
            raise Busy from error
        upload.delete()
        raise
    with suppress(Upload.DoesNotExist):  # It was cancelled too late.
        upload.refresh_from_db(fields=["recording"])
    upload.delete()
    if (half := upload.recording) and not half.transcripts.changed().exists():
        with suppress(OnHold):
            bin_recording(recording=half, by=by)
    return recording


def create_from_silent_upload(pk: UUID, get_own_project: Callable[[User], Project]) -> None:
    """Creates a recording of what came of an upload that grows, if nothing more has come for a while.

    It goes to the person's own project if they can't add it to the chosen one any more. The upload stays, in case its
    page comes back. What can't be done now is tried again after the same while.
    """
    upload = Upload.objects.growing().select_related("by", "project").filter(pk=pk).first()
    if upload is None or not upload.is_silent:
        return
    project = upload.project
    if project is None or not access.may(upload.by, Action.EDIT, project):
        project = get_own_project(upload.by)
    try:
        if not finish_upload(upload):
            upload.delete()
            return
        with get_store().local(upload.key) as so_far, scratch_folder(so_far.stat().st_size) as folder:
            copy = folder / "copy"  # The upload may grow again.
            with tell_full_disk():
                shutil.copyfile(so_far, copy)
            create_recording(
                file=copy,
                file_name=upload.file_name,
                project=project,
                options=parse_kept_options(upload.options),
                by=upload.by,
                unfinished=upload,
                tags=upload.tags or [],
            )
    except NotRecording:
        upload.delete()
    except (AlreadyRunning, Gone):
        pass
    except (NoRoom, OverQuota, Busy, StoreUnavailable):
        log.warning("No recording of upload %s could be made yet.", upload.pk, exc_info=True)
        Upload.objects.filter(pk=upload.pk).update(moved_at=timezone.now())


def create_from_sample(*, title: str, project: Project, options: RecognitionOptions, by: User) -> Recording:
    """Creates a recording from the sample that comes with the application, for trying things out."""
    with scratch_folder() as folder:
        file = folder / SAMPLE.name
        shutil.copyfile(SAMPLE, file)  # without its permissions
        return create_recording(file=file, file_name=f"{title}{SAMPLE.suffix}", project=project, options=options, by=by)


def create_from_address(
    *,
    url: str,
    project: Project,
    options: RecognitionOptions,
    by: User,
    track: int | None = None,
    tags: Iterable[str] = (),
) -> Recording:
    """Creates a recording from a web address: the service gets the address, and we fetch a copy for playback.

    With `track`, the service gets that track of our copy.
    """
    name = "".join(char for char in unquote(PurePosixPath(urlsplit(url).path).name) if char.isprintable())
    check_storage(project=project, by=by, more_bytes=1)
    with transaction.atomic():
        recording = Recording.objects.create(
            project=project,
            uploaded_by=by,
            title=(Path(name).stem or urlsplit(url).hostname or url)[:300],
            file_name=name[:300],
            source_url=url,
            track=track,
        )
        request_transcription(recording=recording, options=options, by=by)
        add_tags(recording=recording, names=tags, by=by)
        transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
    return recording


def rename_recording(*, recording: Recording, title: str, by: User) -> None:
    Recording.objects.filter(pk=recording.pk).update(title=title)
    recording.title = title
