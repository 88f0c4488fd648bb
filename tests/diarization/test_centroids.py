from __future__ import annotations

import base64

import pytest

from transcripts.diarization.centroids import compare_vectors, mix_vectors, pack_centroid, unpack_centroid
from transcripts.diarization.results import measure_likeness


def packed(*values: int) -> str:
    return base64.b64encode(bytes(value & 0xFF for value in values)).decode()


def test_likeness_is_that_of_the_results() -> None:
    one, other = packed(127, -3, 40, 0), packed(90, 20, -128, 5)
    alike = compare_vectors(unpack_centroid(one), unpack_centroid(other))
    assert alike == pytest.approx(measure_likeness(one, other))
    assert compare_vectors(unpack_centroid(one), unpack_centroid(one)) == pytest.approx(1)


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
