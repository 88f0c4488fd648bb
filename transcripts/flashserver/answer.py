"""The body of a successful answer, in the shape of the official samples."""

from __future__ import annotations

from collections.abc import Sequence

from transcripts.flashserver.recognizer import TimedUtterance

Json = dict[str, object]


def make_answer_body(
    duration_ms: int, utterances: Sequence[tuple[TimedUtterance, dict[str, str]]], *, show: bool
) -> Json:
    """`utterances` come with their `additions`. The list is omitted for silence and without `show`."""
    result: Json = {
        "additions": {"duration": str(duration_ms)},
        "text": join_texts([utterance.text for utterance, _ in utterances]),
    }
    if show and utterances:
        result["utterances"] = [_format_utterance(utterance, additions) for utterance, additions in utterances]
    return {"audio_info": {"duration": duration_ms}, "result": result}


def join_texts(texts: Sequence[str]) -> str:
    """Chinese sentences are joined directly, English ones with a space."""
    joined = ""
    for text in texts:
        closely = not joined or not (joined[-1].isascii() and text[:1].isascii())
        joined += text if closely else f" {text}"
    return joined


def _format_utterance(utterance: TimedUtterance, additions: dict[str, str]) -> Json:
    shown: Json = {
        "end_time": utterance.end_ms,
        "start_time": utterance.start_ms,
        "text": utterance.text,
        "words": [
            {"confidence": 0, "end_time": word.end_ms, "start_time": word.start_ms, "text": word.text}
            for word in utterance.words
        ],
    }
    return {"additions": additions, **shown} if additions else shown
