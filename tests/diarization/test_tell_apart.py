"""Voices among made-up embeddings: how many, whose words, how sure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from transcripts.diarization.centroids import compare_vectors, unpack_centroid
from transcripts.diarization.results import Diarized, Hint
from transcripts.diarization.tell_apart import tell_apart
from transcripts.diarization.windows import Windows, plan_windows

pytestmark = pytest.mark.long

DIMENSIONS = 64
LIMIT = 0.815


def speak(turns: Sequence[tuple[int, float]], *, noise: float = 0.35, likeness: float = 0.5, seed: int = 1) -> Speech:
    """People who say words of 300 ms: (who, seconds) each, with pauses of 400 ms between turns."""
    return Speech(turns, noise, likeness, seed)


class Speech:
    def __init__(self, turns: Sequence[tuple[int, float]], noise: float, likeness: float, seed: int) -> None:
        chance = np.random.default_rng(seed)
        people = np.eye(DIMENSIONS)[: 1 + max(who for who, _ in turns)]
        shared = np.ones(DIMENSIONS) / np.sqrt(DIMENSIONS)
        self.people = people * np.sqrt(1 - likeness) + shared * np.sqrt(likeness)
        self.words: list[tuple[int, int]] = []
        self.who: list[int] = []
        at = 0
        for who, seconds in turns:
            for _ in range(max(1, round(seconds / 0.3))):
                self.words.append((at, at + 300))
                self.who.append(who)
                at += 300
            at += 400
        spans = plan_windows(self.words)
        vectors = []
        for start, end in spans:
            inside = [who for word, who in zip(self.words, self.who, strict=True) if start <= word[0] < end]
            mixed = self.people[inside].mean(axis=0) + chance.standard_normal(DIMENSIONS) * noise / np.sqrt(DIMENSIONS)
            vectors.append(mixed / np.linalg.norm(mixed))
        starts, ends = np.array(spans, np.int64).T
        self.windows = Windows("made up", LIMIT, starts, ends, np.array(vectors, np.float32))

    def diarize(self, hint: Hint | None = None, **options: object) -> Diarized:
        return tell_apart(self.windows, self.words, hint=hint or Hint(), **options)  # type: ignore[arg-type]


def voices_of(found: Diarized, words: Sequence[tuple[int, int]]) -> list[int]:
    return [
        next(turn.voice for turn in found.turns if turn.start_ms <= start and end <= turn.end_ms)
        for start, end in words
    ]


TALK = [(0, 6.0), (1, 3.0), (0, 4.0), (2, 5.0), (1, 8.0), (2, 3.0), (0, 2.0)] * 3


def test_number_of_voices_is_found_and_words_are_theirs() -> None:
    speech = speak(TALK)
    found = speech.diarize()
    assert [voice.number for voice in found.voices] == [1, 2, 3]
    assert voices_of(found, speech.words) == [who + 1 for who in speech.who]
    assert sum(voice.ms for voice in found.voices) == 300 * len(speech.words)
    assert found.encoder == "made up"
    assert all(turn.confidence > 90 for turn in found.turns)


@pytest.mark.parametrize("count", [1, 2, 4, 6, 10])
def test_any_number_up_to_ten_is_found(count: int) -> None:
    turns = [(who, 4.0) for _ in range(4) for who in range(count)]
    assert len(speak(turns).diarize().voices) == count


def test_no_more_than_ten() -> None:
    turns = [(who, 4.0) for _ in range(4) for who in range(13)]
    assert len(speak(turns).diarize().voices) <= 10


@pytest.mark.parametrize(
    ("hint", "count"), [(Hint(1, 1), 1), (Hint(2, 2), 2), (Hint(4, 4), 4), (Hint(1, 2), 2), (Hint(5, 9), 5)]
)
def test_hint_wins(hint: Hint, count: int) -> None:
    assert len(speak(TALK).diarize(hint).voices) == count


def test_range_leaves_the_choice() -> None:
    assert len(speak(TALK).diarize(Hint(2, 5)).voices) == 3


def test_same_is_answered_each_time() -> None:
    assert speak(TALK).diarize() == speak(TALK).diarize()


def test_turns_cover_all_words_in_order() -> None:
    speech = speak(TALK)
    turns = speech.diarize().turns
    assert all(one.end_ms <= two.start_ms for one, two in itertools.pairwise(turns))
    assert all(one.voice != two.voice for one, two in itertools.pairwise(turns))
    assert (turns[0].start_ms, turns[-1].end_ms) == (speech.words[0][0], speech.words[-1][1])


def test_turn_shorter_than_a_window_is_unsure() -> None:
    speech = speak([(0, 6.0), (1, 6.0), (0, 6.0), (1, 0.3), (0, 6.0), (1, 6.0)])
    found = speech.diarize()
    short = [turn for turn in found.turns if turn.end_ms - turn.start_ms == 300]
    assert [turn.confidence < 50 for turn in short] == [True] * len(short)
    assert len(found.voices) == 2


def test_samples_are_at_most_three_and_long_enough() -> None:
    for voice in speak(TALK).diarize().voices:
        assert 1 <= len(voice.samples) <= 3
        assert all(2000 <= end - start <= 6000 for start, end in voice.samples)


def test_centroids_tell_voices_apart_and_find_them_again() -> None:
    first, second = speak(TALK, seed=1).diarize().voices, speak(TALK, seed=2).diarize().voices
    for one in first:
        own = unpack_centroid(one.centroid)
        likest = max(second, key=lambda voice: compare_vectors(own, unpack_centroid(voice.centroid)))
        assert likest.number == one.number


def test_examples_sort_the_rest_and_stay() -> None:
    speech = speak(TALK)
    spans = {"b": [speech.words[speech.who.index(1)]], "a": [(0, 6000)], "c": [speech.words[speech.who.index(2)]]}
    found = speech.diarize(examples=spans)
    keys = {voice.number: voice.key for voice in found.voices}
    assert [keys[number] for number in voices_of(found, speech.words)] == ["abc"[who] for who in speech.who]


def test_example_that_sounds_like_another_stays_as_it_was_given() -> None:
    speech = speak(TALK)
    wrong = speech.words[2]  # of person 0
    second = speech.who.index(1)
    found = speech.diarize(examples={"a": [speech.words[8], speech.words[9]], "b": [wrong, speech.words[second + 3]]})
    keys = {voice.number: voice.key for voice in found.voices}
    assert keys[voices_of(found, [wrong])[0]] == "b"


def test_examples_where_nothing_was_heard_are_left_out() -> None:
    speech = speak(TALK)
    found = speech.diarize(examples={"a": [(0, 6000)], "nobody": [(10**8, 10**8 + 100)]})
    assert {voice.key for voice in found.voices} == {"a"}
    assert {voice.key for voice in speech.diarize(examples={"nobody": [(10**8, 10**8 + 100)]}).voices} == {""}


def test_what_is_like_no_example_is_unsure() -> None:
    speech = speak([(0, 6.0), (1, 6.0), (2, 6.0)], likeness=0.1)
    found = speech.diarize(examples={"a": [(0, 3000)], "b": [speech.words[25]]})
    last = found.turns[-1]
    assert last.end_ms == speech.words[-1][1]
    assert last.confidence < 50


def test_within_looks_at_these_words_alone() -> None:
    speech = speak(TALK)
    together = speech.diarize(Hint(2, 2))
    mixed = max(
        together.voices,
        key=lambda voice: len(
            {
                who
                for who, number in zip(speech.who, voices_of(together, speech.words), strict=True)
                if number == voice.number
            }
        ),
    )
    within = [(turn.start_ms, turn.end_ms) for turn in together.turns if turn.voice == mixed.number]
    apart = speech.diarize(Hint(2, 2), within=within)
    inside = [
        (word, who)
        for word, who in zip(speech.words, speech.who, strict=True)
        if any(start <= word[0] < end for start, end in within)
    ]
    assert len({who for _, who in inside}) == 2
    numbers = voices_of(apart, [word for word, _ in inside])
    assert len({(who, number) for (_, who), number in zip(inside, numbers, strict=True)}) == 2
    assert sum(voice.ms for voice in apart.voices) == 300 * len(inside)


def test_no_words_have_no_voices() -> None:
    speech = speak(TALK)
    assert tell_apart(speech.windows, [], hint=Hint()) == Diarized((), (), "made up")
    assert speech.diarize(within=[]) == Diarized((), (), "made up")
    assert speech.diarize(within=[(10**8, 10**9)]) == Diarized((), (), "made up")


def test_words_without_any_window_are_one_voices_and_unsure() -> None:
    nothing = speak(TALK).windows.take(np.zeros(len(speak(TALK).windows.starts), bool))
    found = tell_apart(nothing, [(0, 500), (600, 600)], hint=Hint(2, 2))
    assert [(turn.start_ms, turn.end_ms, turn.voice, turn.confidence) for turn in found.turns] == [(0, 601, 1, 0)]
    assert [(voice.number, voice.ms) for voice in found.voices] == [(1, 501)]


def test_words_that_changed_since_still_get_voices() -> None:
    speech = speak(TALK)
    found = tell_apart(speech.windows, [(0, 5500), (5600, 5600), (7000, 9000), (10**6, 10**6 + 300)], hint=Hint(3, 3))
    assert len(found.turns) >= 2
    assert found.turns[-1].end_ms == 10**6 + 300


def test_fewer_windows_than_voices_asked_for() -> None:
    speech = speak([(0, 0.3)])
    assert len(speech.diarize(Hint(5, 5)).voices) == 1
