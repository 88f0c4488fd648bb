"""Arithmetic of centroids without arrays: a few hundred of them are compared while a page is read."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Sequence
from math import sqrt
from operator import mul

Vector = tuple[float, ...]
"""Of length 1; empty where a centroid is unreadable."""


def unpack_centroid(centroid: str) -> Vector:
    """The direction that `results.Voice.centroid` stands for."""
    try:
        packed = base64.b64decode(centroid, validate=True)
    except ValueError:
        return ()
    return _normalise(struct.unpack(f"{len(packed)}b", packed))


def pack_centroid(vector: Vector) -> str:
    """The other way; what is lost in rounding is far below what two recordings of one person differ by."""
    most = max(map(abs, vector), default=0.0)
    return base64.b64encode(bytes(round(127 * value / most) & 0xFF for value in vector)).decode()


def mix_vectors(vectors: Iterable[tuple[Vector, float]]) -> Vector:
    """The mean of the directions, given with their weights. Those of another length than the first are left out."""
    sums: list[float] = []
    for vector, weight in vectors:
        sums = sums or [0.0] * len(vector)
        if len(vector) == len(sums):
            sums = [total + weight * value for total, value in zip(sums, vector, strict=True)]
    return _normalise(sums)


def compare_vectors(first: Vector, second: Vector) -> float:
    """Their cosine: 1 for the same, about 0.6 for strangers; 0 where they can't be compared."""
    return sum(map(mul, first, second)) if len(first) == len(second) else 0.0


def _normalise(values: Sequence[float]) -> Vector:
    length = sqrt(sum(map(mul, values, values)))
    return tuple(value / length for value in values) if length else ()
