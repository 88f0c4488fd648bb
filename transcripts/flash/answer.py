"""The answer of the flash API as frozen objects, made tolerant of all that was seen in the wild.

Seen: `result` and `audio_info` as lists, no `utterances`, no `words`, times left out where they are zero,
times of -1 on what has no time (spaces, punctuation), numbers as strings, empty utterances, `speaker` beside
`additions`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.text.joining import join
from transcripts.text.tokens import Word

MAX_TIME_MS = 2**31 - 1  # What databases hold; 24 days.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AnswerUtterance:
    """A row of the answer. Its words are in order and lie within it; `speaker` and `channel` may be empty."""

    text: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...]
    speaker: str
    channel: str
    additions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `raw` is the parsed body, less what no database stores (NUL, lone surrogates, NaN)."""

    text: str
    duration_ms: int
    utterances: tuple[AnswerUtterance, ...]
    additions: Mapping[str, str]
    raw: dict[str, Any]


def parse_answer(body: bytes | dict[str, Any]) -> Answer:
    """Read an answer's body; raises `FlashError` of kind MALFORMED where it has no result at all.

    Utterances come in the order of their times. A text without utterances becomes one.
    """
    raw = _load_json(body) if isinstance(body, bytes) else body
    result = _find_object(raw.get("result"))
    if result is None:
        raise FlashError(ErrorKind.MALFORMED, "The answer has no result.")
    additions = _parse_additions(result)
    utterances = tuple(sorted(_parse_utterances(result), key=lambda utterance: utterance.start_ms))
    text = _clean_text(result.get("text")) or reduce(join, (utterance.text for utterance in utterances), "")
    duration_ms = _find_duration_ms(raw, additions) or max((u.end_ms for u in utterances), default=0)
    if text and not utterances:
        utterances = (AnswerUtterance(text, 0, duration_ms, (), "", "", {}),)
    return Answer(text, duration_ms, utterances, additions, raw)


def parse_silent_answer(body: bytes | dict[str, Any]) -> Answer:
    """The answer to a silent recording, whose body may be empty or `{}`: no text and no utterances."""
    try:
        raw = _load_json(body) if isinstance(body, bytes) else body
    except FlashError:
        raw = {}
    additions = _parse_additions(_find_object(raw.get("result")) or {})
    return Answer("", _find_duration_ms(raw, additions), (), additions, raw)


def _load_json(body: bytes) -> dict[str, Any]:
    try:
        raw: object = json.loads(body.decode("utf-8-sig"), parse_constant=lambda _: None, parse_float=_parse_float)
        # Only escapes can bring in what can't be stored, so that nearly every answer is spared the walk.
        if re.search(rb"\\u(0000|d[89a-f])", body, re.IGNORECASE):
            raw = _clean_value(raw)
    except (ValueError, RecursionError):
        raise FlashError(ErrorKind.MALFORMED, "The answer is not valid JSON.") from None
    if not isinstance(raw, dict):
        raise FlashError(ErrorKind.MALFORMED, "The answer is not a JSON object.")
    return raw


def _parse_float(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [_clean_value(item) for item in value]
    if isinstance(value, dict):
        return {_clean_value(key): _clean_value(item) for key, item in value.items()}
    return value


def _find_object(value: object) -> dict[str, Any] | None:
    """The object, or the first one of a list: the documentation says list, every sample has an object."""
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), None)
    return value if isinstance(value, dict) else None


def _list_objects(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _clean_text(value: object) -> str:
    if isinstance(value, bool | None):
        return ""
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _parse_additions(parent: Mapping[str, Any]) -> dict[str, str]:
    additions = {}
    for key, value in (_find_object(parent.get("additions")) or {}).items():
        if isinstance(value, str):
            additions[key] = value
        elif value is not None:
            additions[key] = json.dumps(value, ensure_ascii=False)
    return additions


def _find_duration_ms(raw: Mapping[str, Any], additions: Mapping[str, str]) -> int:
    claimed = _parse_time_ms(_find_object(raw.get("audio_info")) or {}, "duration") or _parse_time_ms(
        additions, "duration"
    )
    return claimed or 0


def _parse_time_ms(parent: Mapping[str, Any], name: str) -> int | None:
    """A time that may be a string or a float; None where it is absent, negative (not timed) or no number."""
    value = parent.get(name)
    if type(value) is not int:
        if not isinstance(value, str | float):
            return None
        try:
            value = round(float(value))
        except (ValueError, OverflowError):
            return None
    return value if 0 <= value <= MAX_TIME_MS else None


def _parse_span(parent: Mapping[str, Any]) -> tuple[int, int] | None:
    """Start and end; None for what has no time. Of a pair, a missing one is zero, as Go leaves zeros out."""
    start, end = _parse_time_ms(parent, "start_time"), _parse_time_ms(parent, "end_time")
    if (start is None and end is None) or (start is None and "start_time" in parent):
        return None
    return start or 0, max(start or 0, end or 0)


def _parse_utterances(result: Mapping[str, Any]) -> Iterator[AnswerUtterance]:
    previous_end = 0
    for item in _list_objects(result.get("utterances")):
        words = _parse_words(item)
        text = _clean_text(item.get("text")) or _join_words(item)
        if not text:
            continue
        start, end = _parse_span(item) or (words[0].start_ms if words else previous_end, 0)
        if words:
            start, end = min(start, words[0].start_ms), max(end, max(word.end_ms for word in words))
        previous_end = max(start, end)
        additions = _parse_additions(item)
        speaker = _find_label(item, additions, "speaker", "speaker_id")
        channel = _find_label(item, additions, "channel_id", "channel")
        yield AnswerUtterance(text, start, previous_end, words, speaker, channel, additions)


def _join_words(utterance: Mapping[str, Any]) -> str:
    """The text by its words, the untimed spaces and signs among them."""
    texts = (word.get("text") for word in _list_objects(utterance.get("words")))
    return "".join(text for text in texts if isinstance(text, str)).strip()


def _parse_words(utterance: Mapping[str, Any]) -> tuple[Word, ...]:
    """The timed words, in the order of the text: a time that runs backwards is held at the word before."""
    words: list[Word] = []
    for item in _list_objects(utterance.get("words")):
        text, span = _clean_text(item.get("text")), _parse_span(item)
        if not text or span is None:
            continue
        word = Word(text, *span)
        if words and word.start_ms < words[-1].start_ms:
            start = words[-1].start_ms
            word = replace(word, start_ms=start, end_ms=max(start, word.end_ms))
        words.append(word)
    return tuple(words)


def _find_label(utterance: Mapping[str, Any], additions: Mapping[str, str], *names: str) -> str:
    for name in names:
        if label := _clean_text(additions.get(name)) or _clean_text(utterance.get(name)):
            return label
    return ""
