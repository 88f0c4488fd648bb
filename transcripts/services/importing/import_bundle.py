"""Imports a bundle: a recording with its transcript as it was elsewhere, with every change and comment.

Everything is checked before anything is stored and before the database is locked. Nothing is added to the history, so
that exporting it again gives the same bundle, byte for byte.
"""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from transcripts import queue
from transcripts.audio import sandbox
from transcripts.audio.playback import PEAKS_PER_SECOND
from transcripts.audio.results import NotAudio
from transcripts.enums import ChangeKind, PreparationState, TranscriptionState
from transcripts.errors import NotRecording
from transcripts.exports.bundle import ANSWER, CHANGES, COMMENTS, ORIGINAL, PARTS, PEAKS, PLAYBACK, ROWS
from transcripts.imports.bundle import NotBundle, Reader, opened
from transcripts.imports.bundle_forms import Content
from transcripts.imports.checked import Unexpected, plain_object
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
from transcripts.services.editing.changes import align_words
from transcripts.services.editing.comment_anchors import recount_open_threads
from transcripts.services.exporting.export_bundle import COMMENT, COMMENT_TIMES, ROW, TRANSCRIPTION, TRANSCRIPTION_TIMES
from transcripts.services.imported_people import get_or_create_account
from transcripts.services.storage import KEPT_FREE_BYTES
from transcripts.text.finding import fold_for_search

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

NO_ROOM = "bundle_room"
_BATCH = 500
_CLOSE_MS = 2000  # how much a playback copy's length may differ from what the bundle says


def import_bundle(*, file: Path, project: Project, by: User) -> Recording:
    """Creates a recording in `project`, uploaded by `by`; everything else is as in the bundle.

    Raises NotRecording and leaves nothing behind if the bundle can't be imported.
    """
    try:
        with opened(file) as reader:
            content = _read_bundle(reader)
            recording = _build_recording(content.about["recording"], project, by)
            try:
                _unpack_audio(reader, recording, content.about["recording"]["duration_ms"])
                with transaction.atomic():
                    _BundleStorer(reader, content, recording, by).store()
                    if recording.state != PreparationState.DONE:
                        transaction.on_commit(lambda: queue.enqueue("prepare", recording.pk))
            except BaseException:
                shutil.rmtree(recording.folder, ignore_errors=True)
                raise
            return recording
    except NotBundle as error:
        log.info("A bundle was refused: %s", error)
        raise NotRecording(error.reason) from error
    except NotAudio as error:
        raise NotRecording(str(error.reason)) from error


@dataclass(frozen=True)
class _BundleContent:
    about: Mapping[str, Any]
    answer: dict[str, Any] | None
    rows: list[Mapping[str, Any]]
    utterances: list[Utterance]
    """The rows with their words, without what only the database knows."""
    people: set[str]


def _read_bundle(reader: Reader) -> _BundleContent:
    content = Content(frozenset(ChangeKind.values))
    about = reader.about()
    _check_value("bundle.json", content.about, about)
    answer = reader.value(ANSWER)
    if answer is not None and not plain_object(answer):
        raise NotBundle(NotBundle.BROKEN, ANSWER)
    for part in reader.lines(PARTS):
        _check_value(PARTS, content.part, part)
    rows = []
    for row in reader.lines(ROWS):
        _check_value(ROWS, content.row, row)
        rows.append(row)
    for change in reader.lines(CHANGES):
        _check_value(CHANGES, content.change, change)
    for comment in reader.lines(COMMENTS):
        _check_value(COMMENTS, content.comment, comment)
    _check_value(CHANGES, lambda _nothing: content.end(), None)
    return _BundleContent(about, answer, rows, [_build_utterance(row) for row in rows], content.people)


def _check_value(name: str, look: Callable[[Any], None], value: Any) -> None:
    try:
        look(value)
    except Unexpected as error:
        raise NotBundle(NotBundle.BROKEN, f"{name}: {error}") from error


def _build_utterance(row: Mapping[str, Any]) -> Utterance:
    made = Utterance(
        **{name: row[name] for name in ROW},
        search_text=fold_for_search(row["text"]),
        verified_at=_parse_moment(row["verified_at"]),
        changed_at=_parse_moment(row["changed_at"]),
    )
    made.words = align_words(made)
    return made


def _build_recording(about: Mapping[str, Any], project: Project, by: User) -> Recording:
    return Recording(
        id=uuid.uuid4(),
        project=project,
        uploaded_by=by,
        **{name: about[name] for name in ("title", "file_name", "source_url", "duration_ms", "track")},
    )


def _unpack_audio(reader: Reader, recording: Recording, duration_ms: int | None) -> None:
    """Unpacks the audio into the recording's folder. A playback copy that does not fit is made again."""
    if shutil.disk_usage(settings.MEDIA_ROOT).free < reader.sound_bytes() + KEPT_FREE_BYTES:
        raise NotRecording(NO_ROOM)
    recording.folder.mkdir(parents=True)
    if reader.extract(ORIGINAL, recording.original):
        track = recording.track
        recording.describe_file(recording.original, sandbox.probe(recording.original, track=track))
        recording.duration_ms = duration_ms or recording.duration_ms
        if recording.track != track:
            duration_ms = None  # It is not that file's track which the bundle has a playback copy of.
    elif not recording.source_url:
        raise NotBundle(NotBundle.BROKEN, ORIGINAL)
    extracted = reader.extract(PLAYBACK, recording.playback) and reader.extract(PEAKS, recording.peaks)
    if extracted and duration_ms and _fits_duration(recording, duration_ms):
        recording.state = PreparationState.DONE
        return
    for path in (recording.playback, recording.peaks):
        path.unlink(missing_ok=True)


