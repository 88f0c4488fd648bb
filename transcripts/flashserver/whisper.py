"""The embedded recogniser: Whisper by faster-whisper, on the processor, without a network."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy

from transcripts.flashserver.model import ModelError, embedded_model
from transcripts.flashserver.recognizer import RATE_HZ, Options, Samples, Utterance
from transcripts.flashserver.shaping import Heard, converted, shape
from transcripts.flashserver.timing import PIECE_S, LoudFrames, Span, loud_frames, pieces, tighten, unheard

# With no language asked for, the service knows Mandarin, English and dialects; any other has to be this sure.
_SURE = 0.7
_NAMES = {"fil-PH": "tl", "yue-CN": "zh"}  # where Whisper's name is not the first part of the tag
_HOT_WORD_CHARACTERS = 400  # Whisper's prompt has room for some 200 tokens
_TURN_SECONDS = 1.0
_BLOCK_S = 600  # speech is looked for in blocks of this length: the search takes several times their memory
_SPEECH = {
    "min_silence_duration_ms": 300,
    "speech_pad_ms": 200,
    "max_speech_duration_s": PIECE_S,
}
# What opencc leaves, since it is also a word of its own: the particle of "looking at" and its like.
_PARTICLE = re.compile("(?<![显名原编论土巨专译合])著(?![名作者称述书])")


Result = TypeVar("Result")


class Whisper:
    """Loads the model at the first recognition. Requests share it piece by piece: a short one never waits long.

    `folder` is that of any faster-whisper model; without it the embedded one is used, joined below `cache`.
    """

    def __init__(self, *, cache: Path, folder: Path | None = None) -> None:
        self._cache = cache
        self._folder = folder
        self._turn = threading.Lock()
        self._model: Any = None

    def recognize(self, samples: Samples, options: Options, gone: Callable[[], bool]) -> list[Utterance]:
        """See `Recognizer`. Raises `ModelError` where the model or its engine is missing or damaged."""
        speech: list[Span] = []
        for at in range(0, len(samples), _BLOCK_S * RATE_HZ):
            block = samples[at : at + _BLOCK_S * RATE_HZ]
            speech += self._in_turn(gone, lambda block=block, at=at: self._speech(block, at / RATE_HZ)) or []  # type: ignore[misc]
        segments: list[list[Heard]] = []
        waiting = pieces(speech)
        while waiting:
            piece = waiting.pop()
            sound = samples[round(piece[0] * RATE_HZ) : round(piece[1] * RATE_HZ)]
            heard = self._in_turn(gone, lambda sound=sound: self._hear(sound, options))  # type: ignore[misc]
            if heard is None:
                break
            loud = loud_frames(sound)
            timed = [[_held(word, loud, piece[0]) for word in segment] for segment in heard if segment]
            segments += timed
            if timed:
                waiting += unheard(speech, piece, [(word.start, word.end) for segment in timed for word in segment])
        segments.sort(key=lambda segment: segment[0].start)
        return shape(segments, punctuation=options.punctuation, pause_ms=options.pause_ms)

    def _in_turn(self, gone: Callable[[], bool], work: Callable[[], Result]) -> Result | None:
        """Do `work` while nobody else uses the model, or nothing once the client has left."""
        while not self._turn.acquire(timeout=_TURN_SECONDS):
            if gone():
                return None
        try:
            return None if gone() else work()
        finally:
            self._turn.release()

    def _speech(self, samples: Samples, at_s: float) -> list[Span]:
        """Where somebody speaks in a block of sound that begins at `at_s`; silence and noise give nothing."""
        self._load()
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        spans = get_speech_timestamps(samples, VadOptions(**_SPEECH))
        return [(at_s + span["start"] / RATE_HZ, at_s + span["end"] / RATE_HZ) for span in spans]

    def _hear(self, piece: Samples, options: Options) -> list[list[Heard]]:
        """The segments of one piece, in seconds from its beginning."""
        language = self._language(piece, options.language)
        segments, _ = self._model.transcribe(
            piece,
            language=language,
            hotwords=" ".join(options.hot_words)[:_HOT_WORD_CHARACTERS] or None,
            word_timestamps=True,
            condition_on_previous_text=False,  # otherwise one mistake repeats itself from there on
            temperature=(0.0, 0.4, 0.8),
        )
        heard = [[Heard(word.word, word.start, word.end) for word in segment.words or ()] for segment in segments]
        return [converted(segment, _simplified) for segment in heard] if language == "zh" else heard

    def _language(self, piece: Samples, tag: str) -> str:
        """Whisper's name of the language asked for, or of the one heard."""
        known = self._model.supported_languages
        name = _NAMES.get(tag, tag.partition("-")[0])
        if name in known:
            return name
        if len(known) == 1:
            return str(known[0])
        features = self._model.feature_extractor(piece)[..., :-1]  # what `transcribe` will encode: see `_encode_once`
        heard, certainty, chances = self._model.detect_language(features=features)
        if certainty >= _SURE:
            return str(heard)
        chance = dict(chances)
        return "zh" if chance.get("zh", 0) + chance.get("yue", 0) >= chance.get("en", 0) else "en"

    def _load(self) -> None:
        if self._model is not None:
            return
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a wrong folder fails at once instead of asking a hub
        try:
            from faster_whisper import WhisperModel

            folder = self._folder or embedded_model(self._cache)
            self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=_threads())
            self._model.encode = _encode_once(self._model.encode)
        except (ImportError, RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"the speech model cannot be loaded: {error}") from error


def _held(word: Heard, loud: LoudFrames, at_s: float) -> Heard:
    """The word of a piece that begins at `at_s`, held to its sound, in seconds of the whole recording."""
    start, end = tighten((word.start, word.end), loud)
    return Heard(word.text, at_s + start, at_s + end)


def _encode_once(encode: Callable[[Samples], Any]) -> Callable[[Samples], Any]:
    """`encode` with a memory of one: finding out the language and the words encode the same sound, at half the cost."""
    known: list[tuple[Samples, Any]] = []

    def remembered(features: Samples) -> Any:
        if not known or not numpy.array_equal(known[0][0], features):
            known[:] = [(features, encode(features))]
        return known[0][1]

    return remembered


def _threads() -> int:
    """Half of the cores that may be used, four at most: threads that wait for a busy core slow the others down."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cores // 2))


def _simplified(text: str) -> str:
    """Simplified characters: the model writes either kind at random."""
    return _PARTICLE.sub("着", _converter().convert(text))


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
