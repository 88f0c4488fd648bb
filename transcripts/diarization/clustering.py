"""Finding the voices among the embeddings of windows, and how many there are.

Ward's tree says which windows belong together for any number of voices, rounds of k-means then take its early mistakes
back. The number is the largest for which every two voices are as far apart as two people are: the halves into which one
person's windows can be cut are more alike, less clearly apart, and take turns at random. Other ways that were measured:
docs/speakers.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import exp

import numpy as np
from numpy.typing import NDArray

from transcripts.diarization.features import Floats
from transcripts.diarization.results import MAX_VOICES, Hint
from transcripts.diarization.windows import STEP_MS, Windows

Labels = NDArray[np.int64]
_MOST_LEAVES = 1500  # of a tree, whose memory and time grow with their square
_ROUNDS = 10
_ROOM = 0.185  # 1 less the limit that the moves below were chosen with
_MANY = 16  # voices, before those that are alike are put together
_LEAST_S = 1.0  # of speech, of which a voice is made where nobody said how many there are
# How the limit of likeness moves; chosen on two-person calls and joined clips, as docs/speakers.md tells.
_FEW_S, _FEW_LOSS = 2.0, 0.3  # of voices with little speech more is asked
_GAP, _GAP_GAIN, _GAP_RANGE = 6.0, 0.01, (4.0, 8.5)  # between two heaps, in their own widths
_TURNS, _TURNS_GAIN, _TURNS_LOSS = 0.4, 0.1, 0.2  # changes between two voices, of those that chance would make


@dataclass(frozen=True)
class Clusters:
    """The voice of each window, and the direction of each voice, of length 1."""

    labels: Labels
    centroids: Floats


def find_clusters(windows: Windows, hint: Hint) -> Clusters:
    """The voices of windows, of which there is at least one; as many as `hint` says, as far as there are windows."""
    found: Clusters | None = None
    for count, (clusters, excess) in sorted(_find_candidates(windows).items()):
        if count > hint.max_voices:
            break
        if found is None or count <= hint.min_voices or excess <= 0:
            found = clusters
    assert found is not None  # noqa: S101 -- one voice is always among them
    return found


def _find_candidates(windows: Windows) -> dict[int, tuple[Clusters, float]]:
    """For each number of voices the better of two ways to tell so many apart, and by how much its most alike two exceed
    the likeness of two people.

    The tree cut at that number, or cut into too many and the most alike put together again, one pair at a time: where
    one person speaks much and another little, the tree alone cuts the one before it finds the other.
    """
    tree = _Tree(windows.vectors, windows.weights)
    best: dict[int, tuple[Clusters, float]] = {}

    def consider(clusters: Clusters) -> tuple[int, int]:
        excess, pair = _find_most_alike(clusters, windows)
        count = len(clusters.centroids)
        if count not in best or excess < best[count][1]:
            best[count] = clusters, excess
        return pair

    for count in range(1, min(MAX_VOICES, len(windows.starts)) + 1):
        consider(tree.cut(count))
    clusters = tree.cut(min(_MANY, max(1, len(windows.starts) // 3)))
    while len(clusters.centroids) > 1:
        one, two = consider(clusters)
        labels = np.where(clusters.labels == two, one, clusters.labels)
        labels = np.unique(labels, return_inverse=True)[1]
        clusters = refine(windows.vectors, windows.weights, labels)
    return best


def refine(vectors: Floats, weights: Floats, labels: Labels) -> Clusters:
    """Rounds of k-means by likeness. A voice that loses all its windows is left out."""
    for _ in range(_ROUNDS):
        centroids = find_centroids(vectors, weights, labels)
        moved = np.argmax(vectors @ centroids.T, axis=1)
        if (moved == labels).all():
            break
        labels = np.unique(moved, return_inverse=True)[1]
    return Clusters(labels, find_centroids(vectors, weights, labels))


def find_centroids(vectors: Floats, weights: Floats, labels: Labels) -> Floats:
    shares = np.zeros((int(labels.max()) + 1, len(labels)), np.float32)
    shares[labels, np.arange(len(labels))] = weights
    return to_unit_length(shares @ vectors)


def to_unit_length(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Floats = vectors / np.maximum(lengths, 1e-9)
    return unit


class _Tree:
    """Ward's tree of at most `_MOST_LEAVES` windows, evenly taken from all."""

    def __init__(self, vectors: Floats, weights: Floats) -> None:
        self._vectors, self._weights = vectors, weights
        leaves = np.arange(len(vectors))
        if len(leaves) > _MOST_LEAVES:
            full = np.flatnonzero(weights >= np.float32(0.25))
            leaves = full if len(full) >= _MOST_LEAVES else leaves
            leaves = leaves[np.linspace(0, len(leaves) - 1, _MOST_LEAVES).astype(np.int64)]
        self._leaves = leaves
        self._merges = _merge_by_ward(vectors[leaves], weights[leaves])

    def cut(self, count: int) -> Clusters:
        labels = np.arange(len(self._leaves))
        for kept, gone in self._merges[: len(self._leaves) - count]:
            labels[labels == gone] = kept
        labels = np.unique(labels, return_inverse=True)[1]
        chosen = self._vectors[self._leaves], self._weights[self._leaves]
        clusters = refine(*chosen, labels)
        if len(self._leaves) == len(self._vectors):
            return clusters
        return refine(self._vectors, self._weights, np.argmax(self._vectors @ clusters.centroids.T, axis=1))


