from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.sounds import click_times_ms, clicks, encode, wav
from transcripts.audio.decode import Samples, decode
from transcripts.audio.opus import Coding, Encoders
from transcripts.audio.results import AudioPart, NotAudio
from transcripts.audio.split import _mark_cuts, _Plan, find_quiet_ms, split_for_api

AUDIO = Path(__file__).parents[1] / "data" / "audio"
RATE = 16000
HOUR_MS = 3_600_000


def pcm(path: Path, sound: Samples) -> Path:
    return wav(path, (sound.T * 32767).astype("<i2").tobytes(), channels=len(sound))


def noise(seconds: float) -> Samples:
    return np.random.default_rng(1).normal(0, 0.1, (1, round(seconds * RATE))).astype(np.float32)


def hushed(sound: Samples, *pauses_s: tuple[float, float]) -> Samples:
    for start_s, end_s in pauses_s:
        sound[:, round(start_s * RATE) : round(end_s * RATE)] *= 0.003
    return sound


@pytest.mark.long
def test_parts_cover_the_recording_once_and_keep_its_times(tmp_path: Path) -> None:
    source = pcm(tmp_path / "a.wav", clicks(61, RATE)[:, 7:])
    told: list[int] = []
    parts = split_for_api(source, tmp_path, max_part_ms=25_000, on_progress=told.append)
    assert (parts[0].start_ms, parts[-1].end_ms) == (0, 61_000)
    assert [part.end_ms for part in parts[:-1]] == [part.start_ms for part in parts[1:]]
    assert len(parts) == 3
    assert all(part.end_ms - part.start_ms <= 25_000 for part in parts)
    sounds = [decode(part.path) for part in parts]
    assert [sound.shape[1] for sound in sounds[:-1]] == [(p.end_ms - p.start_ms) * 16 for p in parts[:-1]]
    whole = np.hstack(sounds)
    assert whole.shape == (1, 61 * RATE - 7)
    wanted = [second * 1000 + 500 - 7 / 16 for second in range(60)]
    assert click_times_ms(whole, RATE)[:60] == pytest.approx(wanted, abs=1)
    assert told == sorted(told)
    assert told[-1] == 60_999
    assert AudioPart.list_in(tmp_path) == parts
    assert sorted(path.name for path in tmp_path.iterdir()) == [*(part.path.name for part in parts), "a.wav"]


def test_a_recording_within_the_limits_is_one_part(tmp_path: Path) -> None:
    parts = split_for_api(AUDIO / "zh_percent.mp3", tmp_path)
    assert parts == [AudioPart(tmp_path / "00000000-00008000.ogg", 0, 8000)]


@pytest.mark.long
def test_channels_stay_apart_and_each_has_its_bits(tmp_path: Path) -> None:
    mono = clicks(40, RATE)
    source = pcm(tmp_path / "a.wav", np.vstack([mono, np.zeros_like(mono)]))
    parts = split_for_api(source, tmp_path, channels=2, max_part_ms=HOUR_MS, max_bytes=130_000)
    assert len(parts) == 2
    assert all(part.path.stat().st_size <= 130_000 for part in parts)
    sound = np.hstack([decode(part.path) for part in parts])
    assert sound.shape == (2, 40 * RATE)
    assert np.abs(sound[1]).max() < 0.03


@pytest.mark.long
def test_a_claim_that_is_too_short_still_keeps_every_part_within_the_limit(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mp4", clicks(20, 48000), container="mp4", codec="aac", rate_hz=48000)
    found = list(_cuts(_Plan.of(9_000, 8_000), decode(source)))
    assert sum(found) == decode(source).shape[1]
    assert len(found) == 4  # two as planned, then as long as may be
    assert max(found) <= 8_000 * 16


def _cuts(plan: _Plan, sound: Samples, step: int = RATE) -> list[int]:
    """The lengths of the parts in samples."""
    lengths = [0]
    blocks = (sound[:, at : at + step] for at in range(0, sound.shape[1], step))
    for block, ends in _mark_cuts(blocks, plan):
        lengths[-1] += block.shape[1]
        if ends:
            lengths.append(0)
    assert lengths.pop() == 0
    return lengths


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(1, 40 * RATE),
    claimed_ms=st.integers(0, 60_000),
    longest_ms=st.integers(2_000, 30_000),
    step=st.integers(500, 40_000),
)
def test_parts_are_whole_ms_within_the_limit_whatever_is_claimed(
    samples: int, claimed_ms: int, longest_ms: int, step: int
) -> None:
    lengths = _cuts(_Plan.of(claimed_ms, longest_ms), noise(40)[:, :samples], step)
    assert sum(lengths) == samples
    assert all(length % 16 == 0 for length in lengths[:-1])
    assert max(lengths) <= longest_ms * 16
    assert min(lengths) > 0


