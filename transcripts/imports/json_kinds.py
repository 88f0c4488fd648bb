"""JSON: answers of the service, our own exports of them, and what Whisper and its relatives write."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from transcripts.flash.answer import AnswerUtterance, parse_answer
from transcripts.flash.errors import FlashError
from transcripts.imports.clocks import parse_clock, to_ascii
from transcripts.imports.cues import estimate_end
from transcripts.imports.rows import Extract, FilePlace, ImportedRow, NotReadable, PlaceKind, ReadOptions, Why
from transcripts.text.tokens import Word

# Where strings are known to be rows, or to say again what the rows say, or nothing that is spoken.
_KNOWN_PLACE = re.compile(r"(?:result(?:\[\d+\])?\.?)?(?:(?:utterances|segments|transcription)\[\d+\])?|\[\d+\]")
_KNOWN_FIELDS = frozenset(
    {
        *("text", "words", "tokens", "additions", "language", "model", "params", "systeminfo", "task", "timestamps"),
        *("offsets", "id", "speaker", "speaker_id", "channel_id", "channel", "start", "end", "start_time", "end_time"),
        *("log_id", "type", "audio_info", "word_segments", "usage", "result_type"),
    }
)
_UNSTORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_MAX_DIGITS = 20
_SHORT_TEXT = 16
_CHUNK_CHARS = 1 << 20
_DEEPEST = 20
_LONGEST_PATH = 200


def read_json(text: str, options: ReadOptions) -> Extract:
    """Raises NotReadable."""
    del options
    value, raw = _load_json(text)
    del text
    for read in (_read_whisper_cpp, _read_whisper):
        if extract := read(value):
            return extract
    if extract := _read_answer(value):
        extract.raw = raw
        return extract
    raise NotReadable(NotReadable.JSON)


def _load_json(text: str) -> tuple[Any, bytes]:
    """The value and its JSON, less what no database stores. Raises NotReadable."""
    dropped: list[str] = []
    texts: dict[str, str] = {}

    def make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The same words come again and again: each is kept once."""
        return {
            name: texts.setdefault(value, value) if type(value) is str and len(value) < _SHORT_TEXT else value
            for name, value in pairs
        }

    def load_float(number: str) -> float | None:
        if math.isfinite(value := float(number)):
            return value
        dropped.append(number)
        return None

    def load_int(number: str) -> int | None:
        if len(number) < _MAX_DIGITS:
            return int(number)
        dropped.append(number)
        return None

    try:
        value = json.loads(
            text,
            object_pairs_hook=make_object,
            parse_constant=dropped.append,
            parse_float=load_float,
            parse_int=load_int,
        )
        if _UNSTORABLE.search(text):
            text = _dump_storable(value)
            value = json.loads(text)
        elif dropped:
            text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise NotReadable(NotReadable.BROKEN) from None
    # In chunks: `encode` asks for four times the room of the whole.
    return value, b"".join(text[start : start + _CHUNK_CHARS].encode() for start in range(0, len(text), _CHUNK_CHARS))


def _dump_storable(value: Any) -> str:
    """As JSON whose escapes are characters, so that those which can't be stored are lost on the way to bytes."""
    return json.dumps(value, ensure_ascii=False).encode(errors="ignore").decode().replace("\\u0000", "")


def _read_answer(value: Any) -> Extract | None:
    if not isinstance(value, dict) or "result" not in value:
        return None
    try:
        answer = parse_answer(value)
    except FlashError:
        return None
    extract = Extract()
    extract.rows = [_make_row(utterance) for utterance in answer.utterances]
    results = value["result"] if isinstance(value["result"], list) else [value["result"]]
    results = [result for result in results if isinstance(result, dict)]
    extract.timed = any(result.get("utterances") for result in results)
    for result in results:
        _leave_whole_text(result.get("text"), "result.text", extract)
    _leave_unknown(value, extract)
    return extract


def _make_row(utterance: AnswerUtterance) -> ImportedRow:
    """Our own export has names beside the numbers that the service gives to speakers."""
    return ImportedRow(
        utterance.start_ms,
        utterance.end_ms,
        utterance.text,
        utterance.additions.get("speaker_name", utterance.speaker),
        utterance.channel,
        utterance.words,
        utterance.additions,
    )


def _read_whisper(value: Any) -> Extract | None:
    """`segments` with times in seconds, as openai-whisper, faster-whisper, WhisperX and the hosted API write them."""
    segments = value.get("segments") if isinstance(value, dict) else value
    if not isinstance(segments, list) or not segments or not all(isinstance(one, dict) for one in segments):
        return None
    if not any("start" in one and "text" in one for one in segments):
        return None
    extract = Extract()
    _add_segments(segments, _read_seconds, extract)
    _leave_whole_text(value.get("text") if isinstance(value, dict) else None, "text", extract)
    _leave_unknown(value, extract)
    return extract


