"""From a checked request to the body of its answer: decode, recognise channel by channel, word the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from transcripts.flash.codes import BAD_URL, INTERNAL, SILENCE, SUCCESS
from transcripts.flashserver.answer import make_answer_body
from transcripts.flashserver.protocol import FlashRequest, Refusal
from transcripts.flashserver.recognizer import RATE_HZ, RecognizerOptions
from transcripts.flashserver.sound import decode_sound, download_audio

if TYPE_CHECKING:
    from transcripts.flashserver.recognizer import Recognizer

VAD_PAUSE_MS = 800  # of `vad_segment` where no `end_window_size` is given; the documentation advises it


def recognise_request(
    request: FlashRequest, recognizer: Recognizer | None, *, allow_urls: bool, gone: Callable[[], bool]
) -> tuple[str, str, dict[str, object]]:
    """Status code, message and body. Raises `Refusal`.

    Speakers are not distinguished: if asked for, everybody is speaker "1" of the channel. Numbers are
    written as the recognizer writes them, whatever `enable_itn` says.
    """
    samples = decode_sound(request, _fetch_audio(request, allow_urls), gone)
    if recognizer is None:
        raise Refusal(INTERNAL, "this server has no recognizer")
    pause_ms = request.end_window_size or (VAD_PAUSE_MS if request.vad_segment else None)
    options = RecognizerOptions(
        language="" if request.enable_auto_lang else request.language,
        any_language=request.enable_auto_lang,
        punctuation=request.enable_punc,
        hot_words=request.hot_words,
        pause_ms=pause_ms,
    )
    recognised = []
    for number, channel in enumerate(samples, 1):
        additions = {"channel_id": str(number)} if request.enable_channel_split else {}
        if request.enable_speaker_info:
            additions["speaker"] = "1"
        recognised += [(utterance, additions) for utterance in recognizer.recognise(channel, options, gone)]
    recognised.sort(key=lambda pair: pair[0].start_ms)
    body = make_answer_body(round(samples.shape[1] * 1000 / RATE_HZ), recognised, show=request.show_utterances)
    if not recognised:
        return SILENCE, "[Normal silence audio] no valid speech in audio", body
    return SUCCESS, "OK", body


def _fetch_audio(request: FlashRequest, allow_urls: bool) -> bytes:
    if not request.url:
        return request.data
    if not allow_urls:
        raise Refusal(BAD_URL, "Invalid audio URI: audio download failed, this server downloads nothing")
    return download_audio(request.url)
