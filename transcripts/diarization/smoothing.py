"""Laying voices on words: by the windows around each word, and by what is likely before and after it.

A hidden Markov model whose states are the voices: the windows that hold a word speak for its voice the more, the longer
the word and the nearer its middle to theirs, and a change of voice costs less at a pause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcripts.diarization.features import Floats
from transcripts.diarization.windows import FULL_MS, Windows

_EVIDENCE = 40.0  # nats for a likeness of 1 over a second, for the embedded encoder
_WORD_MS = (100, 1500)  # shorter and longer words count as such
_CHANGE_COST = 6.0  # nats
_PAUSE_SHARE = 0.6  # of these are saved at a pause of a second or more
_EASIER = (1.0, 0.5, 0.25, 0.0)  # shares of the cost, where voices are missing
_ROOM = 0.185  # 1 less the embedded encoder's limit


@dataclass(frozen=True)
class Words:
    """In order of their starts; times in ms."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @property
    def durations(self) -> NDArray[np.int64]:
        return self.ends - self.starts


def score_words(words: Words, windows: Windows, centroids: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The likeness of each word (rows) to each voice, and how much of a full window speaks for it (0 to 1)."""
    likeness = (windows.vectors @ centroids.T).astype(np.float64)
    middles = (windows.starts + windows.ends) / 2
    lengths = windows.ends - windows.starts
    trust = np.minimum(1.0, lengths / FULL_MS)
    scores = np.empty((len(words.starts), len(centroids)))
    support = np.zeros(len(words.starts))
    firsts = np.searchsorted(windows.starts, words.starts - FULL_MS - 1000)
    lasts = np.searchsorted(windows.starts, words.ends)
    for number, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        start, end = words.starts[number], words.ends[number]
        near = slice(first, last)
        shared = np.minimum(windows.ends[near], end) - np.maximum(windows.starts[near], start)
        middle = (start + end) / 2
        nearness = np.maximum(0.05, 1 - np.abs(middles[near] - middle) / (lengths[near] / 2 + 100)) ** 2
        weights = np.where(shared > 0, nearness * trust[near], 0.0)
        total = weights.sum()
        if total > 0:
            scores[number] = weights @ likeness[near] / total
            support[number] = min(1.0, float((trust[near] * (shared > 0)).max()))
        else:
            scores[number] = likeness[np.argmin(np.abs(middles - middle))]
    return scores, support


def smooth(
    words: Words, scores: NDArray[np.float64], limit: float, *, least: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The likeliest voices of all words, and for each the probability of every voice.

    Changes cost less, step by step, until at least so many voices have words; with none they may still be fewer.
    """
    seconds = np.clip(words.durations, *_WORD_MS) / 1000
    evidence = scores * (_EVIDENCE * _ROOM / (1 - limit) * seconds)[:, None]
    pauses = np.zeros(len(seconds))
    pauses[1:] = np.clip(words.starts[1:] - np.maximum.accumulate(words.ends)[:-1], 0, 1000) / 1000
    costs = _CHANGE_COST * (1 - _PAUSE_SHARE * pauses)
    for share in _EASIER:
        path = _find_path(evidence, costs * share)
        if len(set(path.tolist())) >= least:
            break
    return path, _find_chances(evidence, costs)


def _find_path(evidence: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Viterbi's path. A change comes from the best of all voices, wherever it leads."""
    count, voices = evidence.shape
    stay = np.arange(voices)
    came_from = np.zeros((count, voices), np.int64)
    best = evidence[0].copy()
    for number in range(1, count):
        leader = int(np.argmax(best))
        changed = best[leader] - costs[number]
        stays = best >= changed
        came_from[number] = np.where(stays, stay, leader)
        best = np.where(stays, best, changed) + evidence[number]
    path = np.empty(count, np.int64)
    path[-1] = np.argmax(best)
    for number in range(count - 1, 0, -1):
        path[number - 1] = came_from[number, path[number]]
    return path


def _find_chances(evidence: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Forward and backward through the same model."""
    count, voices = evidence.shape
    if voices == 1:
        return np.ones((count, 1))
    likely = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    odds = np.exp(-costs)
    change = odds / (1 + odds)
    forward, backward = np.empty_like(likely), np.empty_like(likely)
    now = likely[0] / likely[0].sum()
    forward[0] = now
    for number in range(1, count):
        share = change[number]
        now = ((1 - share) * now + share * (1 - now) / (voices - 1)) * likely[number]
        now /= now.sum()
        forward[number] = now
    now = np.ones(voices)
    backward[-1] = now
    for number in range(count - 1, 0, -1):
        share, ahead = change[number], now * likely[number]
        now = (1 - share) * ahead + share * (ahead.sum() - ahead) / (voices - 1)
        now /= now.sum()
        backward[number - 1] = now
    chances = forward * backward
    chances /= chances.sum(axis=1, keepdims=True)
    result: NDArray[np.float64] = chances
    return result
