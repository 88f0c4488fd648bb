"""Turns of voices on the words of rows."""

from __future__ import annotations

from transcripts.diarization.results import Turn
from transcripts.text.voices import VoicedPart, VoicedRow, VoicedWord, describe_row, lay_turns

TURNS = [Turn(0, 2000, 1, 90), Turn(2100, 5000, 2, 80), Turn(5000, 5400, 1, 30), Turn(5400, 9000, 2, 70)]


def test_word_has_the_voice_it_shares_most_time_with() -> None:
    words = [(0, 500), (1800, 2400), (1500, 2200), (4900, 5000)]
    assert lay_turns(words, TURNS) == [VoicedWord(1, 90), VoicedWord(2, 80), VoicedWord(1, 90), VoicedWord(2, 80)]


def test_word_outside_all_turns_takes_the_nearest_and_is_unsure() -> None:
    assert lay_turns([(2010, 2020), (2080, 2090), (12_000, 12_500)], TURNS) == [
        VoicedWord(1, 49),
        VoicedWord(2, 49),
        VoicedWord(2, 49),
    ]


def test_word_before_all_turns_and_of_no_length() -> None:
    turns = [Turn(1000, 2000, 3, 90)]
    assert lay_turns([(0, 100), (1500, 1500)], turns) == [VoicedWord(3, 49), VoicedWord(3, 90)]


def test_row_of_one_voice_has_one_part() -> None:
    assert describe_row([(0, 500), (500, 1900)], TURNS) == VoicedRow(1, 90, (VoicedPart(0, 2, 1, 90),))


def test_row_of_two_voices_has_its_parts_and_is_less_sure() -> None:
    words = [(1000, 1500), (1500, 2000), (2100, 3100), (3100, 4100)]
    parts = (VoicedPart(0, 2, 1, 90), VoicedPart(2, 4, 2, 80))
    assert describe_row(words, TURNS) == VoicedRow(2, round(80 * 2000 / 3000), parts)


def test_short_unsure_part_takes_the_longer_neighbours_voice() -> None:
    words = [(3000, 5000), (5000, 5400), (5400, 6000)]
    assert describe_row(words, TURNS) == VoicedRow(2, 70, (VoicedPart(0, 3, 2, 70),))


def test_short_part_that_is_sure_stays() -> None:
    turns = [Turn(0, 2000, 1, 90), Turn(2000, 2300, 2, 80), Turn(2300, 4000, 1, 90)]
    row = describe_row([(0, 2000), (2000, 2300), (2300, 4000)], turns)
    assert row is not None
    assert row.parts == (VoicedPart(0, 1, 1, 90), VoicedPart(1, 2, 2, 80), VoicedPart(2, 3, 1, 90))


def test_row_that_is_short_and_unsure_stays_unsure() -> None:
    assert describe_row([(5000, 5400)], TURNS) == VoicedRow(1, 30, (VoicedPart(0, 1, 1, 30),))


def test_nothing_to_lay_or_to_lay_it_on() -> None:
    assert describe_row([], TURNS) is None
    assert describe_row([(0, 100)], []) is None
    assert lay_turns([], TURNS) == []
