"""Exports a transcript with everything in it as a bundle; `importing.import_bundle` reads one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db import transaction

from transcripts.errors import Gone
from transcripts.exports.bundle import ORIGINAL, PEAKS, PLAYBACK, Bundle, Fields, format_moment, make_bundle
from transcripts.models import Change, Recording, Revision, Transcript, Utterance
from transcripts.services.editing.changes import lock_transcript
from transcripts.services.imported_people import get_exported_name
from transcripts.services.store.store import get_store

_TRIES = 3
_BATCH = 500


def build_bundle(transcript: Transcript) -> Bundle:
    """Everything as of one moment: if somebody changes the transcript meanwhile, it is read again.

    Nobody has to wait for it, unless the transcript keeps changing. Raises Gone.
    """
    whole = Transcript.objects.select_related("recording", "transcription").filter(pk=transcript.pk)
    for _ in range(_TRIES):
        current = whole.first()
        if current is None:
            raise Gone
        made = _read_transcript(current)
        if whole.filter(version=current.version, annotation_version=current.annotation_version).exists():
            return made
    with transaction.atomic():
        return _read_transcript(lock_transcript(transcript.pk))


def _read_transcript(transcript: Transcript) -> Bundle:
    transcription = transcript.transcription
    recording = transcript.recording
    numbers = _Numbers(transcript)
    return make_bundle(
        about={
            "recording": {
                "title": recording.title,
                "file_name": recording.file_name,
                "source_url": recording.source_url,
                "duration_ms": recording.duration_ms,
                "track": recording.track,
                "tags": list(recording.tags.values_list("name", flat=True)),
            },
            "transcription": {
                **{name: getattr(transcription, name) for name in TRANSCRIPTION},
                **{name: format_moment(getattr(transcription, name)) for name in TRANSCRIPTION_TIMES},
                "by": numbers.name(transcription.requested_by_id),
            },
            "transcript": {"version": transcript.version, "created_at": format_moment(transcript.created_at)},
            "speakers": [
                {"label": speaker.label, "name": speaker.name, "colour": speaker.colour}
                for speaker in transcript.speakers.order_by("pk")
            ],
        },
        answer=transcription.raw_answer,
        parts=({name: getattr(part, name) for name in PART} for part in transcription.parts.order_by("number")),
        rows=(_export_row(row, numbers) for row in _iterate_rows(transcript)),
        changes=_iterate_changes(transcript, numbers),
        comments=_iterate_comments(transcript, numbers),
        sound={name: partial(get_store().read, key) for name, key in get_audio_keys(recording).items()},
    )


TRANSCRIPTION = ("options", "track", "status_code", "message", "logid", "request_id", "tries")
TRANSCRIPTION_TIMES = ("created_at", "started_at", "finished_at")
PART = ("number", "start_ms", "end_ms", "status_code", "message", "logid", "request_id", "raw_answer")
ROW = (
    "channel",
    "speaker_confidence",
    "start_ms",
    "end_ms",
    "text",
    "engine_text",
    "engine_words",
    "additions",
    "removed",
    "flagged",
    "dismissed",
    "version",
)
COMMENT = ("start", "end", "text", "at_ms", "name", "body", "resolved_by")
COMMENT_TIMES = ("created_at", "edited_at", "deleted_at", "resolved_at")


def get_audio_keys(recording: Recording) -> dict[str, str]:
    if recording.audio_deleted_at:  # though a backup may still read it
        return {}
    return {ORIGINAL: recording.original, PLAYBACK: recording.playback, PEAKS: recording.peaks}


class _Numbers:
    """Rows and speakers by their numbers in the bundle, people by their names: ids mean nothing elsewhere."""

    def __init__(self, transcript: Transcript) -> None:
        self.speakers = _number_pks(transcript.speakers.order_by("pk").values_list("pk", flat=True))
        self.rows = _number_pks(transcript.utterances.order_by("pk").values_list("pk", flat=True))
        self._names: dict[int, str | None] = {}

    def name(self, pk: int | None) -> str | None:
        """None if the account is gone."""
        if pk is None:
            return None
        if pk not in self._names:
            self._names[pk] = get_exported_name(pk)
        return self._names[pk]

    def state(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """A row's fields, as a revision has them."""
        exported = dict(state)
        if "speaker_id" in exported:
            exported["speaker"] = self.speakers.get(exported.pop("speaker_id"))
        if "verified_by_id" in exported:
            exported["verified_by"] = self.name(exported.pop("verified_by_id"))
        return exported

    def details(self, details: Mapping[str, Any]) -> dict[str, Any]:
        exported = dict(details)
        for name, numbers in (("speaker", self.speakers), ("row", self.rows)):
            if name in exported:
                exported[name] = numbers.get(exported[name])
        if "person" in exported:
            exported["person"] = self.name(exported["person"])
        return exported


def _number_pks(pks: Iterable[int]) -> dict[int, int]:
    return {pk: number for number, pk in enumerate(pks, start=1)}


def _iterate_rows(transcript: Transcript) -> Iterator[Utterance]:
    rows = transcript.utterances.defer("words", "search_text").order_by("pk")
    return rows.iterator(chunk_size=_BATCH)


def _export_row(row: Utterance, numbers: _Numbers) -> Fields:
    return {
        **{name: getattr(row, name) for name in ROW},
        "speaker": numbers.speakers.get(row.speaker_id) if row.speaker_id else None,
        "verified_by": numbers.name(row.verified_by_id),
        "verified_at": format_moment(row.verified_at),
        "changed_at": format_moment(row.changed_at),
    }


def _iterate_changes(transcript: Transcript, numbers: _Numbers) -> Iterator[Fields]:
    changes = transcript.changes.select_related("undoes").order_by("version")
    batch: list[Change] = []
    for change in changes.iterator(chunk_size=_BATCH):
        batch.append(change)
        if len(batch) == _BATCH:
            yield from _export_changes(batch, numbers)
            batch = []
    yield from _export_changes(batch, numbers)


def _export_changes(changes: list[Change], numbers: _Numbers) -> Iterator[Fields]:
    revisions = iter(Revision.objects.filter(change__in=changes).order_by("change__version", "pk").iterator(_BATCH))
    revision = next(revisions, None)
    for change in changes:
        rows = []
        while revision is not None and revision.change_id == change.pk:
            rows.append(
                {
                    "row": numbers.rows.get(revision.utterance_id),
                    "version": revision.version,
                    "before": numbers.state(revision.before),
                    "after": numbers.state(revision.after),
                }
            )
            revision = next(revisions, None)
        yield {
            "version": change.version,
            "kind": change.kind,
            "by": numbers.name(change.by_id),
            "at": format_moment(change.at),
            "details": numbers.details(change.details),
            "undoes": change.undoes.version if change.undoes else None,
            "rows": rows,
        }


def _iterate_comments(transcript: Transcript, numbers: _Numbers) -> Iterator[Fields]:
    """Each after the one that it replies to, in the order in which they were written."""
    threads: dict[int, int] = {}
    comments = transcript.comments.order_by("pk")
    for number, comment in enumerate(comments.iterator(chunk_size=_BATCH), start=1):
        threads[comment.pk] = number
        yield {
            **{name: getattr(comment, name) for name in COMMENT},
            **{name: format_moment(getattr(comment, name)) for name in COMMENT_TIMES},
            "row": numbers.rows.get(comment.utterance_id) if comment.utterance_id else None,
            "thread": threads[comment.thread_id] if comment.thread_id else None,
            "by": numbers.name(comment.author_id),
        }
