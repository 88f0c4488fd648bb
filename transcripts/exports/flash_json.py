"""The flash answer's own shape, with the corrected texts and words in place of the engine's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from transcripts.exports.document import Document, Line
from transcripts.exports.options import ExportOptions
from transcripts.text.joining import join
from transcripts.text.tokens import Word

# How the engine writes a space between words: a token without a time.
_SPACE = {"confidence": 0, "end_time": -1, "start_time": -1, "text": " "}


def export(document: Document, options: ExportOptions) -> bytes:
    """Keys in alphabetical order and Chinese unescaped, as in the answers of the service.

    What only we know of a row (its id, the speaker's name, its marks) stands among its additions.
    """
    answer = _answer(document)
    return (json.dumps(answer, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode(errors="replace")


def _answer(document: Document) -> dict[str, Any]:
    rows = [line for line in document.utterances if line.text.strip()]
    duration_ms = document.duration_ms or _raw_duration_ms(document.raw)
    result: dict[str, Any] = {
        "additions": {**_raw_additions(document.raw), "duration": str(duration_ms)},
        "text": reduce(join, (line.text for line in rows), ""),
    }
    if rows:  # the engine leaves the key out where nobody speaks
        result["utterances"] = [_utterance(line) for line in rows]
    return {"audio_info": {"duration": duration_ms}, "result": result}


def _raw_additions(raw: Mapping[str, Any]) -> dict[str, Any]:
    additions = _part(raw, "result").get("additions")
    return dict(additions) if isinstance(additions, Mapping) else {}


def _raw_duration_ms(raw: Mapping[str, Any]) -> int:
    duration = _part(raw, "audio_info").get("duration")
    return duration if isinstance(duration, int) else 0


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of an answer, which may stand in a list of one."""
    part = raw.get(name)
    if isinstance(part, list) and part:
        part = part[0]
    return part if isinstance(part, Mapping) else {}


def _utterance(line: Line) -> dict[str, Any]:
    additions = {name: value for name, value in line.additions.items() if name not in ("speaker", "channel_id")}
    if line.speaker_label:
        additions["speaker"] = line.speaker_label
    if line.channel:
        additions["channel_id"] = line.channel
    if line.id:
        additions["id"] = line.id
    if line.speaker:
        additions["speaker_name"] = line.speaker
    additions |= {mark: "true" for mark in ("verified", "flagged") if getattr(line, mark)}
    return {
        "additions": additions,
        "end_time": line.end_ms,
        "start_time": line.start_ms,
        "text": line.text,
        "words": _words(line.text, line.words),
    }


def _words(text: str, words: Sequence[Word]) -> list[dict[str, Any]]:
    """The words with a space token wherever the text has white space between two of them."""
    found: list[dict[str, Any]] = []
    end = 0
    for word in words:
        at = text.find(word.text, end)
        if at >= 0:
            if found and any(char.isspace() for char in text[end:at]):
                found.append(dict(_SPACE))
            end = at + len(word.text)
        found.append({"confidence": 0, "end_time": word.end_ms, "start_time": word.start_ms, "text": word.text})
    return found