def _read_whisper_cpp(value: Any) -> Extract | None:
    """`transcription` with offsets in milliseconds, or with timestamps alone."""
    segments = value.get("transcription") if isinstance(value, dict) else None
    if not isinstance(segments, list) or not segments or not all(isinstance(one, dict) for one in segments):
        return None
    if not any("text" in one for one in segments):
        return None
    extract = Extract()
    _add_segments(segments, _read_offsets, extract)
    _leave_unknown(value, extract)
    return extract


def _add_segments(
    segments: list[dict[str, Any]],
    read_times: Callable[[Mapping[str, Any]], tuple[int | None, int | None]],
    extract: Extract,
) -> None:
    for number, segment in enumerate(segments, start=1):
        place = FilePlace(PlaceKind.FIELD, number, f"segments[{number - 1}]")
        text, speaker = segment.get("text"), segment.get("speaker")
        name = str(speaker) if isinstance(speaker, str | int) and not isinstance(speaker, bool) else ""
        if not isinstance(text, str) or not text.strip():
            extract.leave(place, name, Why.UNEXPECTED)
            continue
        start_ms, end_ms = read_times(segment)
        if start_ms is None:
            extract.leave(place, text, Why.BAD_TIME, name)
            continue
        if end_ms is None:
            end_ms = estimate_end(start_ms, text)
            extract.estimated_times += 1
        extract.rows.append(ImportedRow(start_ms, end_ms, text.strip(), name, words=tuple(_read_words(segment))))


def _read_words(segment: Mapping[str, Any]) -> Iterator[Word]:
    words = segment.get("words")
    for word in words if isinstance(words, list) else ():
        if isinstance(word, dict) and isinstance(text := word.get("word", word.get("text")), str) and text.strip():
            start_ms, end_ms = _read_seconds(word)
            if start_ms is not None and end_ms is not None:
                yield Word(text.strip(), start_ms, max(start_ms, end_ms))


def _read_seconds(segment: Mapping[str, Any]) -> tuple[int | None, int | None]:
    return _to_ms(segment.get("start"), 1000), _to_ms(segment.get("end"), 1000)


def _read_offsets(segment: Mapping[str, Any]) -> tuple[int | None, int | None]:
    offsets, stamps = segment.get("offsets"), segment.get("timestamps")
    if isinstance(offsets, dict) and (start_ms := _to_ms(offsets.get("from"), 1)) is not None:
        return start_ms, _to_ms(offsets.get("to"), 1)
    if isinstance(stamps, dict):
        return _read_clock(stamps.get("from")), _read_clock(stamps.get("to"))
    return None, None


def _read_clock(value: Any) -> int | None:
    return parse_clock(to_ascii(value)) if isinstance(value, str) and len(value) < 40 else None


def _to_ms(value: Any, unit_ms: int) -> int | None:
    """Numbers, or strings of numbers or of clocks."""
    if isinstance(value, str) and len(value) < 40:
        try:
            value = float(value)
        except ValueError:
            return _read_clock(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
        return None
    return max(0, round(value * unit_ms))


def _leave_unknown(value: Any, extract: Extract) -> None:
    """Strings in fields that nobody knows, as they may be text."""
    said = {row.text.strip() for row in extract.rows}

    def leave(value: Any, path: str, depth: int) -> None:
        if isinstance(value, str):
            if value.strip() not in said:
                extract.leave(FilePlace(PlaceKind.FIELD, 0, path or "."), value, Why.UNEXPECTED)
        elif depth > _DEEPEST:
            extract.leave(FilePlace(PlaceKind.FIELD, 0, path), json.dumps(value, ensure_ascii=False), Why.UNEXPECTED)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                leave(item, f"{path}[{number}]"[-_LONGEST_PATH:], depth + 1)
        elif isinstance(value, dict):
            known_place = _KNOWN_PLACE.fullmatch(path) is not None
            for name, item in value.items():
                # Texts and speakers that are strings have been read.
                read = name not in ("text", "speaker") or isinstance(item, str | int | None)
                if not (known_place and name in _KNOWN_FIELDS and read):
                    leave(item, f"{path}.{name}".lstrip(".")[-_LONGEST_PATH:], depth + 1)

    leave(value, "", 0)


def _leave_whole_text(whole: Any, path: str, extract: Extract) -> None:
    """The text of all rows as one, where it says more than they do."""
    if isinstance(whole, str) and _keep_letters(whole) not in _keep_letters("".join(row.text for row in extract.rows)):
        extract.leave(FilePlace(PlaceKind.FIELD, 0, path), whole, Why.UNEXPECTED)


def _keep_letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum())
