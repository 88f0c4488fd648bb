"""The answer of the flash API as frozen objects, tolerant of everything seen in the wild.

Seen: `result` and `audio_info` as lists, `result` as a list of several, `audio_info` inside `result`, `additions` as a
string of JSON, no `utterances`, no `words`, times left out where they are zero, times of -1 on what has no time
(spaces, punctuation), numbers as strings, empty utterances, a speaker beside `additions` or on the words, labels such
as `spk_0`, a channel of a mono recording, single bytes that are not UTF-8.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby, pairwise
from typing import Any

from transcripts.flash.codes import SILENCE
from transcripts.flash.errors import ErrorKind, FlashError
from transcripts.text.joining import join
from transcripts.text.tokens import Word

MAX_TIME_MS = 2**31 - 1  # What databases hold; 24 days.
_MAX_DIGITS = 18
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_NUMBERED_LABEL = re.compile(r"(?:spk|spkr|speaker)[ _-]?([0-9]{1,9})", re.IGNORECASE)
SPEAKER_KEYS = ("speaker", "speaker_id", "spk", "spk_id")
_OPENING_MARKS = "“‘\"'（(《〈「『【[<¿¡"
CHANNEL_KEYS = ("channel_id", "channel")


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


def read_answer(code: str, body: bytes | dict[str, Any]) -> Answer:
    """Read the body that came with `code`; pure, so that it can be repeated. Raises `FlashError` of kind MALFORMED."""
    return parse_silent_answer(body) if code == SILENCE else parse_answer(body)


def parse_answer(body: bytes | dict[str, Any]) -> Answer:
    """Read an answer's body; raises `FlashError` of kind MALFORMED where it has no result at all.

    Utterances come in the order of their times. A text without utterances becomes one. A speaker's label belongs to
    its channel: where two channels use the same one, it is `channel.label`.
    """
    raw = _load_json(body) if isinstance(body, bytes) else body
    results = _list_objects(raw.get("result"))
    if not results:
        raise FlashError(ErrorKind.MALFORMED, "The answer contains no result.")
    additions = _merge_additions(results)
    duration_ms = _find_duration_ms(raw, results, additions)
    utterances = _parse_results(results, duration_ms)
    text = _join_texts(results) or reduce(join, (utterance.text for utterance in utterances), "")
    duration_ms = duration_ms or max((utterance.end_ms for utterance in utterances), default=0)
    return Answer(text, duration_ms, utterances, additions, raw)


def parse_silent_answer(body: bytes | dict[str, Any]) -> Answer:
    """The answer to a silent recording, whose body may be empty or `{}`: no text and no utterances."""
    try:
        raw = _load_json(body) if isinstance(body, bytes) else body
    except FlashError:
        raw = {}
    results = _list_objects(raw.get("result"))
    additions = _merge_additions(results)
    return Answer("", _find_duration_ms(raw, results, additions), (), additions, raw)


def _load_json(body: bytes) -> dict[str, Any]:
    """The object in the body; an invalid byte costs one character, and anything after the object is ignored."""
    utf16 = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = body.decode("utf-16" if utf16 else "utf-8-sig", "replace").lstrip()
    try:
        raw, _end = _DECODER.raw_decode(text)
        # Few answers hold what can't be stored, so that most are spared the walk.
        if "\x00" in text or re.search(r"\\u(0000|d[89a-f])", text, re.IGNORECASE):
            raw = _clean_value(raw)
    except (ValueError, RecursionError):
        raise FlashError(ErrorKind.MALFORMED, "The answer is not valid JSON.") from None
    if not isinstance(raw, dict):
        raise FlashError(ErrorKind.MALFORMED, "The answer is not a JSON object.")
    return raw


def _parse_float(number: str) -> float | None:
    value = float(number)
    return value if math.isfinite(value) else None


def _parse_int(number: str) -> int | None:
    return int(number) if len(number) <= _MAX_DIGITS else None


_DECODER = json.JSONDecoder(
    strict=False, parse_constant=lambda _name: None, parse_float=_parse_float, parse_int=_parse_int
)


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [_clean_value(item) for item in value]
    if isinstance(value, dict):
        return {_clean_value(key): _clean_value(item) for key, item in value.items()}
    return value


def _list_objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list, of a single object, or of a string that holds either as JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = _clean_value(_DECODER.decode(value))
        except (ValueError, RecursionError):
            return []
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _find_object(value: object) -> dict[str, Any]:
    return next(iter(_list_objects(value)), {})


def _clean_text(value: object) -> str:
    if isinstance(value, bool | None):
        return ""
    try:
        return str(value).strip() if isinstance(value, str | int | float) else ""
    except ValueError:  # more digits than Python converts
        return ""


def _parse_additions(parent: Mapping[str, Any]) -> dict[str, str]:
    additions = {}
    for key, value in _find_object(parent.get("additions")).items():
        if isinstance(value, str):
            additions[key] = value
        elif value is not None:
            try:
                additions[key] = json.dumps(value, ensure_ascii=False)
            except (ValueError, RecursionError):
                continue
    return additions


def _merge_additions(results: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {key: value for result in reversed(results) for key, value in _parse_additions(result).items()}


def _find_duration_ms(
    raw: Mapping[str, Any], results: Sequence[Mapping[str, Any]], additions: Mapping[str, str]
) -> int:
    infos = [_find_object(parent.get("audio_info")) for parent in (raw, *results)]
    claims = (_parse_time_ms(parent, "duration") for parent in (*infos, additions))
    return next((claim for claim in claims if claim), 0)


def _parse_time_ms(parent: Mapping[str, Any], name: str) -> int | None:
    """A time that may be a string or a float; None if it is absent, negative (not timed) or not a number."""
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


@dataclass(slots=True)
class _Draft:
    """An utterance whose time may still be unknown."""

    utterance: AnswerUtterance
    timed: bool


def _parse_results(results: Sequence[Mapping[str, Any]], duration_ms: int) -> tuple[AnswerUtterance, ...]:
    drafts: list[_Draft] = []
    for result in results:
        parsed = [draft for item in _list_utterances(result) for draft in _parse_utterance(item)]
        if not parsed and (text := _clean_text(result.get("text"))):
            parsed = [_Draft(AnswerUtterance(text, 0, 0, (), "", "", {}), timed=False)]
        drafts += parsed
    utterances = sorted(_share_times(drafts, duration_ms), key=lambda utterance: utterance.start_ms)
    return tuple(_separate_channels(utterances))


def _join_texts(results: Sequence[Mapping[str, Any]]) -> str:
    """The texts of the results; if only some have one, the others' come from their utterances."""
    texts = [_clean_text(result.get("text")) for result in results]
    if not any(texts):
        return ""
    rows = ([_find_text(item) for item in _list_utterances(result)] for result in results)
    return reduce(join, (text or reduce(join, row, "") for text, row in zip(texts, rows, strict=True)), "")


