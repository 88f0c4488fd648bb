"""The flash answer's own shape, with the corrected texts and words in place of the engine's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from transcripts.exports.document import Document, DocumentRow
from transcripts.exports.options import ExportOptions
from transcripts.flash.answer import CHANNEL_KEYS, SPEAKER_KEYS
from transcripts.text.joining import join_all
from transcripts.text.tokens import Word

_END = "\n  }\n}"
_WORD = """\
          {
            "confidence": 0,
            "end_time": %d,
            "start_time": %d,
            "text": %s
          }"""
_SPACE = _WORD % (-1, -1, '" "')
"""How the engine writes a space between words: a token without a time."""
_quote = json.JSONEncoder(ensure_ascii=False).encode


def export(document: Document, options: ExportOptions) -> bytes:
    """Keys in alphabetical order and Chinese unescaped, as in the answers of the service.

    What only we know of a row (its id, the speaker's name, its marks) is among its additions.
    """
    rows = [row for row in document.utterances if row.text.strip()]
    duration_ms = document.duration_ms or _find_duration_ms(document.raw)
    result = {
        "additions": {**_find_additions(document.raw), "duration": str(duration_ms)},
        "text": join_all(row.text for row in rows),
    }
    answer = _dump({"audio_info": {"duration": duration_ms}, "result": result})
    if rows:  # the engine omits the key for silence
        # The last key of the last object: to leave the many words to the library would take ten times as long.
        utterances = ",\n".join(map(_write_utterance, rows))
        answer = f'{answer.removesuffix(_END)},\n    "utterances": [\n{utterances}\n    ]{_END}'
    return f"{answer}\n".encode(errors="replace")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)


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


def _write_utterance(row: DocumentRow) -> str:
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
    about = _dump({"additions": additions, "end_time": row.end_ms, "start_time": row.start_ms, "text": row.text})
    words = ",\n".join(_write_words(row.text, row.words))
    words = f"[\n{words}\n        ]" if words else "[]"
    indented = about.removesuffix("\n}").replace("\n", "\n      ")
    return f'      {indented},\n        "words": {words}\n      }}'


def _write_words(text: str, words: Sequence[Word]) -> Iterator[str]:
    """The words, with a space token wherever the text has white space between two of them."""
    end = 0
    for number, word in enumerate(words):
        at = text.find(word.text, end)
        if at >= 0:
            if number and at > end and any(char.isspace() for char in text[end:at]):
                yield _SPACE
            end = at + len(word.text)
        yield _WORD % (word.end_ms, word.start_ms, _quote(word.text))
