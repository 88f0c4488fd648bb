"""Conversations whose speakers are known, word by word: real calls, and clips of different people joined by seed.

Words and their times are those that the embedded recogniser gives for each clip, or each channel of a call, alone; so
whose they are is certain, and when they are is as inexact as it is for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from tests.bench._speech import AUDIO, BAND_HZ
from transcripts.audio.decode import decode
from transcripts.flashserver.recognizer import RATE_HZ, RecognizerOptions, Samples
from transcripts.flashserver.whisper import Whisper
from transcripts.text.tokens import fold, split_tokens

_PER_MS = RATE_HZ // 1000
_EDGE_MS = 40  # kept around the words of a turn
_LEVEL = 0.05
_PAUSE_MS = 1200  # within a turn, no longer pause of the clip is kept
# Of a call in one channel: who says what, in turns. Its text is that of tests/data/audio's source.
ORDER = (
    "Okay, I'm here.",
    "Hi, I'd like to buy a Chromecast and I was wondering whether you could help me with that.",
    "Certainly, which color would you like? We have blue, black and red.",
    "Uh, let's go with the black one.",
    "Okay, great. Would you like the new Chromecast Ultra model or the regular Chromecast?",
    "Regular Chromecast is fine, thank you.",
    "Okay, sure. Would you like to ship it regular or Express?",
    "Express, please.",
    "Terrific. It's on the way.",
    "Thank you very much.",
    "Thank you.",
    "Bye.",
)


@dataclass(frozen=True)
class SpokenWord:
    start_ms: int
    end_ms: int
    speaker: str


@dataclass(frozen=True)
class Spoken:
    """One channel at 16 kHz, and its words in order of time."""

    sound: Samples
    words: tuple[SpokenWord, ...]

    @property
    def speakers(self) -> list[str]:
        return sorted({word.speaker for word in self.words})


def read_voices(whisper: Whisper) -> dict[str, Spoken]:
    """People, each alone: the clips and the two sides of a call."""
    clips = {
        "Kennedy": "en_jfk.flac",
        "sorrow": "en_sorrow.m4a",
        "digits": "odd/digits.m4a",
        "welcome": "zh_welcome.wav",
        "percent": "zh_percent.mp3",
        "autumn": "zh_autumn.ogg",
        "bilingual": "zh_en_alternating.wav",
    }
    sounds = {name: decode(AUDIO / file).mean(axis=0) for name, file in clips.items()}
    sounds["agent"], sounds["caller"] = decode(AUDIO / "en_phone_garage_stereo.ogg")
    return {name: Spoken(sound, _recognise(whisper, sound, name)) for name, sound in sounds.items()}


def mix_garage(voices: dict[str, Spoken]) -> Spoken:
    """A call of two channels in one."""
    sides = voices["agent"], voices["caller"]
    sound = (sides[0].sound + sides[1].sound) / np.float32(2)
    return Spoken(sound, tuple(sorted((word for side in sides for word in side.words), key=lambda word: word.start_ms)))


def read_order(whisper: Whisper) -> Spoken:
    """A call of one channel: words in its true text have the speaker of their turn, others that of the nearest one."""
    sound = decode(AUDIO / "en_phone_order_8k.flac").mean(axis=0)
    rows = whisper.recognise(sound, RecognizerOptions(), lambda: False)
    heard = [
        (word, fold(token))
        for row in rows
        for word in row.words
        if word.start_ms >= 0
        for token in split_tokens(word.text)
    ]
    true = [(turn % 2, fold(token)) for turn, text in enumerate(ORDER) for token in split_tokens(text)]
    matcher = SequenceMatcher(None, [token for _, token in heard], [token for _, token in true], autojunk=False)
    owner = {a + at: true[b + at][0] for a, b, size in matcher.get_matching_blocks() for at in range(size)}
    words = []
    for number, (word, _) in enumerate(heard):
        near = min(owner, key=lambda other: (abs(heard[other][0].start_ms - word.start_ms), other))
        words.append(SpokenWord(word.start_ms, word.end_ms, ("clerk", "customer")[owner.get(number, owner[near])]))
    return Spoken(sound, tuple(words))


def _recognise(whisper: Whisper, sound: Samples, speaker: str) -> tuple[SpokenWord, ...]:
    rows = whisper.recognise(sound, RecognizerOptions(), lambda: False)
    timed = (word for row in rows for word in row.words if word.start_ms >= 0)
    return tuple(SpokenWord(word.start_ms, word.end_ms, speaker) for word in timed)


def join_voices(
    voices: dict[str, Spoken], names: Sequence[str], seed: int, *, seconds: int, pause_s: tuple[float, float]
) -> Spoken:
    """People who take turns of 1 to 15 s, in any order, with pauses between turns of the lengths given, and loudnesses
    that differ by up to 6 dB. A clip that ends begins again.
    """
    chance = np.random.default_rng([seed, len(names)])
    places = {name: int(chance.integers(len(voices[name].words))) for name in names}
    gains = {name: _LEVEL / _measure_level(voices[name]) * 10 ** (chance.uniform(-3, 3) / 20) for name in names}
    parts: list[Samples] = []
    words: list[SpokenWord] = []
    length, last = 0, ""
    waiting = list(chance.permutation(list(names)))
    while length < seconds * RATE_HZ:
        last = str(waiting.pop() if waiting else chance.choice([name for name in names if name != last] or list(names)))
        turn_ms = int(
            chance.uniform(1000, 15_000) if chance.random() < 0.5 else 1000 * np.exp(chance.uniform(0, np.log(15)))
        )
        while turn_ms > 0:
            chain, places[last] = _take_words(voices[last].words, places[last], turn_ms)
            start, end = max(0, chain[0].start_ms - _EDGE_MS), chain[-1].end_ms + _EDGE_MS
            shift = length // _PER_MS - start
            words += [SpokenWord(word.start_ms + shift, word.end_ms + shift, last) for word in chain]
            turn_ms -= max(end - start, 200)
            pause = chance.uniform(0.2, 0.5) if turn_ms > 0 else chance.uniform(*pause_s)
            for part in (
                voices[last].sound[start * _PER_MS : end * _PER_MS] * np.float32(gains[last]),
                _silence(pause),
            ):
                parts.append(part)
                length += len(part)
    return Spoken(np.concatenate(parts), tuple(words))


def _take_words(words: Sequence[SpokenWord], at: int, turn_ms: int) -> tuple[list[SpokenWord], int]:
    """Words from number `at` for about `turn_ms`, to a long pause or the clip's end, and the number that follows."""
    end = at + 1
    while end < len(words) and words[end].start_ms - words[end - 1].end_ms < _PAUSE_MS:
        if words[end - 1].end_ms - words[at].start_ms >= turn_ms:
            break
        end += 1
    return list(words[at:end]), end % len(words)


