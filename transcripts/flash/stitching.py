"""One answer out of the answers to the parts of a recording that was too long to be sent whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from transcripts.flash.answer import Answer, AnswerUtterance
from transcripts.text.joining import join


@dataclass(frozen=True, slots=True)
class AnsweredPart:
    """The answer to the stretch of the recording that begins at `start_ms`."""

    start_ms: int
    end_ms: int
    answer: Answer


def stitch(parts: Sequence[AnsweredPart]) -> Answer:
    """The answer to the whole: every time is that of its part plus the part's start, to the millisecond.

    Voices are told apart within a part only, so that voice 1 of part 2 becomes `2-1`. `raw` has the shape of one
    answer of the service.
    """
    utterances = tuple(
        _moved(utterance, part.start_ms, number)
        for number, part in enumerate(parts, start=1)
        for utterance in part.answer.utterances
    )
    text = reduce(join, (part.answer.text for part in parts), "")
    duration_ms = max((part.end_ms for part in parts), default=0)
    additions = {"duration": str(duration_ms)}
    raw = {
        "audio_info": {"duration": duration_ms},
        "result": {
            "additions": dict(additions),
            "text": text,
            "utterances": [_raw(utterance) for utterance in utterances],
        },
    }
    return Answer(text, duration_ms, utterances, additions, raw)


def _moved(utterance: AnswerUtterance, by_ms: int, part: int) -> AnswerUtterance:
    speaker = f"{part}-{utterance.speaker}" if utterance.speaker else ""
    return replace(
        utterance,
        start_ms=utterance.start_ms + by_ms,
        end_ms=utterance.end_ms + by_ms,
        words=tuple(
            replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms) for word in utterance.words
        ),
        speaker=speaker,
        additions={**utterance.additions, "speaker": speaker} if speaker else utterance.additions,
    )


def _raw(utterance: AnswerUtterance) -> dict[str, Any]:
    return {
        "additions": dict(utterance.additions),
        "end_time": utterance.end_ms,
        "start_time": utterance.start_ms,
        "text": utterance.text,
        "words": [
            {"confidence": 0, "end_time": word.end_ms, "start_time": word.start_ms, "text": word.text}
            for word in utterance.words
        ],
    }
