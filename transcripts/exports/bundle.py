"""The portable bundle: everything of one transcript in a zip, as docs/bundle.md describes.

No function of a document like the other formats, for it has what no document shows: the sound, the service's own
answer, every change. The same content always gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZipFile

from transcripts.exports.archive import Pipe, write_entry
from transcripts.flash.answer import MAX_TIME_MS, Answer
from transcripts.text.limits import MAX_SPEAKER_LABEL, SPEAKER_COLOURS

FORMAT, VERSION = "flashweb", 5
ABOUT, ANSWER, PARTS = "bundle.json", "answer.json", "parts.jsonl"
ROWS, CHANGES, COMMENTS = "rows.jsonl", "changes.jsonl", "comments.jsonl"
ORIGINAL, PLAYBACK, PEAKS = "audio/original", "audio/playback.m4a", "audio/peaks.dat"
CHUNK_BYTES = 256 * 1024
_KEPT_IN_MEMORY = 8 * 1024 * 1024

Fields = Mapping[str, Any]
OpenFile = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Bundle:
    """`texts` are files of the zip by name. `sound` opens others, and leaves out what raises FileNotFoundError."""

    texts: Mapping[str, IO[bytes]]
    sound: Mapping[str, OpenFile] = field(default_factory=dict)

    def stream(self) -> Iterator[bytes]:
        """The zip, a chunk at a time."""
        pipe = Pipe()
        with ZipFile(pipe, "w") as archive:
            for name, text in self.texts.items():
                text.seek(0)
                yield from write_entry(archive, pipe, name, _read_chunks(text), packed=True)
                text.close()
            for name, open_file in self.sound.items():
                try:
                    chunks = open_file()
                except FileNotFoundError:
                    continue
                yield from write_entry(archive, pipe, name, chunks, packed=False)
        yield pipe.take()


def make_bundle(
    *,
    about: Fields,
    answer: Fields | None,
    rows: Iterable[Fields],
    changes: Iterable[Fields],
    parts: Iterable[Fields] = (),
    comments: Iterable[Fields] = (),
    sound: Mapping[str, OpenFile],
) -> Bundle:
    """Everything but the sound is serialised at once, so that a slow download still shows a single moment."""
    about = {"format": FORMAT, "version": VERSION, **about}
    texts = {ABOUT: _spool([json.dumps(about, ensure_ascii=False, indent=2, sort_keys=True).encode(), b"\n"])}
    if answer is not None:
        texts[ANSWER] = _spool([_encode_compactly(answer)])
    for name, values in ((PARTS, parts), (ROWS, rows), (CHANGES, changes), (COMMENTS, comments)):
        texts[name] = _spool(_encode_compactly(value) + b"\n" for value in values)
    return Bundle(texts, sound)


def make_answer_bundle(
    answer: Answer, *, recording: Fields, transcription: Fields, sound: Mapping[str, OpenFile], at: datetime
) -> Bundle:
    """An unedited transcript, made from the service's answer."""
    labels = list(dict.fromkeys(row.speaker[:MAX_SPEAKER_LABEL] for row in answer.utterances if row.speaker))
    numbers = {label: number for number, label in enumerate(labels, start=1)}
    rows = (
        {
            "speaker": numbers.get(row.speaker[:MAX_SPEAKER_LABEL]),
            "channel": row.channel[:8],
            "start_ms": min(row.start_ms, MAX_TIME_MS - 1),
            "end_ms": max(row.end_ms, min(row.start_ms, MAX_TIME_MS - 1) + 1),
            "text": row.text,
            "engine_text": row.text,
            "engine_words": [[word.text, word.start_ms, word.end_ms] for word in row.words],
            "additions": dict(row.additions),
            **UNTOUCHED,
        }
        for row in answer.utterances
    )
    moment = format_moment(at)
    first = {"version": 1, "kind": "recognised", "by": None, "at": moment, "details": {}, "undoes": None, "rows": []}
    made: Fields = {"created_at": moment, "started_at": moment, "finished_at": moment, "by": None, "tries": []}
    return make_bundle(
        about={
            "recording": recording,
            "transcription": {**made, **transcription},
            "transcript": {"version": 1, "created_at": moment},
            "speakers": [
                {"label": label, "name": "", "colour": number % SPEAKER_COLOURS + 1}
                for number, label in enumerate(labels)
            ],
        },
        answer=answer.raw,
        rows=rows,
        changes=[first],
        sound=sound,
    )


UNTOUCHED: Fields = {
    "speaker_confidence": None,
    "removed": False,
    "verified_by": None,
    "verified_at": None,
    "flagged": False,
    "dismissed": [],
    "changed_at": None,
    "version": 1,
}
"""The marks of a row as it was recognised."""


def format_moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _encode_compactly(value: Fields) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(errors="replace")


def _spool(chunks: Iterable[bytes] | Sequence[bytes]) -> IO[bytes]:
    file: IO[bytes] = SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115 -- closed when it was sent
    file.writelines(chunks)
    return file


def read_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _read_chunks(file)


def _read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