def _merge_by_ward(vectors: Floats, weights: Floats) -> list[tuple[int, int]]:
    """The pairs that are merged, one after the other: each time those whose merging adds least to the distances."""
    count = len(vectors)
    centres, sizes = vectors.astype(np.float64), weights.astype(np.float64)
    squares = np.einsum("ij,ij->i", centres, centres)
    costs = squares[:, None] + squares[None, :] - 2 * (centres @ centres.T)
    costs *= sizes[:, None] * sizes[None, :] / (sizes[:, None] + sizes[None, :])
    np.fill_diagonal(costs, np.inf)
    nearest = np.argmin(costs, axis=1) if count > 1 else np.zeros(count, np.int64)
    least = costs[np.arange(count), nearest]
    gone = np.zeros(count, bool)
    merges = []
    for _ in range(count - 1):
        one = int(np.argmin(least))
        two = int(nearest[one])
        kept, lost = min(one, two), max(one, two)
        merges.append((kept, lost))
        total = sizes[kept] + sizes[lost]
        centres[kept] = (centres[kept] * sizes[kept] + centres[lost] * sizes[lost]) / total
        sizes[kept], gone[lost] = total, True
        costs[lost], costs[:, lost] = np.inf, np.inf
        least[lost] = np.inf
        row = squares_to(centres, centres[kept]) * sizes * total / (sizes + total)
        row[gone], row[kept] = np.inf, np.inf
        costs[kept], costs[:, kept] = row, row
        stale = np.flatnonzero(((nearest == kept) | (nearest == lost)) & ~gone)
        nearer = np.flatnonzero((row < least) & ~gone)
        nearest[nearer], least[nearer] = kept, row[nearer]
        for each in {*stale.tolist(), kept}:
            nearest[each] = np.argmin(costs[each])
            least[each] = costs[each, nearest[each]]
    return merges


def squares_to(points: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = points - point
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", apart, apart)
    return squares


def _find_most_alike(clusters: Clusters, windows: Windows) -> tuple[float, tuple[int, int]]:
    """Which two voices exceed the likeness of two people most, or least fall short of it, and by how much.

    A voice with hardly any speech does so beside everybody.
    """
    likeness = windows.vectors @ clusters.centroids.T
    between = clusters.centroids @ clusters.centroids.T
    weights = windows.weights
    seconds = np.bincount(clusters.labels, weights) * STEP_MS / 1000
    most, pair = -np.inf, (0, 0)
    for one, two in combinations(range(len(seconds)), 2):
        chosen = (clusters.labels == one) | (clusters.labels == two)
        places = likeness[chosen, two] - likeness[chosen, one]
        rarer = float(min(seconds[one], seconds[two]))
        moves = _measure_moves(places, clusters.labels[chosen] == two, weights[chosen], rarer)
        limit = windows.limit + moves * (1 - windows.limit) / _ROOM
        excess = float(between[one, two]) - limit + (rarer < _LEAST_S)
        if excess > most:
            most, pair = excess, (one, two)
    return float(most), pair


def _measure_moves(places: Floats, is_second: NDArray[np.bool_], weights: Floats, seconds: float) -> float:
    """How far the limit of likeness moves for two voices, whose windows have places on the line from one to the other.

    `seconds` are those of the rarer one. Clearly apart and with few changes between them, they may be more alike.
    """
    gap = float(np.clip(_measure_gap(places, is_second, weights), *_GAP_RANGE))
    share = float(weights[is_second].sum() / weights.sum())
    by_chance = max(2 * share * (1 - share), 1e-6)
    turns = min(1.0, float(np.mean(is_second[1:] != is_second[:-1])) / by_chance)
    by_turns = (_TURNS_GAIN if turns < _TURNS else _TURNS_LOSS) * (_TURNS - turns)
    return _GAP_GAIN * (gap - _GAP) + by_turns - _FEW_LOSS * exp(-seconds / _FEW_S)


def _measure_gap(places: Floats, is_second: NDArray[np.bool_], weights: Floats) -> float:
    """Between the means of two heaps on a line, in their mean width (Ashman's D, but for a factor)."""
    means, spreads = [], []
    for heap in (~is_second, is_second):
        mean = float(np.average(places[heap], weights=weights[heap]))
        means.append(mean)
        spreads.append(float(np.average((places[heap] - mean) ** 2, weights=weights[heap])))
    return (means[1] - means[0]) / float(np.sqrt(sum(spreads) / 2 + 1e-9))