def _fits_duration(recording: Recording, duration_ms: int) -> bool:
    try:
        info = sandbox.probe(recording.playback)
    except NotAudio:
        return False
    drawn_ms = recording.peaks.stat().st_size * 1000 // (2 * PEAKS_PER_SECOND)
    ours = info.codec == "aac" and "mp4" in info.container and not info.has_video
    return ours and all(abs(ms - duration_ms) <= _CLOSE_MS for ms in (info.duration_ms or 0, drawn_ms))


class _BundleStorer:
    """Stores what was read. Must be used inside a transaction."""

    def __init__(self, reader: Reader, content: _BundleContent, recording: Recording, by: User) -> None:
        self.reader, self.content, self.recording = reader, content, recording
        self.people = {name: get_or_create_account(name, by=by) for name in sorted(content.people)}

    def store(self) -> None:
        self.recording.save(force_insert=True)
        self.transcript = self._create_transcript(self._create_transcription())
        speakers = [Speaker(transcript=self.transcript, **speaker) for speaker in self.content.about["speakers"]]
        self.speakers = [speaker.pk for speaker in Speaker.objects.bulk_create(speakers, batch_size=_BATCH)]
        for row, utterance in zip(self.content.rows, self.content.utterances, strict=True):
            utterance.transcript = self.transcript
            utterance.speaker_id = self._get_speaker(row["speaker"])
            utterance.verified_by = self._get_person(row["verified_by"])
        self.rows = [
            utterance.pk for utterance in Utterance.objects.bulk_create(self.content.utterances, batch_size=_BATCH)
        ]
        self._store_changes()
        self._store_comments()

    def _create_transcription(self) -> Transcription:
        about = self.content.about["transcription"]
        made = Transcription.objects.create(
            recording=self.recording,
            requested_by=self._get_person(about["by"]),
            state=TranscriptionState.DONE,
            raw_answer=self.content.answer,
            **{name: about[name] for name in TRANSCRIPTION},
        )
        times = {name: _parse_moment(about[name]) for name in TRANSCRIPTION_TIMES}
        Transcription.objects.filter(pk=made.pk).update(**times)
        parts = (AnswerPart(transcription=made, **part) for part in self.reader.lines(PARTS))
        AnswerPart.objects.bulk_create(parts, batch_size=10)
        return made

    def _create_transcript(self, transcription: Transcription) -> Transcript:
        about = self.content.about["transcript"]
        made = Transcript.objects.create(
            transcription=transcription, recording=self.recording, version=about["version"]
        )
        Transcript.objects.filter(pk=made.pk).update(created_at=_parse_moment(about["created_at"]))
        return made

    def _store_changes(self) -> None:
        pks: dict[int, int] = {}
        undone: list[tuple[Change, int]] = []
        for batch in _split_batches(self.reader.lines(CHANGES), lambda line: 1 + len(line["rows"])):
            changes = Change.objects.bulk_create(self._build_change(line) for line in batch)
            Revision.objects.bulk_create(
                (
                    self._build_revision(change, one)
                    for change, line in zip(changes, batch, strict=True)
                    for one in line["rows"]
                ),
                batch_size=_BATCH,
            )
            pks |= {change.version: change.pk for change in changes}
            undone += [(change, line["undoes"]) for change, line in zip(changes, batch, strict=True) if line["undoes"]]
        for change, version in undone:
            change.undoes_id = pks[version]
        Change.objects.bulk_update([change for change, _version in undone], ["undoes"], batch_size=_BATCH)

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

    def _store_comments(self) -> None:
        """One by one: there are rarely many, and replies need the ids of what they reply to."""
        made: list[int] = []
        rows: set[int] = set()
        for number, line in enumerate(self.reader.lines(COMMENTS), start=1):
            comment = Comment(
                transcript=self.transcript,
                utterance_id=self.rows[line["row"] - 1] if line["row"] else None,
                thread_id=made[line["thread"] - 1] if line["thread"] else None,
                author=self._get_person(line["by"]),
                annotation_version=number,
                **{name: line[name] for name in COMMENT},
                **{name: _parse_moment(line[name]) for name in COMMENT_TIMES},
            )
            comment.save(force_insert=True)
            made.append(comment.pk)
            if comment.utterance_id:
                rows.add(comment.utterance_id)
        if made:
            Transcript.objects.filter(pk=self.transcript.pk).update(annotation_version=len(made))
            recount_open_threads(rows)

    def _get_speaker(self, number: int | None) -> int | None:
        return self.speakers[number - 1] if number else None

    def _get_person(self, name: str | None) -> User | None:
        return self.people[name] if name else None


def _parse_moment(written: str | None) -> Any:
    return datetime.fromisoformat(written) if written else None


def _split_batches(lines: Iterator[Any], weight: Callable[[Any], int]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    room = 2 * _BATCH
    for line in lines:
        batch.append(line)
        room -= weight(line)
        if room <= 0:
            yield batch
            batch, room = [], 2 * _BATCH
    if batch:
        yield batch
