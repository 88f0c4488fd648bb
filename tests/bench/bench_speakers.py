"""Whose each word is: telling speakers apart in calls and conversations whose speakers are known.

The share of words with the wrong speaker is that under the best mapping of voices to speakers; words of voices that
are mapped to nobody are wrong. The diarization error rate (DER), by simpleder, is about time instead of words.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import av
import numpy as np
import simpleder
from scipy.optimize import linear_sum_assignment

from tests.bench._conversations import (
    Spoken,
    add_noise,
    join_voices,
    limit_band,
    mix_garage,
    read_order,
    read_voices,
)
from transcripts.audio.mixing import Samples
from transcripts.diarization import sandbox
from transcripts.diarization.results import UNSURE, Diarized, Hint
from transcripts.flashserver.recognizer import RATE_HZ
from transcripts.flashserver.whisper import Whisper

SEEDS = [21, 22, 23]  # on none of which anything was tuned
SECONDS = 180
PAUSES_S, NO_PAUSES_S = (0.05, 0.7), (0.0, 0.0)
SNR_DB = 15.0
LONG_S = 7200
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Score:
    """Shares of words and of time; `sure` and `unsure` count the words, and those that are wrong among them."""

    given: float
    automatic: float
    is_number_right: bool
    der: float
    sure: tuple[int, int]
    unsure: tuple[int, int]


def main() -> None:
    seeds = [int(argument) for argument in sys.argv[1:] if argument.isdecimal()] or SEEDS
    with TemporaryDirectory() as name:
        folder = Path(name)
        whisper = Whisper(cache=folder)
        voices = read_voices(whisper)
        order = read_order(whisper)
        scores: list[Score] = []
        print("| sound | recordings | wrong words, number given | not given | number right | DER |")
        print("|---|---|---|---|---|---|")
        for sound, recordings in list_recordings(voices, order, seeds):
            found = [score(recording, rate_hz, folder) for recording, rate_hz in recordings]
            scores += found
            print_row(sound, found)
        print_confidence(scores)
        measure_cost(voices, folder)


Recordings = list[tuple[Spoken, int]]


def list_recordings(voices: dict[str, Spoken], order: Spoken, seeds: Sequence[int]) -> Iterator[tuple[str, Recordings]]:
    garage = mix_garage(voices)
    yield "call about a car", [(garage, 8000)]
    yield "the same, as 16 kHz", [(garage, 16_000)]
    yield "call about an order", [(order, 8000)]
    yield "the same, as 16 kHz", [(order, 16_000)]
    yield "one person", [(spoken, 16_000) for spoken in voices.values()]
    yield "one person, telephone", [(limit_band(spoken), 8000) for spoken in voices.values()]
    for count in (2, 3, 5):
        joined = [
            join_voices(voices, choose(voices, count, seed), seed, seconds=SECONDS, pause_s=PAUSES_S) for seed in seeds
        ]
        yield f"{count} voices", [(spoken, 16_000) for spoken in joined]
        noisy = [add_noise(spoken, seed, SNR_DB) for spoken, seed in zip(joined, seeds, strict=True)]
        yield f"{count} voices, noise at 15 dB", [(spoken, 16_000) for spoken in noisy]
        yield f"{count} voices, telephone", [(limit_band(spoken), 8000) for spoken in joined]
        close = [
            join_voices(voices, choose(voices, count, seed), seed, seconds=SECONDS, pause_s=NO_PAUSES_S)
            for seed in seeds
        ]
        yield f"{count} voices, no pauses between turns", [(spoken, 16_000) for spoken in close]


def choose(voices: dict[str, Spoken], count: int, seed: int) -> list[str]:
    return [str(name) for name in np.random.default_rng([seed, count, 15]).choice(list(voices), count, replace=False)]


def score(spoken: Spoken, rate_hz: int, folder: Path) -> Score:
    source, windows = write_wav(folder / "sound.wav", spoken.sound, rate_hz), folder / "windows"
    words = [(word.start_ms, word.end_ms) for word in spoken.words]
    sandbox.embed(source, words, windows)
    count = len(spoken.speakers)
    given = sandbox.tell_apart(windows, words, hint=Hint(count, count))
    automatic = sandbox.tell_apart(windows, words)
    right, sure = judge(spoken, given)
    return Score(
        1 - fmean(right),
        1 - fmean(judge(spoken, automatic)[0]),
        len(automatic.voices) == count,
        measure_der(spoken, automatic),
        (sum(sure), sum(is_sure and not ok for ok, is_sure in zip(right, sure, strict=True))),
        (sum(not each for each in sure), sum(not is_sure and not ok for ok, is_sure in zip(right, sure, strict=True))),
    )


def judge(spoken: Spoken, diarized: Diarized) -> tuple[list[bool], list[bool]]:
    """Of each word, whether its speaker is right, and whether it is sure of it."""
    turns = iter(diarized.turns)
    turn, following = next(turns), next(turns, None)
    laid = []
    for word in spoken.words:
        while following is not None and word.start_ms >= following.start_ms:
            turn, following = following, next(turns, None)
        laid.append(turn)
    table = np.zeros((len(spoken.speakers), len(diarized.voices)))
    for word, turn in zip(spoken.words, laid, strict=True):
        table[spoken.speakers.index(word.speaker), turn.voice - 1] += 1
    rows, columns = linear_sum_assignment(-table)
    mapping = {spoken.speakers[row]: column + 1 for row, column in zip(rows, columns, strict=True)}
    right = [mapping.get(word.speaker) == turn.voice for word, turn in zip(spoken.words, laid, strict=True)]
    return right, [turn.confidence >= UNSURE for turn in laid]


def measure_der(spoken: Spoken, diarized: Diarized) -> float:
    """Of the time from the first to the last word of each turn."""
    true = []
    for speaker, run in groupby(spoken.words, key=lambda word: word.speaker):
        words = list(run)
        true.append((speaker, words[0].start_ms / 1000, max(word.end_ms for word in words) / 1000))
    told = [(str(turn.voice), turn.start_ms / 1000, turn.end_ms / 1000) for turn in diarized.turns]
    return float(simpleder.DER(true, told))


def print_row(sound: str, scores: list[Score]) -> None:
    def spread(values: list[float]) -> str:
        return f"{100 * fmean(values):.1f} %" + (f" (at most {100 * max(values):.1f})" if len(values) > 1 else "")

    right = sum(each.is_number_right for each in scores)
    print(
        f"| {sound} | {len(scores)} | {spread([each.given for each in scores])}"
        f" | {spread([each.automatic for each in scores])} | {right} of {len(scores)}"
        f" | {100 * fmean(each.der for each in scores):.1f} % |",
        flush=True,
    )


def print_confidence(scores: list[Score]) -> None:
    for name, pairs in (("sure", [each.sure for each in scores]), ("unsure", [each.unsure for each in scores])):
        words, wrong = (sum(values) for values in zip(*pairs, strict=True))
        print(f"{name}: {words} words, of which {100 * wrong / max(1, words):.1f} % are wrong")


# In a process that is small itself: a child's peak counts its parent's, until it runs its own program.
MEASURED = """
import json, resource, sys
from pathlib import Path
from transcripts.diarization import sandbox

