from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from transcripts.text.stretches import cut_stretches

MINUTE = 60_000


def test_stretches_end_in_the_longest_pause_near_their_length() -> None:
    rows = [(n * 10_000, n * 10_000 + 9_900) for n in range(30)]  # Five minutes.
    rows[13] = (131_000, 139_900)  # A pause of more than a second after two minutes and ten seconds.
    assert cut_stretches(rows, 2 * MINUTE) == [(0, 130_450), (130_450, 299_900)]


def test_short_recording_is_one_stretch() -> None:
    assert cut_stretches([(500, 4_000), (5_000, 9_000)], 10 * MINUTE) == [(500, 9_000)]


def test_silence_has_no_stretches() -> None:
    assert cut_stretches([], MINUTE) == []


def test_rest_of_less_than_half_a_stretch_belongs_to_the_last_one() -> None:
    rows = [(n * 10_000, n * 10_000 + 9_000) for n in range(14)]
    assert [end - start for start, end in cut_stretches(rows, MINUTE)] == [59_500, 79_500]


def test_row_longer_than_a_stretch_stays_whole() -> None:
    assert cut_stretches([(0, 5 * MINUTE), (5 * MINUTE, 6 * MINUTE), (6 * MINUTE, 7 * MINUTE)], MINUTE) == [
        (0, 5 * MINUTE),
        (5 * MINUTE, 6 * MINUTE),
        (6 * MINUTE, 7 * MINUTE),
    ]


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40)), min_size=1, max_size=60), st.integers(1, 90))
def test_every_row_belongs_to_one_stretch_and_no_stretch_is_empty(found: list[tuple[int, int]], length: int) -> None:
    rows = sorted((start, start + lasts) for start, lasts in found)
    stretches = cut_stretches(rows, length)
    assert (stretches[0][0], stretches[-1][1]) == (rows[0][0], max(end for _start, end in rows))
    assert all(before[1] == after[0] for before, after in pairwise(stretches))
    assert all(any(start <= row < end for row, _end in rows) for start, end in stretches)
