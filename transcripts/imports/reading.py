"""The one entry to all readers: a file of another program, with all that it says and what it does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from transcripts.flash.answer import AnswerUtterance
from transcripts.imports.ass import read_ass
from transcripts.imports.cues import read_subrip, read_webvtt, split_lines
from transcripts.imports.elan import read_eaf
from transcripts.imports.encodings import DecodedText, decode_file
from transcripts.imports.json_kinds import read_json
from transcripts.imports.lyrics import read_lyrics
from transcripts.imports.names import name_speakers
from transcripts.imports.rows import (
    MOST_ROWS,
    Assumed,
    Extract,
    FilePlace,
    ImportedRow,
    NotRead,
    NotReadable,
    PlaceKind,
    Reading,
    ReadOptions,
)
from transcripts.imports.script import read_script, text_lines
from transcripts.imports.textgrid import read_textgrid
from transcripts.imports.tidying import propose_shift, tidy_rows
from transcripts.imports.ttml import read_ttml
from transcripts.imports.untimed import assign_headings, place_alongside, split_paragraphs, spread_over_time
from transcripts.imports.word import read_word

MOST_BYTES = 50 * 1024 * 1024


def read_text(text: str, options: ReadOptions) -> Extract:
    """A text file: SRT or WebVTT under another name, text with times in its lines, or paragraphs without any."""
    if text.startswith("WEBVTT"):
        return read_webvtt(text, options)
    subtitles = read_subrip(text, options)
    if subtitles.rows and "-->" in text[:2000] and len(subtitles.not_read) <= len(subtitles.rows):
        return subtitles
    extract = Extract(names_in_text=True)
    lines = split_lines(text)
    places = (FilePlace(PlaceKind.LINE, number) for number in range(1, len(lines) + 1))
    if not read_script(text_lines(lines, places), extract):
        extract.rows = split_paragraphs(text)
        extract.timed = False
    return extract


TEXT_READERS: Mapping[str, Callable[[str, ReadOptions], Extract]] = MappingProxyType(
    {
        "json": read_json,
        "srt": read_subrip,
        "vtt": read_webvtt,
        "ass": read_ass,
        "ssa": read_ass,
        "ttml": read_ttml,
        "dfxp": read_ttml,
        "lrc": read_lyrics,
        "txt": read_text,
        "eaf": read_eaf,
        "textgrid": read_textgrid,
    }
)
ENDINGS = (*TEXT_READERS, "docx")


def read(data: bytes, file_name: str, options: ReadOptions | None = None) -> Reading:
    """Raises NotReadable where the whole file is of no kind that is known, or says nothing at all."""
    options = options or ReadOptions()
    kind = PurePath(file_name).suffix.removeprefix(".").lower()
    if kind not in ENDINGS:
        raise NotReadable(NotReadable.UNKNOWN)
    if len(data) > MOST_BYTES:
        raise NotReadable(NotReadable.LARGE)
    if kind == "docx":
        decoded = DecodedText("", "", sure=True, choices=())
        extract = read_word(data, options)
    else:
        decoded = decode_file(data, options.encoding, usual="utf-8" if kind == "json" else "")
        del data
        # The text may be large: only its reader holds it, and only while it needs it.
        texts, decoded = [decoded.text], replace(decoded, text="")
        extract = TEXT_READERS[kind](texts.pop(), options)
    return _make_reading(kind, decoded, extract, options)


def _make_reading(kind: str, decoded: DecodedText, extract: Extract, options: ReadOptions) -> Reading:
    if not extract.rows and not extract.not_read:
        raise NotReadable(NotReadable.EMPTY)
    if not extract.timed and kind == "docx":
        extract.rows = assign_headings(extract.rows, options.known)
    names: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    if extract.names_in_text:
        named = name_speakers(extract.rows, options, extract.turns)
        extract.rows, names, kept = named.rows, named.names, named.kept
    if not extract.timed and extract.rows and not (extract.raw is not None and extract.rows[0].end_ms):
        spoken = options.spoken if extract.raw is None else ()
        extract.rows = (
            place_alongside(extract.rows, spoken) if spoken else spread_over_time(extract.rows, options.duration_ms)
        )
    tidy = tidy_rows(extract, extract.shift_ms + options.shift_ms)
    if len(tidy.rows) > MOST_ROWS:
        raise NotReadable(NotReadable.LARGE)
    assumed = Assumed(
        kind=kind,
        encoding=decoded.encoding,
        encoding_sure=decoded.sure,
        encoding_choices=decoded.choices,
        timed=extract.timed,
        shift_ms=extract.shift_ms + options.shift_ms,
        proposed_shift_ms=propose_shift(tidy.rows, options.duration_ms) if extract.timed else 0,
        merged_captions=extract.merged_captions,
        estimated_times=extract.estimated_times,
        lengthened_rows=tidy.lengthened,
        cut_rows=tidy.cut,
        names_in_text=names,
        kept_names=kept,
    )
    return Reading(tuple(tidy.rows), tuple(_sort_by_place(extract.not_read)), assumed, extract.raw)


def _sort_by_place(not_read: list[NotRead]) -> list[NotRead]:
    """As they stand in the file, where all of them have lines."""
    if all(left.place.where == PlaceKind.LINE for left in not_read):
        return sorted(not_read, key=lambda left: left.place.number)
    return not_read


@dataclass(frozen=True, slots=True)
class ImportedAnswer:
    """What is stored of a file, as if the service had answered it; `raw` is the whole answer in JSON."""

    utterances: tuple[AnswerUtterance, ...]
    raw: bytes


def make_answer(reading: Reading) -> ImportedAnswer:
    """What was an answer of the service keeps what it says beside its rows."""
    utterances = tuple(
        AnswerUtterance(
            row.text,
            row.start_ms,
            row.end_ms,
            row.words,
            row.speaker,
            row.channel,
            _make_additions(row, reading.raw is None),
        )
        for row in reading.rows
    )
    if reading.raw is not None:
        return ImportedAnswer(utterances, reading.raw)
    result = {"text": "", "utterances": [_make_utterance(one) for one in utterances]}
    return ImportedAnswer(utterances, json.dumps({"result": result}).encode())


def _make_additions(row: ImportedRow, made: bool) -> dict[str, str]:
    additions = dict(row.additions)
    return {**additions, "speaker": row.speaker} if made and row.speaker else additions


def _make_utterance(row: AnswerUtterance) -> dict[str, Any]:
    words = [{"text": word.text, "start_time": word.start_ms, "end_time": word.end_ms} for word in row.words]
    times = {"start_time": row.start_ms, "end_time": row.end_ms}
    return {"text": row.text, **times, "additions": dict(row.additions), "words": words}


def to_json(reading: Reading) -> dict[str, Any]:
    """As `manage.py read` prints it, and the API tells it."""
    assumed = asdict(reading.assumed)
    assumed["encoding_choices"] = [asdict(choice) for choice in reading.assumed.encoding_choices]
    return {
        "rows": [
            {"start_ms": row.start_ms, "end_ms": row.end_ms, "speaker": row.speaker, "text": row.text}
            for row in reading.rows
        ],
        "not_read": [
            {"place": str(left.place), "text": left.text, "reason": str(left.reason)} for left in reading.not_read
        ],
        "assumed": assumed,
    }