def spent():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

source, windows, words = map(Path, sys.argv[1:])
spans = json.loads(words.read_text())
sandbox.embed(source, spans, windows)
embedded = spent()
sandbox.tell_apart(windows, spans)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([embedded, spent() - embedded, peak / 1024]))
"""


def measure_cost(voices: dict[str, Spoken], folder: Path) -> None:
    """Two hours of five voices, in the child that does it."""
    spoken = join_voices(voices, choose(voices, 5, 1), 1, seconds=LONG_S, pause_s=PAUSES_S)
    source, windows, words = write_wav(folder / "long.wav", spoken.sound, 16_000), folder / "windows", folder / "words"
    words.write_text(json.dumps([(word.start_ms, word.end_ms) for word in spoken.words]))
    command = [sys.executable, "-c", MEASURED, str(source), str(windows), str(words)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    embedded_s, told_s, peak_mb = json.loads(printed)
    print(f"two hours: {embedded_s:.0f} s of CPU to embed, {embedded_s / LONG_S:.4f} s a second")
    print(f"{told_s:.1f} s of CPU to tell apart")
    print(f"{windows.stat().st_size / 1e6:.1f} MB kept, at most {peak_mb:.0f} MB of memory")


def write_wav(path: Path, sound: Samples, rate_hz: int) -> Path:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=rate_hz, layout="mono")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
        for at in range(0, len(sound), RATE_HZ):
            frame = av.AudioFrame.from_ndarray(sound[None, at : at + RATE_HZ].clip(-1, 1), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, at
            for resampled in resampler.resample(frame):
                output.mux(stream.encode(resampled))
        for resampled in resampler.resample(None):
            output.mux(stream.encode(resampled))
        output.mux(stream.encode(None))
    return path
