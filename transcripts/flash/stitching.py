"""One recognition made of those of the parts of a recording that was too long to send whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from transcripts.flash.answer import Answer, AnswerUtterance
from transcripts.flash.codes import SILENCE, SUCCESS
from transcripts.flash.reply import Recognition
from transcripts.text.joining import join


@dataclass(frozen=True, slots=True)
class RecognisedPart:
    """The recognition of the stretch of the recording that begins at `start_ms`."""

    start_ms: int
    end_ms: int
    recognition: Recognition


def stitch_recognitions(parts: Sequence[RecognisedPart], *, seconds: float) -> Recognition:
    """The recognition of the whole, which took `seconds`: silence if every part is silent, and all logids."""
    recognitions = [part.recognition for part in parts]
    return Recognition(
        code=SILENCE if all(each.code == SILENCE for each in recognitions) else SUCCESS,
        message=recognitions[0].message,
        logid=", ".join(each.logid for each in recognitions),
        request_id=recognitions[0].request_id,
        seconds=seconds,
        answer=_stitch_answers(parts),
    )


def _stitch_answers(parts: Sequence[RecognisedPart]) -> Answer:
    """Every time is that of its part plus the part's start, to the millisecond.

    Speakers are told apart within a part only, so that speaker 1 of part 2 becomes `2-1`. `raw` has the shape of
    one answer of the service.
    """
    utterances = tuple(
        _move_utterance(utterance, part.start_ms, number)
        for number, part in enumerate(parts, start=1)
        for utterance in part.recognition.answer.utterances
    )
    text = reduce(join, (part.recognition.answer.text for part in parts), "")
    duration_ms = max((part.end_ms for part in parts), default=0)
    additions = {"duration": str(duration_ms)}
    raw = {
        "audio_info": {"duration": duration_ms},
        "result": {
            "additions": dict(additions),
            "text": text,
            "utterances": [_format_utterance(utterance) for utterance in utterances],
        },
    }
    return Answer(text, duration_ms, utterances, additions, raw)


def _move_utterance(utterance: AnswerUtterance, by_ms: int, part: int) -> AnswerUtterance:
    speaker = f"{part}-{utterance.speaker}" if utterance.speaker else ""
    own = {"speaker": speaker, "channel_id": utterance.channel}
    return replace(
        utterance,
        start_ms=utterance.start_ms + by_ms,
        end_ms=utterance.end_ms + by_ms,
        words=tuple(
            replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms) for word in utterance.words
        ),
        speaker=speaker,
        additions={**utterance.additions, **{name: label for name, label in own.items() if label}},
    )


def _format_utterance(utterance: AnswerUtterance) -> dict[str, Any]:
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
