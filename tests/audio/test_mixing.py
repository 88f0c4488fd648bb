"""Channels that are each other's opposite are heard when they become one."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.audio.sounds import wav
from transcripts.audio.decode import decode, decode_blocks
from transcripts.audio.mixing import ChannelMixer
from transcripts.audio.playback import make_playback
from transcripts.audio.source import open_audio
from transcripts.flashserver.protocol import FlashRequest
from transcripts.flashserver.sound import decode_sound

DATA = Path(__file__).parents[1] / "data"
FAILING, AUDIO = DATA / "failing", DATA / "audio"
RATE = 16000


def mono(path: Path) -> NDArray[np.float32]:
    with open_audio(path) as source:
        return np.hstack(list(decode_blocks(source, rate_hz=RATE, channels=1)))[0]


def power(sound: NDArray[np.float32]) -> float:
    return float(np.square(sound).mean())


@pytest.fixture(scope="module")
def speech() -> NDArray[np.float32]:
    return decode(AUDIO / "zh_welcome.wav")[0]


@pytest.mark.parametrize("name", ["a07_inverted.m4a", "a07_inverted_short.wav"])
def test_opposite_channels_are_no_silence(name: str, tmp_path: Path) -> None:
    sound = mono(FAILING / name)
    assert power(sound) > 0.9 * power(decode(FAILING / name)[0])
    make_playback(FAILING / name, tmp_path / "a.m4a", tmp_path / "peaks")
    pairs = np.fromfile(tmp_path / "peaks", dtype=np.int8)
    assert int(pairs.max()) > 30


def test_the_local_flash_server_hears_opposite_channels() -> None:
    raw = (FAILING / "a07_inverted_short.wav").read_bytes()
    sound = decode_sound(FlashRequest(format="wav"), raw)
    assert power(sound) > 0.9 * power(decode(io.BytesIO(raw))[0])


@pytest.mark.long
@settings(max_examples=30, deadline=None)
@given(
    gains=st.lists(st.sampled_from([-1.0, -0.7, -0.3, 0.0, 0.3, 0.7, 1.0]), min_size=2, max_size=8).filter(any),
    offset=st.sampled_from([0.0, 0.2]),
    hum=st.sampled_from([0.0, 0.2]),
)
def test_mixing_never_loses_speech(speech: NDArray[np.float32], gains: list[float], offset: float, hum: float) -> None:
    """Whatever signs a channel has, and whatever hum and offset all of them share."""
    shared = offset + hum * np.sin(2 * np.pi * 50 * np.arange(len(speech)) / RATE)
    block = (speech[:, None] * np.array(gains) + shared[:, None]).astype(np.float32)
    steps = np.diff(ChannelMixer(len(gains), 1).mix(block)[0])
    count = 2 if len(gains) == 2 else np.sqrt(len(gains))
    expected = np.diff(speech) * np.abs(gains).sum() / count
    assert power(steps) > 0.9 * power(expected)


def test_channels_that_differ_stay_as_they_are(speech: NDArray[np.float32]) -> None:
    block = np.stack([speech, np.roll(speech, 8000)], axis=1)
    assert np.array_equal(ChannelMixer(2, 2).mix(block), block.T)
    assert np.allclose(ChannelMixer(2, 1).mix(block)[0], block.mean(axis=1))


def test_a_sign_is_kept_through_silence_until_the_channels_are_alike(speech: NDArray[np.float32]) -> None:
    mixer = ChannelMixer(2, 1)
    opposite, alike = np.stack([speech, -speech], axis=1), np.stack([speech, speech], axis=1)
    silence = np.zeros((RATE, 2), np.float32)
    for block in (opposite, silence, opposite, alike):
        assert power(mixer.mix(block)) == pytest.approx(power(block[:, 0]), rel=0.01)


def test_hostile_samples_do_no_harm(tmp_path: Path) -> None:
    values = np.array([[0.5, np.nan], [np.inf, -np.inf], [7.0, -7.0]] * 100, dtype=np.float32)
    path = wav(tmp_path / "a.wav", values.tobytes(), tag=3, bits=32, channels=2)
    assert np.isfinite(mono(path)).all()
