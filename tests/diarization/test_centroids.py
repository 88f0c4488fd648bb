from __future__ import annotations

import base64
from math import sqrt

import pytest

from transcripts.diarization.centroids import compare_vectors, mix_vectors, pack_centroid, unpack_centroid


def packed(*values: int) -> str:
    return base64.b64encode(bytes(value & 0xFF for value in values)).decode()


def measure_likeness(centroid: str, other: str) -> float:
    return compare_vectors(unpack_centroid(centroid), unpack_centroid(other))


def test_likeness_is_the_cosine() -> None:
    assert measure_likeness(packed(3, 4), packed(30, 40)) == pytest.approx(1)
    assert measure_likeness(packed(1, 0), packed(0, 1)) == 0
    assert measure_likeness(packed(100, 0), packed(-100, 0)) == pytest.approx(-1)
    one, other = packed(127, -3, 40, 0), packed(90, 20, -128, 5)
    cosine = (127 * 90 - 3 * 20 - 40 * 128) / sqrt((127**2 + 3**2 + 40**2) * (90**2 + 20**2 + 128**2 + 5**2))
    assert measure_likeness(one, other) == pytest.approx(cosine)
    assert measure_likeness(one, one) == pytest.approx(1)


@pytest.mark.parametrize("other", ["", "?", packed(1), packed(1, 2, 3), packed(0, 0)])
def test_likeness_to_what_cannot_be_compared_is_none(other: str) -> None:
    assert measure_likeness(packed(1, 2), other) == 0


@pytest.mark.parametrize("unreadable", ["", "?", packed(0, 0, 0, 0)])
def test_what_can_not_be_read_is_like_nothing(unreadable: str) -> None:
    assert unpack_centroid(unreadable) == ()
    assert compare_vectors(unpack_centroid(unreadable), unpack_centroid(packed(1, 2, 3, 4))) == 0


def test_what_is_of_another_length_is_like_nothing() -> None:
    assert compare_vectors(unpack_centroid(packed(1, 2)), unpack_centroid(packed(1, 2, 3))) == 0


def test_mean_is_weighted_and_survives_packing() -> None:
    east, north = unpack_centroid(packed(127, 0)), unpack_centroid(packed(0, 127))
    mixed = mix_vectors([(east, 3.0), (north, 1.0), (unpack_centroid(packed(1, 2, 3)), 9.0)])
    assert mixed == pytest.approx((0.9487, 0.3162), abs=1e-3)
    assert unpack_centroid(pack_centroid(mixed)) == pytest.approx(mixed, abs=0.01)
    assert (mix_vectors([]), pack_centroid(())) == ((), "")
