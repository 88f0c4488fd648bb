"""The flash answer's own shape, with the corrected texts and words in place of the engine's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.options import ExportOptions
from transcripts.flash.answer import CHANNEL_KEYS, SPEAKER_KEYS
from transcripts.text.joining import join
from transcripts.text.tokens import Word

# How the engine writes a space between words: a token without a time.
_SPACE = {"confidence": 0, "end_time": -1, "start_time": -1, "text": " "}


def export(document: Document, options: ExportOptions) -> bytes:
    """Keys in alphabetical order and Chinese unescaped, as in the answers of the service.

    What only we know of a row (its id, the speaker's name, its marks) is among its additions.
    """
    answer = _make_answer(document)
    return (json.dumps(answer, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode(errors="replace")


def _make_answer(document: Document) -> dict[str, Any]:
    rows = [row for row in document.utterances if row.text.strip()]
    duration_ms = document.duration_ms or _find_duration_ms(document.raw)
    result: dict[str, Any] = {
        "additions": {**_find_additions(document.raw), "duration": str(duration_ms)},
        "text": reduce(join, (row.text for row in rows), ""),
    }
    if rows:  # the engine omits the key for silence
        result["utterances"] = [_make_utterance(row) for row in rows]
    return {"audio_info": {"duration": duration_ms}, "result": result}


def _find_additions(raw: Mapping[str, Any]) -> dict[str, Any]:
    additions = _find_object(raw, "result").get("additions")
    return dict(additions) if isinstance(additions, Mapping) else {}


def _find_duration_ms(raw: Mapping[str, Any]) -> int:
    duration = _find_object(raw, "audio_info").get("duration")
    return duration if isinstance(duration, int) else 0


def _find_object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object of an answer, which may be the only item of a list."""
    part = raw.get(name)
    if isinstance(part, list) and part:
        part = part[0]
    return part if isinstance(part, Mapping) else {}


def _make_utterance(row: DocumentRow) -> dict[str, Any]:
    own = {*SPEAKER_KEYS, *CHANNEL_KEYS}
    additions = {name: value for name, value in row.additions.items() if name not in own}
    if row.speaker_label:
        additions["speaker"] = row.speaker_label
    if row.channel:
        additions["channel_id"] = row.channel
    if row.id:
        additions["id"] = row.id
    if row.speaker:
        additions["speaker_name"] = row.speaker
    additions |= {mark: "true" for mark in ("verified", "flagged") if getattr(row, mark)}
    return {
        "additions": additions,
        "end_time": row.end_ms,
        "start_time": row.start_ms,
        "text": row.text,
        "words": _make_words(row.text, row.words),
    }


def _make_words(text: str, words: Sequence[Word]) -> list[dict[str, Any]]:
    """The words, with a space token wherever the text has white space between two of them."""
    objects: list[dict[str, Any]] = []
    end = 0
    for word in words:
        at = text.find(word.text, end)
        if at >= 0:
            if objects and any(char.isspace() for char in text[end:at]):
                objects.append(dict(_SPACE))
            end = at + len(word.text)
        objects.append({"confidence": 0, "end_time": word.end_ms, "start_time": word.start_ms, "text": word.text})
    return objects
