"""Cutting long sound into pieces, and holding words to their sound."""

from __future__ import annotations

import itertools

import numpy
import pytest

from transcripts.flashserver.timing import find_loud_frames, find_missed_speech, group_speech, tighten_span


def test_speech_is_grouped_into_pieces_cut_at_the_widest_gap() -> None:
    speech = [(0.5, 10.0), (10.1, 16.0), (18.0, 24.0), (24.1, 30.0), (50.0, 51.0)]
    assert group_speech(speech) == [(pytest.approx(0.2), 16.3), (17.7, 30.3), (49.7, 51.3)]


def test_pieces_do_not_overlap_where_gaps_are_small() -> None:
    speech = [(at * 10.0, at * 10.0 + 9.9) for at in range(7)]
    found = group_speech(speech)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))
    assert all(end - start < 30 for start, end in found)
    assert (found[0][0], found[-1][1]) == (0.0, pytest.approx(70.2))


def test_one_long_stretch_stays_whole_and_silence_gives_nothing() -> None:
    assert group_speech([(1.0, 60.0)]) == [(0.7, 60.3)]
    assert group_speech([(0.0, 2.0), (2.5, 40.0)]) == [(0.0, 2.25), (2.25, 40.3)]
    assert group_speech([]) == []


def test_speech_in_which_no_word_was_heard_is_heard_again() -> None:
    speech = [(0.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0), (9.0, 9.5), (20.0, 40.0)]
    words = [(0.5, 1.0), (7.5, 8.5)]
    assert find_missed_speech(speech, (0.0, 10.0), words) == [(2.7, 6.3)]
    assert find_missed_speech(speech, (0.0, 10.0), [*words, (5.5, 5.6)]) == []  # a single short one is let go
    assert find_missed_speech(speech, (0.0, 10.0), [(2.2, 2.8)]) == []  # nothing at all: it would be tried for ever
    assert find_missed_speech(speech, (0.0, 10.0), []) == []


def sound(*stretches: tuple[float, float]) -> numpy.ndarray:
    """Seconds of faint or loud noise by turns: (length, level)."""
    random = numpy.random.default_rng(1)
    parts = [random.normal(size=round(length * 16000)) * level for length, level in stretches]
    return numpy.concatenate(parts).astype(numpy.float32)


def test_loud_frames_are_those_above_the_background() -> None:
    loud = find_loud_frames(sound((0.5, 0.001), (0.3, 0.1), (0.5, 0.001)))
    assert numpy.flatnonzero(loud).tolist() == list(range(50, 80))


def test_sound_of_one_level_is_loud_throughout() -> None:
    assert find_loud_frames(sound((0.5, 0.1))).all()
    assert find_loud_frames(numpy.zeros(1600, numpy.float32)).all()
    assert find_loud_frames(numpy.zeros(10, numpy.float32)).tolist() == []


LOUD = find_loud_frames(sound((1, 0.001), (0.5, 0.1), (1, 0.001), (0.05, 0.1), (0.1, 0.001), (0.4, 0.1), (0.5, 0.001)))


@pytest.mark.parametrize(
    ("span", "held"),
    [
        ((0.2, 1.5), (0.98, 1.5)),  # begins in the pause before
        ((1.1, 1.4), (1.1, 1.4)),  # within its sound
        ((1.2, 2.4), (1.2, 1.52)),  # runs on into silence
        ((1.4, 2.9), (2.48, 2.9)),  # after the end of its neighbour; its own short pause is kept
        ((0.1, 0.5), (0.1, 0.5)),  # nothing to be heard: as it was
        ((0.5, 0.5), (0.5, 0.5)),
        ((9.0, 9.5), (9.0, 9.5)),
    ],
)
def test_a_word_is_held_to_the_longest_sound_in_its_span(span: tuple[float, float], held: tuple[float, float]) -> None:
    assert tighten_span(span, LOUD) == pytest.approx(held)
