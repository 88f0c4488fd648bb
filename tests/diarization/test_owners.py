from __future__ import annotations

from transcripts.diarization.owners import find_owners
from transcripts.diarization.results import Turn


def turn(start_ms: int, end_ms: int, voice: int) -> Turn:
    return Turn(start_ms, end_ms, voice, 90)


def test_voice_is_theirs_in_whose_rows_it_is_heard() -> None:
    turns = [turn(0, 900, 1), turn(1000, 1900, 2), turn(2000, 4000, 1)]
    assert find_owners(turns, [(0, 1000, 7), (1000, 2000, 8), (2000, 4000, 7)]) == {1: 7, 2: 8}


def test_two_voices_may_be_one_speakers() -> None:
    assert find_owners([turn(0, 900, 1), turn(1000, 1900, 2)], [(0, 2000, 7)]) == {1: 7, 2: 7}


def test_voice_in_the_rows_of_two_is_nobodys() -> None:
    turns = [turn(0, 1000, 1), turn(1000, 2000, 1), turn(2000, 3000, 1)]
    assert find_owners(turns, [(0, 1000, 7), (1000, 3000, 8)]) == {1: 8}
    assert find_owners(turns, [(0, 1500, 7), (1500, 3000, 8)]) == {}


def test_rows_without_a_speaker_count_against_it() -> None:
    turns = [turn(0, 3000, 1)]
    assert find_owners(turns, [(0, 1000, 7), (1000, 3000, None)]) == {}
    assert find_owners(turns, [(0, 2000, 7), (2000, 3000, None)]) == {1: 7}


def test_rows_may_overlap_and_be_missing() -> None:
    turns = [turn(0, 1000, 1), turn(5000, 6000, 2), turn(7000, 8000, 3)]
    assert find_owners(turns, [(0, 9000, 7), (5000, 6000, 8)]) == {1: 7, 3: 7}
    assert find_owners(turns, []) == {}
