"""Imports a bundle: a recording with its transcript as it was elsewhere, with every change and comment.

Everything is checked in a child before anything is stored and before the database is locked. Nothing is added to the
history, so that exporting it again gives the same bundle, byte for byte.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import JSONField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from transcripts import queue
from transcripts.audio import sandbox
from transcripts.audio.results import PEAKS_PER_SECOND, NotAudio
from transcripts.enums import ChangeKind, PreparationState, TranscriptionState
from transcripts.errors import NotRecording
from transcripts.exports.bundle import CHANGES, COMMENTS, ORIGINAL, PARTS, PEAKS, PLAYBACK, ROWS
from transcripts.imports.bundle import NotBundle
from transcripts.imports.bundle_sandbox import BundleContent, measure_bundle, unpack_in_child
from transcripts.models import (
    AnswerPart,
    Change,
    Comment,
    Project,
    Recording,
    Revision,
    Speaker,
    Transcript,
    Transcription,
    Utterance,
)
from transcripts.services.editing.comment_anchors import recount_open_threads
from transcripts.services.exporting.export_bundle import (
    COMMENT,
    COMMENT_TIMES,
    ROW,
    TRANSCRIPTION,
    TRANSCRIPTION_TIMES,
)
from transcripts.services.imported_people import get_or_create_account
from transcripts.services.quotas import check_storage
from transcripts.services.short_transactions import AT_ONCE, remove_unfinished, split_batches
from transcripts.services.store.scratch import scratch_folder
from transcripts.services.store.store import get_store
from transcripts.services.tags import add_tags
from transcripts.services.transcript_counts import count_transcript

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

_CLOSE_MS = 2000  # how much a playback copy's length may differ from what the bundle says
_ROOM = 4  # times the texts' size: they are unpacked, with words, before they are stored


def import_bundle(*, file: Path, project: Project, by: User) -> Recording:
    """Creates a recording in `project`, uploaded by `by`; everything else is as in the bundle.

    Raises NotRecording, OverQuota or NoRoom and leaves nothing behind if the bundle can't be imported. A crash before
    the end leaves a folder without a row, which `clean_up` removes.
    """
    recording = Recording(id=uuid.uuid4(), project=project, uploaded_by=by)
    try:
        sizes = measure_bundle(file)
        with scratch_folder(sizes.sound + _ROOM * sizes.text) as folder:
            sound = place_sound(folder)
            content = unpack_in_child(file, sizes, folder=folder, sound=sound, kinds=ChangeKind.values)
            files = _describe(recording, content, sound)
            check_storage(project=project, by=by, more_bytes=recording.size_bytes)  # Zipped, it may have been less.
            for key, path in files.items():
                get_store().put(path, key)
            _BundleStorer(content, recording, by).store()
            if recording.state != PreparationState.DONE:
                transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
    except BaseException as error:
        with suppress(OSError):
            get_store().delete_all(f"{recording.folder}/")
        if isinstance(error, NotBundle):
            log.info("A bundle was refused: %s", error)
            raise NotRecording(error.reason) from error
        if isinstance(error, NotAudio):
            raise NotRecording(str(error.reason)) from error
        raise
    return recording


def place_sound(folder: Path) -> dict[str, Path]:
    """Where to unpack the files of sound."""
    return {name: folder / PurePath(name).name for name in (ORIGINAL, PLAYBACK, PEAKS)}


def _describe(recording: Recording, content: BundleContent, sound: Mapping[str, Path]) -> dict[str, Path]:
    """Sets what the bundle says of the recording, and the audio shows. Returns the files to store by their keys.

    A playback copy that does not fit is left out, and made again.
    """
    about = content.about["recording"]
    for name in ("title", "file_name", "source_url", "duration_ms", "track"):
        setattr(recording, name, about[name])
    duration_ms = about["duration_ms"]
    files = {}
    if ORIGINAL in content.sound:
        original = files[recording.original] = sound[ORIGINAL]
        recording.describe_file(original.stat().st_size, sandbox.probe_in_turn(original, track=about["track"]))
        recording.duration_ms = duration_ms or recording.duration_ms
        if recording.track != about["track"]:
            duration_ms = None  # It is not that file's track which the bundle has a playback copy of.
    playback, peaks = sound[PLAYBACK], sound[PEAKS]
    if {PLAYBACK, PEAKS} <= set(content.sound) and _fits_duration(playback, peaks, duration_ms):
        recording.state, recording.prepared_at = PreparationState.DONE, timezone.now()
        recording.playback_bytes, recording.peaks_bytes = playback.stat().st_size, peaks.stat().st_size
        files |= {recording.playback: playback, recording.peaks: peaks}
    return files


def _fits_duration(playback: Path, peaks: Path, duration_ms: int | None) -> bool:
    if not duration_ms:
        return False
    try:
        info = sandbox.probe_in_turn(playback)
    except NotAudio:
        return False
    drawn_ms = peaks.stat().st_size * 1000 // (2 * PEAKS_PER_SECOND)
    ours = info.codec == "aac" and "mp4" in info.container and not info.has_video
    return ours and all(abs(ms - duration_ms) <= _CLOSE_MS for ms in (info.duration_ms or 0, drawn_ms))


class _BundleStorer:
    """Stores what was read, in short transactions. Nobody sees any of it before the last one."""

    def __init__(self, content: BundleContent, recording: Recording, by: User) -> None:
        self.content, self.recording, self.by = content, recording, by
        self.people = {name: get_or_create_account(name, by=by) for name in sorted(content.people)}

    def store(self) -> None:
        """Raises what the database raises, and leaves nothing behind then."""
        self.transcript = Transcript.objects.create(version=self.content.about["transcript"]["version"])
        try:
            self._store_rows()
            self._store_changes()
            comments = self._store_comments()
            count_transcript(self.transcript.pk)
            with transaction.atomic():
                self.recording.save(force_insert=True)
                self._attach_transcript(self._create_transcription(), comments)
                add_tags(recording=self.recording, names=self.content.about["recording"]["tags"], by=self.by)
        except BaseException:
            remove_unfinished(self.transcript)
            raise

    def _store_rows(self) -> None:
        speakers = [Speaker(transcript=self.transcript, **speaker) for speaker in self.content.about["speakers"]]
        self.speakers = [
            speaker.pk for batch in split_batches(speakers) for speaker in Speaker.objects.bulk_create(batch)
        ]
        self.rows: list[int] = []
        for batch in split_batches(self.content.lines(ROWS)):
            rows = Utterance.objects.bulk_create(map(self._build_row, batch))
            self.rows += [row.pk for row in rows]

    def _create_transcription(self) -> Transcription:
        about = self.content.about["transcription"]
        made = Transcription.objects.create(
            recording=self.recording,
            requested_by=self._get_person(about["by"]),
            state=TranscriptionState.DONE,
            **{name: about[name] for name in TRANSCRIPTION},
        )
        times = {name: _parse_moment(about[name]) for name in TRANSCRIPTION_TIMES}
        answer = self.content.answer()  # as JSON already: the longest ones take much memory as objects
        raw = None if answer is None else Cast(Value(answer), JSONField())
        Transcription.objects.filter(pk=made.pk).update(raw_answer=raw, **times)
        for part in self.content.lines(PARTS):
            AnswerPart.objects.create(transcription=made, **part)
        return made

    def _attach_transcript(self, transcription: Transcription, comments: int) -> None:
        Transcript.objects.filter(pk=self.transcript.pk).update(
            recording=self.recording,
            transcription=transcription,
            annotation_version=comments,
            created_at=_parse_moment(self.content.about["transcript"]["created_at"]),
        )
        Recording.objects.filter(pk=self.recording.pk).update(current_transcript=self.transcript)

    def _build_row(self, row: Mapping[str, Any]) -> Utterance:
        return Utterance(
            transcript=self.transcript,
            speaker_id=self._get_speaker(row["speaker"]),
            verified_by=self._get_person(row["verified_by"]),
            verified_at=_parse_moment(row["verified_at"]),
            changed_at=_parse_moment(row["changed_at"]),
            **{name: row[name] for name in (*ROW, "words", "search_text")},
        )

    def _store_changes(self) -> None:
        pks: dict[int, int] = {}
        undone: list[tuple[Change, int]] = []
        for batch in split_batches(self.content.lines(CHANGES), lambda line: 1 + len(line["rows"])):
            with transaction.atomic():
                changes = Change.objects.bulk_create(self._build_change(line) for line in batch)
                revisions = (
                    self._build_revision(change, one)
                    for change, line in zip(changes, batch, strict=True)
                    for one in line["rows"]
                )
                Revision.objects.bulk_create(revisions, batch_size=AT_ONCE)
            pks |= {change.version: change.pk for change in changes}
            undone += [(change, line["undoes"]) for change, line in zip(changes, batch, strict=True) if line["undoes"]]
        for change, version in undone:
            change.undoes_id = pks[version]
        for some in split_batches(change for change, _version in undone):
            Change.objects.bulk_update(some, ["undoes"])

    def _build_change(self, line: Mapping[str, Any]) -> Change:
        return Change(
            transcript=self.transcript,
            version=line["version"],
            kind=line["kind"],
            by=self._get_person(line["by"]),
            at=_parse_moment(line["at"]),
            details=self._build_details(line["details"]),
        )

    def _build_details(self, exported: Mapping[str, Any]) -> dict[str, Any]:
        details = dict(exported)
        if "speaker" in details:
            details["speaker"] = self._get_speaker(details["speaker"])
        if "row" in details:
            details["row"] = self.rows[details["row"] - 1] if details["row"] else None
        if "person" in details:
            person = self._get_person(details["person"])
            details["person"] = person.pk if person else None
        return details

    def _build_revision(self, change: Change, exported: Mapping[str, Any]) -> Revision:
        return Revision(
            change=change,
            utterance_id=self.rows[exported["row"] - 1],
            version=exported["version"],
            before=self._build_state(exported["before"]),
            after=self._build_state(exported["after"]),
        )

    def _build_state(self, exported: Mapping[str, Any]) -> dict[str, Any]:
        state = dict(exported)
        if "speaker" in state:
            state["speaker_id"] = self._get_speaker(state.pop("speaker"))
        if "verified_by" in state:
            person = self._get_person(state.pop("verified_by"))
            state["verified_by_id"] = person.pk if person else None
        return state

    def _store_comments(self) -> int:
        """One by one, as replies need the ids of what they reply to. Returns how many there are."""
        made: list[int] = []
        rows: set[int] = set()
        for batch in split_batches(self.content.lines(COMMENTS)):
            with transaction.atomic():
                for line in batch:
                    comment = self._build_comment(line, made)
                    comment.save(force_insert=True)
                    made.append(comment.pk)
                    if comment.utterance_id:
                        rows.add(comment.utterance_id)
        for some in split_batches(sorted(rows)):
            recount_open_threads(some)
        return len(made)

    def _build_comment(self, line: Mapping[str, Any], made: list[int]) -> Comment:
        return Comment(
            transcript=self.transcript,
            utterance_id=self.rows[line["row"] - 1] if line["row"] else None,
            thread_id=made[line["thread"] - 1] if line["thread"] else None,
            author=self._get_person(line["by"]),
            annotation_version=len(made) + 1,
            **{name: line[name] for name in COMMENT},
            **{name: _parse_moment(line[name]) for name in COMMENT_TIMES},
        )

    def _get_speaker(self, number: int | None) -> int | None:
        return self.speakers[number - 1] if number else None

    def _get_person(self, name: str | None) -> User | None:
        return self.people[name] if name else None


def _parse_moment(written: str | None) -> Any:
    return datetime.fromisoformat(written) if written else None
