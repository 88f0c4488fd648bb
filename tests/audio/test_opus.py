from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.audio.sounds import click_times_ms, clicks
from transcripts.audio.decode import Samples, decode
from transcripts.audio.opus import RATE_HZ, SEGMENT_MS, Coding, Encoders, OpusFile, OpusSegment, encode_segment

pytestmark = pytest.mark.long

AUDIO = Path(__file__).parents[1] / "data" / "audio"
SEGMENT = SEGMENT_MS * RATE_HZ // 1000
HELPED_MS = 60 * 60_000
CLIPS = ("zh_autumn.ogg", "en_jfk.flac", "zh_en_alternating.wav", "zh_percent.mp3", "en_sorrow.m4a")


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Some 100 s of five voices, in two channels that differ."""
    mono = np.concatenate([decode(AUDIO / clip).mean(axis=0) for clip in CLIPS])
    return np.stack([mono, np.roll(mono, 5 * RATE_HZ)])


def written(path: Path, sound: Samples, coding: Coding, *, claimed_ms: int = 0) -> OpusFile:
    with Encoders(coding, claimed_ms) as encoders:
        file = OpusFile(path, encoders)
        for at in range(0, sound.shape[1], 16001):
            file.write(sound[:, at : at + 16001])
        file.finish()
    return file


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


@pytest.mark.parametrize(("channels", "bits_per_s"), [(1, 32_000), (1, 16_000), (2, 42_222)])
def test_the_packets_of_joined_segments_are_those_of_one_encoder(
    tmp_path: Path, speech: Samples, channels: int, bits_per_s: int
) -> None:
    sound = np.hstack([speech, speech[:, ::-1]])[:channels]
    coding = Coding(channels, bits_per_s)
    written(tmp_path / "a.ogg", sound, coding)
    assert sound.shape[1] > 3 * SEGMENT
    assert packets(tmp_path / "a.ogg") == encode_segment(OpusSegment(sound, run_in=0, ends=True), coding)


def test_helpers_make_the_same_file(tmp_path: Path, speech: Samples) -> None:
    coding = Coding(1, 32_000)
    written(tmp_path / "alone.ogg", speech[:1], coding)
    written(tmp_path / "helped.ogg", speech[:1], coding, claimed_ms=HELPED_MS)
    assert packets(tmp_path / "helped.ogg") == packets(tmp_path / "alone.ogg")


@pytest.mark.parametrize("samples", [48, 319, 320, 321, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT + 12_345])
def test_no_sample_is_lost_or_added(tmp_path: Path, speech: Samples, samples: int) -> None:
    file = written(tmp_path / "a.ogg", np.hstack([speech, speech])[:1, :samples], Coding(1, 32_000))
    assert file.samples == samples
    assert file.done_ms == samples * 1000 // RATE_HZ
    assert decode(tmp_path / "a.ogg").shape == (1, samples)


def test_clicks_stay_where_they_were_across_segments(tmp_path: Path) -> None:
    written(tmp_path / "a.ogg", clicks(150, RATE_HZ), Coding(1, 32_000))
    wanted = [second * 1000 + 500 for second in range(150)]
    assert click_times_ms(decode(tmp_path / "a.ogg"), RATE_HZ) == pytest.approx(wanted, abs=1)


def test_a_helper_that_dies_is_the_machines_trouble(speech: Samples) -> None:
    with Encoders(Coding(1, 32_000), HELPED_MS) as encoders:
        for helper in encoders._helpers:
            helper._process.kill()
        coming = encoders.submit(OpusSegment(speech[:1], run_in=0, ends=True))
        if encoders._helpers:
            with pytest.raises(OSError, match="An encoder ended with -9"):
                coming.result()
    assert [helper._process.poll() for helper in encoders._helpers] == [-9] * len(encoders._helpers)
