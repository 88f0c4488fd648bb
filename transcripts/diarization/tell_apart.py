"""From the embeddings of windows to whose each word is."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcripts.diarization.clustering import find_clusters, to_unit_length
from transcripts.diarization.features import Floats
from transcripts.diarization.results import UNSURE, Diarized, Hint, Span, Turn, Voice
from transcripts.diarization.smoothing import Words, score_words, smooth
from transcripts.diarization.windows import Windows

_SAMPLES = 3
_SAMPLE_MS = (2000, 6000)
_LITTLE_SUPPORT = 0.5  # of a full window: a turn that has no window of 0.8 s is unsure
_STRANGE = 0.75  # of the encoder's limit: what is less like any example is unsure
_EXAMPLE_SHARE = 0.5  # of a voice's direction, when the words that were sorted to it have their say


def tell_apart(
    windows: Windows,
    words: Sequence[Span],
    *,
    hint: Hint,
    examples: Mapping[str, Sequence[Span]] | None = None,
    within: Sequence[Span] | None = None,
) -> Diarized:
    """Do as `sandbox.tell_apart`."""
    asked = _sort_words(words)
    if within is not None:
        inside = _find_inside((asked.starts + asked.ends) // 2, within)
        asked = Words(asked.starts[inside], asked.ends[inside])
        windows = windows.take(_find_inside((windows.starts + windows.ends) // 2, within))
    if not len(asked.starts):
        return Diarized((), (), windows.encoder)
    if not len(windows.starts):
        # Nothing was heard where the words are: they are one voice's, as far as anyone can tell.
        turn = Turn(int(asked.starts[0]), int(asked.ends.max()), 1, 0)
        return Diarized((Voice(1, int(asked.durations.sum()), (), ""),), (turn,), windows.encoder)
    keys: list[str] = []
    if examples:
        keys, centroids = _learn_examples(windows, examples)
    if not keys:
        centroids = find_clusters(windows, hint).centroids
    scores, support = score_words(asked, windows, centroids)
    path, chances = smooth(asked, scores, windows.limit, least=1 if keys else hint.min_voices)
    strange = np.zeros(len(path), bool)
    if keys:
        path = _keep_examples(asked, path, examples or {}, keys)
        strange = scores.max(axis=1) < _STRANGE * windows.limit
    evidence = _Evidence(np.where(strange, 0.0, chances[np.arange(len(path)), path]), support, strange)
    return _describe(asked, path, evidence, centroids, keys, windows.encoder)


@dataclass(frozen=True)
class _Evidence:
    """Of each word: the probability of its voice, the share of a full window that speaks for it, and whether it is like
    none of the examples.
    """

    chances: NDArray[np.float64]
    support: NDArray[np.float64]
    strange: NDArray[np.bool_]


def _sort_words(words: Sequence[Span]) -> Words:
    """Words of no length count as a millisecond."""
    spans = np.array(sorted(words), np.int64).reshape(-1, 2)
    return Words(spans[:, 0], np.maximum(spans[:, 1], spans[:, 0] + 1))


def _find_inside(moments: NDArray[np.int64], spans: Sequence[Span]) -> NDArray[np.bool_]:
    inside = np.zeros(len(moments), bool)
    for start, end in spans:
        inside |= (moments >= start) & (moments < end)
    return inside


def _learn_examples(windows: Windows, examples: Mapping[str, Sequence[Span]]) -> tuple[list[str], Floats]:
    """The keys of which something was heard, and the direction of each."""
    keys, means = [], []
    for key, spans in examples.items():
        shared = np.zeros(len(windows.starts))
        for start, end in spans:
            shared += np.maximum(0, np.minimum(windows.ends, end) - np.maximum(windows.starts, start))
        shares = (shared / (windows.ends - windows.starts)) ** 2 * windows.weights
        if shares.sum() > 0:
            keys.append(key)
            means.append(shares @ windows.vectors)
    if not keys:
        return [], np.zeros((0, windows.vectors.shape[1]), np.float32)
    taught = to_unit_length(np.array(means, np.float32))
    labels = np.argmax(windows.vectors @ taught.T, axis=1)
    sorted_ = np.array(
        [(windows.vectors * windows.weights[:, None])[labels == n].sum(axis=0) for n in range(len(keys))]
    )
    mixed = _EXAMPLE_SHARE * taught + (1 - _EXAMPLE_SHARE) * to_unit_length(sorted_)
    return keys, to_unit_length(mixed.astype(np.float32))


def _keep_examples(
    words: Words, path: NDArray[np.int64], examples: Mapping[str, Sequence[Span]], keys: Sequence[str]
) -> NDArray[np.int64]:
    """What a person gave as an example is that voice's, whatever it sounds like."""
    kept = path.copy()
    for number, key in enumerate(keys):
        kept[_find_inside((words.starts + words.ends) // 2, examples[key])] = number
    return kept


def _describe(
    words: Words, path: NDArray[np.int64], evidence: _Evidence, centroids: Floats, keys: Sequence[str], encoder: str
) -> Diarized:
    """Number the voices as they are first heard, and make turns. Voices of no word are left out."""
    order = list(dict.fromkeys(path.tolist()))
    numbers = {label: number for number, label in enumerate(order, 1)}
    begins = np.flatnonzero(np.diff(2 * path + evidence.strange, prepend=-1))
    turns = []
    for first, last in zip(begins, np.append(begins[1:], len(path)), strict=True):
        run = slice(int(first), int(last))
        start, end = int(words.starts[run].min()), int(words.ends[run].max())
        turns.append(Turn(start, end, numbers[int(path[first])], _rate(words.durations[run], evidence, run)))
    lengths = np.bincount(path, words.durations, minlength=len(centroids))
    voices = tuple(
        Voice(
            numbers[label],
            int(lengths[label]),
            _choose_samples([turn for turn in turns if turn.voice == numbers[label]]),
            _pack_centroid(centroids[label]),
            keys[label] if keys else "",
        )
        for label in order
    )
    return Diarized(voices, tuple(turns), encoder)


def _rate(durations: NDArray[np.int64], evidence: _Evidence, run: slice) -> int:
    """How much likelier the voice is than not, in a hundredth; below `UNSURE` where too little of it was heard."""
    chance = float(np.average(evidence.chances[run], weights=durations))
    confidence = max(0, round(100 * (2 * chance - 1)))
    enough = float(evidence.support[run].max()) >= _LITTLE_SUPPORT
    return confidence if enough else min(confidence, UNSURE - 1)


def _choose_samples(turns: Sequence[Turn]) -> tuple[Span, ...]:
    """The surest of those that are long enough to tell a voice by, else the longest; in order of time after that."""
    least, most = _SAMPLE_MS

    def rank(turn: Turn) -> tuple[bool, int, int]:
        length = turn.end_ms - turn.start_ms
        return length < least, -turn.confidence if length >= least else -length, turn.start_ms

    best = sorted(turns, key=rank)[:_SAMPLES]
    return tuple((turn.start_ms, min(turn.end_ms, turn.start_ms + most)) for turn in best)


def _pack_centroid(centroid: Floats) -> str:
    scaled = centroid * (127 / max(float(np.abs(centroid).max()), 1e-9))
    return base64.b64encode(np.round(scaled).astype(np.int8).tobytes()).decode("ascii")
