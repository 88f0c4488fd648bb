"""Which tokens sound alike: by pinyin for Han characters, by spelling for other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from transcripts.text.readings import list_readings
from transcripts.text.tokens import is_han

_ALIKE = 60  # of 100, rapidfuzz's share of common letters


def compare_sounds(ones: Sequence[str], others: Sequence[str]) -> NDArray[np.bool_]:
    """Tell for each pair of folded tokens whether they sound alike."""
    matrix = np.zeros((len(ones), len(others)), dtype=np.bool_)
    by_reading: dict[str, list[int]] = {}
    spelled = []
    for j, other in enumerate(others):
        if len(other) == 1 and is_han(other):
            for reading in list_readings(other):
                by_reading.setdefault(reading, []).append(j)
        else:
            spelled.append(j)
    rows = []
    for i, one in enumerate(ones):
        if len(one) == 1 and is_han(one):
            for reading in list_readings(one):
                matrix[i, by_reading.get(reading, [])] = True
        else:
            rows.append(i)
    if rows and spelled:
        scores = process.cdist([ones[i] for i in rows], [others[j] for j in spelled], scorer=fuzz.ratio, dtype=np.uint8)
        matrix[np.ix_(rows, spelled)] = scores >= _ALIKE
    return matrix
