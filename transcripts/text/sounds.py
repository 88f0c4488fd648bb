"""Which tokens sound alike: by pinyin for Han characters, by spelling for other words."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from transcripts.text.tokens import fold, is_han

_ALIKE = 60  # of 100, rapidfuzz's share of common letters


@lru_cache(maxsize=8192)
def list_readings(char: str) -> frozenset[str]:
    """Give a Han character's readings in pinyin without tones; zh ch sh count as z c s, and final ng as n."""
    return frozenset(map(blur_reading, list_plain_readings(char)))


@lru_cache(maxsize=8192)
def list_plain_readings(char: str) -> tuple[str, ...]:
    """Give a Han character's readings in pinyin without tones, the usual one first."""
    decomposed = unicodedata.normalize("NFD", _load_dictionary().get(ord(char), ""))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(dict.fromkeys(reading for reading in plain.split(",") if reading))


@lru_cache(maxsize=1)
def _load_dictionary() -> dict[int, str]:
    """Load pypinyin's readings by code point ("zhòng,chóng") on first use.

    Its phrases, not needed here, would take 55 MB and a third of a second.
    """
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.pinyin_dict import pinyin_dict

    readings_by_character: dict[int, str] = pinyin_dict
    return readings_by_character


def blur_reading(reading: str) -> str:
    if reading[:2] in ("zh", "ch", "sh"):
        reading = reading[0] + reading[2:]
    return reading[:-1] if reading.endswith("ng") else reading


def sound_alike(one: str, other: str) -> bool:
    """Whether one may be mistaken for the other; equal tokens sound alike."""
    return bool(compare_sounds([fold(one)], [fold(other)])[0, 0])


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
