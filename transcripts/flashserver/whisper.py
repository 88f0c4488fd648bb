"""The embedded recognizer: Whisper by faster-whisper, on the processor, without a network."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy

from transcripts.flash.hot_words import fit_words
from transcripts.flashserver.model import ModelError, install_model
from transcripts.flashserver.recognizer import RATE_HZ, RecognizerOptions, Samples, TimedUtterance
from transcripts.flashserver.shaping import TimedText, convert_segment, shape_utterances
from transcripts.flashserver.timing import (
    CHUNK_S,
    LoudFrames,
    Span,
    find_loud_frames,
    find_missed_speech,
    group_speech,
    tighten_span,
)

# With no language asked for, the service knows Mandarin, English and dialects; any other has to be this sure.
_SURE = 0.7
_NAMES = {"fil-PH": "tl", "yue-CN": "zh"}  # where Whisper's name is not the first part of the tag
_TURN_SECONDS = 1.0
_BLOCK_S = 600  # speech is looked for in blocks of this length: the search takes several times their memory
_SPEECH = {
    "min_silence_duration_ms": 300,
    "speech_pad_ms": 200,
    "max_speech_duration_s": CHUNK_S,
}
# Whisper's own limits for what repeats itself, and for what it is unsure of.
_REPETITIVE = 2.4
_UNSURE = -1.0
_FOUR_TIMES = re.compile(r"(\w{1,12}?)\1{3}")
# What opencc leaves, since it is also a word of its own: the particle of "looking at" and its like.
_PARTICLE = re.compile("(?<![显名原编论土巨专译合])著(?![名作者称述书])")


Result = TypeVar("Result")


class Whisper:
    """Loads the model at the first recognition. Requests take turns by chunks, so that short ones never wait long.

    `folder` is that of any faster-whisper model; without it the embedded one is used, joined below `cache`.
    """

    def __init__(self, *, cache: Path, folder: Path | None = None) -> None:
        self._cache = cache
        self._folder = folder
        self._turn = threading.Lock()
        self._model: Any = None

    def recognise(self, samples: Samples, options: RecognizerOptions, gone: Callable[[], bool]) -> list[TimedUtterance]:
        """See `Recognizer`. Raises `ModelError` where the model or its engine is missing or damaged."""
        speech: list[Span] = []
        for at in range(0, len(samples), _BLOCK_S * RATE_HZ):
            block = samples[at : at + _BLOCK_S * RATE_HZ]
            speech += self._run_in_turn(gone, lambda block=block, at=at: self._find_speech(block, at / RATE_HZ)) or []  # type: ignore[misc]
        segments: list[list[TimedText]] = []
        waiting = group_speech(speech)
        while waiting:
            chunk = waiting.pop()
            sound = samples[round(chunk[0] * RATE_HZ) : round(chunk[1] * RATE_HZ)]
            transcribed = self._run_in_turn(gone, lambda sound=sound: self._transcribe_chunk(sound, options))  # type: ignore[misc]
            if transcribed is None:
                break
            loud = find_loud_frames(sound)
            timed = [[_tighten_word(word, loud, chunk[0]) for word in segment] for segment in transcribed if segment]
            segments += timed
            if timed:
                waiting += find_missed_speech(
                    speech, chunk, [(word.start, word.end) for segment in timed for word in segment]
                )
        segments.sort(key=lambda segment: segment[0].start)
        return shape_utterances(segments, punctuation=options.punctuation, pause_ms=options.pause_ms)

    def _run_in_turn(self, gone: Callable[[], bool], work: Callable[[], Result]) -> Result | None:
        """Do `work` while nobody else uses the model, or nothing once the client has left."""
        while not self._turn.acquire(timeout=_TURN_SECONDS):
            if gone():
                return None
        try:
            return None if gone() else work()
        finally:
            self._turn.release()

    def _find_speech(self, samples: Samples, at_s: float) -> list[Span]:
        """Where somebody speaks in a block of sound that begins at `at_s`; silence and noise give nothing."""
        self._load_model()
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        spans = get_speech_timestamps(samples, VadOptions(**_SPEECH))
        return [(at_s + span["start"] / RATE_HZ, at_s + span["end"] / RATE_HZ) for span in spans]

    def _transcribe_chunk(self, chunk: Samples, options: RecognizerOptions) -> list[list[TimedText]]:
        """The segments of one chunk, in seconds from its beginning.

        Hot words make the model repeat itself now and then: a chunk that came out so is heard again without them.
        """
        language = self._choose_language(chunk, options)
        segments: list[Any] = []
        if hot_words := " ".join(fit_words(options.hot_words)):
            segments = self._run_model(chunk, language=language, hotwords=hot_words, temperature=0.0)
        if not segments or any(map(_is_doubtful, segments)):
            segments = self._run_model(chunk, language=language, temperature=(0.0, 0.4, 0.8))
        timed = [[TimedText(word.word, word.start, word.end) for word in segment.words or ()] for segment in segments]
        return [convert_segment(segment, _simplify) for segment in timed] if language == "zh" else timed

    def _run_model(self, chunk: Samples, **options: Any) -> list[Any]:
        segments, _ = self._model.transcribe(
            chunk,
            word_timestamps=True,
            condition_on_previous_text=False,  # otherwise one mistake repeats itself from there on
            **options,
        )
        return list(segments)

    def _choose_language(self, chunk: Samples, options: RecognizerOptions) -> str:
        """Whisper's name of the language asked for, or of the one it detects."""
        known = self._model.supported_languages
        name = _NAMES.get(options.language, options.language.partition("-")[0])
        if name in known:
            return name
        if len(known) == 1:
            return str(known[0])
        # What `transcribe` will encode: see `_remember_encoding`.
        features = self._model.feature_extractor(chunk)[..., :-1]
        detected, certainty, chances = self._model.detect_language(features=features)
        if options.any_language or certainty >= _SURE:
            return str(detected)
        chance = dict(chances)
        return "zh" if chance.get("zh", 0) + chance.get("yue", 0) >= chance.get("en", 0) else "en"

    def _load_model(self) -> None:
        if self._model is not None:
            return
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a wrong folder fails at once instead of asking a hub
        try:
            from faster_whisper import WhisperModel

            folder = self._folder or install_model(self._cache)
            self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=_count_threads())
            self._model.encode = _remember_encoding(self._model.encode)
        except (ImportError, RuntimeError, ValueError, OSError) as error:
            raise ModelError(f"the speech model cannot be loaded: {error}") from error