def _measure_level(spoken: Spoken) -> float:
    said = [spoken.sound[word.start_ms * _PER_MS : word.end_ms * _PER_MS] for word in spoken.words]
    return float(np.sqrt(np.mean(np.concatenate(said) ** 2)))


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * 1000) * _PER_MS, np.float32)


def add_noise(spoken: Spoken, seed: int, snr_db: float) -> Spoken:
    """Noise with less power the higher its pitch, as rooms and streets have it, over the whole recording."""
    noise = np.random.default_rng(seed).standard_normal(len(spoken.sound)).astype(np.float32)
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(hz, 100)), len(noise)).astype(np.float32)
    level = _measure_level(spoken) / 10 ** (snr_db / 20)
    noise *= np.float32(level / np.sqrt(np.mean(noise**2)))
    return Spoken(spoken.sound + noise, spoken.words)


def limit_band(spoken: Spoken) -> Spoken:
    """As over a telephone."""
    spectrum = np.fft.rfft(spoken.sound)
    hz = np.fft.rfftfreq(len(spoken.sound), 1 / RATE_HZ)
    spectrum[(hz < BAND_HZ[0]) | (hz > BAND_HZ[1])] = 0
    return Spoken(np.fft.irfft(spectrum, len(spoken.sound)).astype(np.float32), spoken.words)
