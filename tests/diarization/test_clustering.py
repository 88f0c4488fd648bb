"""Clusters of many windows, where not all of them can stand in a tree."""

from __future__ import annotations

import numpy as np
import pytest

from transcripts.diarization.clustering import find_clusters
from transcripts.diarization.results import Hint
from transcripts.diarization.windows import Windows


@pytest.mark.long
def test_more_windows_than_a_tree_holds() -> None:
    chance = np.random.default_rng(5)
    people = np.eye(32, dtype=np.float32)[:4]
    who = np.repeat(chance.integers(0, 4, 500), 8)
    vectors = people[who] + chance.standard_normal((len(who), 32)).astype(np.float32) * 0.05
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.arange(len(who)) * 500
    clusters = find_clusters(Windows("made up", 0.8, starts, starts + 1600, vectors), Hint())
    assert len(clusters.centroids) == 4
    assert len({(one, two) for one, two in zip(who.tolist(), clusters.labels.tolist(), strict=True)}) == 4


def test_equal_windows_are_one_voice() -> None:
    vectors = np.tile(np.eye(8, dtype=np.float32)[:1], (50, 1))
    starts = np.arange(50) * 500
    windows = Windows("made up", 0.8, starts, starts + 1600, vectors)
    assert len(find_clusters(windows, Hint()).centroids) == 1
    assert len(find_clusters(windows, Hint(3, 3)).centroids) <= 3