def _find_text(utterance: Mapping[str, Any]) -> str:
    return _clean_text(utterance.get("text")) or _join_words(utterance)


def _list_utterances(result: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The utterances; a plain string counts as one, too."""
    value = result.get("utterances")
    if not isinstance(value, list):
        yield from _list_objects(value)
        return
    for item in value:
        if isinstance(item, dict):
            yield item
        elif isinstance(item, str):
            yield {"text": item}


def _parse_utterance(item: Mapping[str, Any]) -> Iterator[_Draft]:
    """One draft; several if only the words have speakers and these differ; none without a text."""
    text = _find_text(item)
    if not text:
        return
    additions = _parse_additions(item)
    channel = _find_label(item, additions, CHANNEL_KEYS)
    speaker = _number_label(_find_label(item, additions, SPEAKER_KEYS))
    turns = [(speaker, text, _list_objects(item.get("words")))] if speaker else _split_turns(item, text)
    span = _parse_span(item)
    for number, (speaker, text, items) in enumerate(turns, start=1):
        words = _parse_words(items)
        spans = [(word.start_ms, word.end_ms) for word in words]
        if span is not None and (words or len(turns) == 1):
            first, last = number == 1, number == len(turns)
            spans.append((span[0] if first else words[0].start_ms, span[1] if last else words[-1].end_ms))
        start_ms = min((start for start, _end in spans), default=0)
        end_ms = max((end for _start, end in spans), default=0)
        utterance = AnswerUtterance(text, start_ms, end_ms, words, speaker, channel, additions)
        yield _Draft(utterance, timed=bool(spans))


def _split_turns(item: Mapping[str, Any], text: str) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """Speaker, text and words of each turn if the words have speakers; else a single turn without one.

    If a word is not in the text, the text stays whole and belongs to the speaker of most words.
    """
    words = _list_objects(item.get("words"))
    speakers: list[str] = []
    for word in words:
        own = _number_label(_find_label(word, _parse_additions(word), SPEAKER_KEYS))
        speakers.append(own or (speakers[-1] if speakers else ""))
    first = next((speaker for speaker in speakers if speaker), "")
    speakers = [speaker or first for speaker in speakers]
    runs = [list(run) for _speaker, run in groupby(range(len(words)), key=speakers.__getitem__)]
    texts = [_clean_text(word.get("text")) for word in words]
    cuts = _find_cuts(text, texts, {run[0] for run in runs[1:]}) if len(runs) > 1 else None
    if cuts is None:
        most = Counter(speakers).most_common(1)
        return [(most[0][0] if most else "", text, words)]
    said = [text[start:end].strip() for start, end in pairwise([0, *cuts, len(text)])]
    turns = [(speakers[run[0]], part, words[run[0] : run[-1] + 1]) for run, part in zip(runs, said, strict=True)]
    return [turn for turn in turns if turn[1]]


def _find_cuts(text: str, words: Sequence[str], starts: set[int]) -> list[int] | None:
    """The offsets in the text of the words with these numbers, including opening marks before them."""
    cuts, end = [], 0
    for number, word in enumerate(words):
        at = text.find(word, end)
        if at < 0:
            return None
        cut = at
        while cut > end and text[cut - 1] in _OPENING_MARKS:
            cut -= 1
        if number in starts:
            cuts.append(cut)
        end = at + len(word)
    return cuts


def _join_words(utterance: Mapping[str, Any]) -> str:
    """The text made of the words, including untimed spaces and signs."""
    texts = (word.get("text") for word in _list_objects(utterance.get("words")))
    return "".join(text for text in texts if isinstance(text, str)).strip()


def _parse_words(items: Sequence[Mapping[str, Any]]) -> tuple[Word, ...]:
    """The timed words, in the order of the text: a time that runs backwards becomes that of the word before."""
    words: list[Word] = []
    for item in items:
        text, span = _clean_text(item.get("text")), _parse_span(item)
        if not text or span is None:
            continue
        word = Word(text, *span)
        if words and word.start_ms < words[-1].start_ms:
            start = words[-1].start_ms
            word = replace(word, start_ms=start, end_ms=max(start, word.end_ms))
        words.append(word)
    return tuple(words)


def _share_times(drafts: Sequence[_Draft], duration_ms: int) -> Iterator[AnswerUtterance]:
    """Utterances without times share the gap between their neighbours in proportion to their texts."""
    last_ms = 0
    for timed, run in groupby(enumerate(drafts), key=lambda pair: pair[1].timed):
        members = list(run)
        if timed:
            for _number, draft in members:
                last_ms = max(last_ms, draft.utterance.end_ms)
                yield draft.utterance
            continue
        after = members[-1][0] + 1
        until_ms = drafts[after].utterance.start_ms if after < len(drafts) else duration_ms
        gap_ms, letters = max(0, until_ms - last_ms), sum(len(draft.utterance.text) for _number, draft in members)
        before, from_ms = 0, last_ms
        for _number, draft in members:
            start_ms = from_ms + gap_ms * before // letters
            before += len(draft.utterance.text)
            last_ms = from_ms + gap_ms * before // letters
            yield replace(draft.utterance, start_ms=start_ms, end_ms=last_ms)


def _separate_channels(utterances: Sequence[AnswerUtterance]) -> Iterator[AnswerUtterance]:
    """Speakers of two channels are two people: ambiguous labels get the channel as a prefix."""
    channels: dict[str, set[str]] = {}
    for utterance in utterances:
        channels.setdefault(utterance.speaker, set()).add(utterance.channel)
    ambiguous = any(speaker and len(of_speaker) > 1 for speaker, of_speaker in channels.items())
    for utterance in utterances:
        if ambiguous and utterance.speaker and utterance.channel:
            yield replace(utterance, speaker=f"{utterance.channel}.{utterance.speaker}")
        else:
            yield utterance


def _find_label(parent: Mapping[str, Any], additions: Mapping[str, str], names: Sequence[str]) -> str:
    for name in names:
        if label := _clean_text(additions.get(name)) or _clean_text(parent.get(name)):
            return label
    return ""


def _number_label(label: str) -> str:
    """`spk_0` and `speaker_00` as a plain number, as the service writes it elsewhere."""
    numbered = _NUMBERED_LABEL.fullmatch(label)
    return str(int(numbered[1])) if numbered else label