def _is_doubtful(segment: Any) -> bool:
    if segment.compression_ratio > _REPETITIVE or segment.avg_logprob < _UNSURE:
        return True
    return bool(_FOUR_TIMES.search("".join(char for char in segment.text if char.isalnum())))


def _tighten_word(word: TimedText, loud: LoudFrames, at_s: float) -> TimedText:
    """The word of a chunk that begins at `at_s`, trimmed to its sound, in seconds of the whole recording."""
    start, end = tighten_span((word.start, word.end), loud)
    return TimedText(word.text, at_s + start, at_s + end)


def _remember_encoding(encode: Callable[[Samples], Any]) -> Callable[[Samples], Any]:
    """`encode` with a memory of one: finding out the language and the words encode the same sound, at half the cost."""
    known: list[tuple[Samples, Any]] = []

    def remembered(features: Samples) -> Any:
        if not known or not numpy.array_equal(known[0][0], features):
            known[:] = [(features, encode(features))]
        return known[0][1]

    return remembered


def _count_threads() -> int:
    """Half of the usable cores, at most four: threads waiting for a busy core slow down the others."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cores // 2))


def _simplify(text: str) -> str:
    """To simplified characters: the model mixes both kinds at random."""
    return _PARTICLE.sub("着", _load_converter().convert(text))


@cache
def _load_converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
