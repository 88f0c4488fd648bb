"""How Chinese characters are read, in pinyin without tones."""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache


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


def share_reading(one: str, other: str) -> bool:
    """Whether one character may be mistaken for the other; what is no Han character may only for itself."""
    return one == other or not list_readings(one).isdisjoint(list_readings(other))