@pytest.mark.parametrize(
    ("minutes", "parts", "expected_ms"),
    [(119, 1, 119 * 60_000), (121, 2, 64.5 * 60_000), (130, 2, 69 * 60_000), (238, 3, 5_000_000)],
)
def test_as_few_parts_as_fit_about_equally_long(minutes: int, parts: int, expected_ms: float) -> None:
    plan = _Plan.of(minutes * 60_000, 2 * HOUR_MS)
    assert (plan.parts, plan.expected_ms) == (parts, expected_ms)


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(duration_ms=st.integers(1, 12 * HOUR_MS), longest_ms=st.integers(60_000, 2 * HOUR_MS))
def test_windows_never_meet_and_no_part_can_be_too_long(duration_ms: int, longest_ms: int) -> None:
    plan = _Plan.of(duration_ms, longest_ms)
    windows = [plan.find_window(number, 0) for number in range(1, plan.parts)]
    ends = [(0, 0, 0), *windows, (duration_ms, duration_ms, duration_ms)]
    assert all(before[2] < after[0] for before, after in pairwise(ends))
    assert all(after[2] - before[0] < longest_ms for before, after in pairwise(ends))


@pytest.mark.parametrize(
    ("sound", "wanted_ms", "cut_ms"),
    [
        (hushed(noise(10), (2, 3), (6, 6.6), (8, 9)), 5_000, 6_250),  # the nearest pause, not the longest
        (hushed(noise(10), (2, 7)), 4_000, 4_000),  # where it is wanted, if all is quiet there
        (hushed(noise(10), (2, 7)), 9_000, 6_750),  # a quarter of a second of the pause stays with each part
        (hushed(noise(10), (2, 2.1), (4, 4.3), (8, 8.2)), 9_000, 4_150),  # short pauses only: the longest
        (hushed(noise(10), (3, 3.05)), 9_000, 3_025),  # none at all: the quietest moment
        (np.zeros((1, 10 * RATE), np.float32), 4_000, 4_000),
        (np.vstack([hushed(noise(10), (2, 3), (5, 6)), hushed(noise(10), (5, 7))]), 0, 5_250),  # where both are silent
    ],
    ids=["nearest", "inside", "edge", "longest", "moment", "silence", "channels"],
)
def test_the_cut_lies_where_nobody_speaks(sound: Samples, wanted_ms: int, cut_ms: int) -> None:
    assert find_quiet_ms(sound, wanted_ms) == pytest.approx(cut_ms, abs=10)


def test_real_speech_is_cut_between_sentences() -> None:
    # Six sentences with pauses of about two seconds.
    sound = decode(AUDIO / "zh_en_alternating.wav")
    for wanted_ms in range(0, 20_000, 1000):
        at = find_quiet_ms(sound, wanted_ms) * 16
        assert np.abs(sound[:, max(0, at - 1600) : at + 1600]).max() < 0.02 * np.abs(sound).max()


def test_an_interruption_leaves_only_finished_parts(tmp_path: Path) -> None:
    source = pcm(tmp_path / "a.wav", clicks(30, RATE))

    def interrupt(done_ms: int) -> None:
        if AudioPart.list_in(tmp_path):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        split_for_api(source, tmp_path, max_part_ms=12_000, on_progress=interrupt)
    assert [part.start_ms for part in AudioPart.list_in(tmp_path)] == [0]


def test_what_is_no_audio_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotAudio):
        split_for_api(AUDIO / "odd" / "html_page.mp3", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_encoder_is_enough_for_a_short_recording() -> None:
    with Encoders(Coding(1, 32_000), 60_000) as encoders:
        assert encoders._helpers == []
