from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from tests.audio.sounds import VIDEO_SAMPLES, click_times_ms, clicks, encode, wav
from transcripts.audio.decode import decode, sniff_container
from transcripts.audio.results import NotAudio, Reason

AUDIO = Path(__file__).parents[1] / "data" / "audio"
RATE = 16000


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\x24\x08\x00\x00WAVEfmt ", "wav"),
        (b"RIFF\x24\x08\x00\x00AVI LIST", ""),
        (b"OggS\x00\x02", "ogg"),
        (b"ID3\x04\x00", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xe3\x18\xc4", "mp3"),  # MPEG 2.5
        (b"\xff\xf1\x50\x80", ""),  # AAC in ADTS
        (b"\xff\xfd\x90\x64", ""),  # layer II
        (b"\xff\xeb\x90\x64", ""),  # reserved version
        (b"\xff\xfb\xf0\x64", ""),  # reserved bit rate
        (b"\xff\xfb\x9c\x64", ""),  # reserved sampling rate
        (b"fLaC\x00\x00\x00\x22", ""),
        (b"<!DOCTYPE html>", ""),
        (b"\xff\xfb", ""),
        (b"", ""),
    ],
)
def test_sniff_knows_what_the_api_takes(head: bytes, kind: str) -> None:
    assert sniff_container(head) == kind


def test_decode_gives_the_samples_as_they_are(tmp_path: Path) -> None:
    values = np.random.default_rng(1).integers(-32768, 32767, (4000, 2), dtype=np.int16)
    path = wav(tmp_path / "a.wav", values.tobytes(), channels=2)
    expected = (values.T / 32768).astype(np.float32)
    assert np.array_equal(decode(path), expected)
    assert np.array_equal(decode(io.BytesIO(path.read_bytes())), expected)


def test_decode_of_hostile_floats_stays_in_range(tmp_path: Path) -> None:
    values = np.array([0.5, np.nan, np.inf, -np.inf, 7.0, -0.5], dtype=np.float32)
    path = wav(tmp_path / "a.wav", values.tobytes(), tag=3, bits=32)
    assert decode(path).tolist() == [[0.5, 0.0, 1.0, -1.0, 1.0, -0.5]]


@pytest.mark.parametrize(
    ("clip", "shape"),
    [
        ("zh_percent.mp3", (1, 128_000)),
        ("zh_autumn.ogg", (1, 843_600)),
        ("en_jfk.flac", (2, 176_000)),
        ("odd/truncated.mp3", (1, 104_089)),  # 6.5 s, of which the header says 11
        ("odd/mulaw_8k.wav", (1, 132_928)),
        ("odd/stereo_48k_two_voices.flac", (2, 134_400)),
        ("odd/video_with_speech.mp4", (1, VIDEO_SAMPLES)),
    ],
)
def test_decode_gives_the_true_length(clip: str, shape: tuple[int, int]) -> None:
    assert decode(AUDIO / clip).shape == shape


def test_decode_reads_a_wav_whose_sizes_are_zero_whole() -> None:
    assert np.array_equal(decode(AUDIO / "odd" / "riff_size_zero.wav"), decode(AUDIO / "zh_welcome.wav"))


def test_decode_stops_at_its_limit() -> None:
    with pytest.raises(NotAudio) as refused:
        decode(AUDIO / "odd" / "silence_5s.wav", limit_ms=4999)
    assert refused.value.reason == Reason.TOO_LONG
    assert decode(AUDIO / "odd" / "silence_5s.wav", limit_ms=5000).shape == (1, 80_000)


@pytest.mark.parametrize("channels", [3, 6, 8, 12, 40])
def test_many_channels_become_one(tmp_path: Path, channels: int) -> None:
    one = np.random.default_rng(2).integers(-4000, 4000, 8000, dtype=np.int16)
    values = np.zeros((8000, channels), dtype=np.int16)
    values[:, channels - 1] = one
    path = wav(tmp_path / "a.wav", values.tobytes(), channels=channels)
    expected = one[None, :] / 32768 / np.sqrt(channels)
    assert np.allclose(decode(path), expected, atol=1e-6)


def test_planar_frames_of_eight_channels_are_read(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "a.ogg", clicks(2, 48000) / 4, container="ogg", codec="libopus", rate_hz=48000, layout="7.1"
    )
    sound = decode(path)
    assert sound.shape == (1, 2 * RATE)
    assert click_times_ms(sound, RATE) == pytest.approx([500, 1500], abs=1)


def test_a_rate_and_layout_that_change_midway_are_followed(tmp_path: Path) -> None:
    parts = [
        encode(
            tmp_path / f"{layout}.mp3",
            clicks(2, 44100),
            container="mp3",
            codec="libmp3lame",
            rate_hz=44100,
            layout=layout,
        )
        for layout in ("mono", "stereo")
    ]
    parts.append(encode(tmp_path / "3.mp3", clicks(2, 16000), container="mp3", codec="libmp3lame", rate_hz=16000))
    lengths = [decode(part).shape[1] for part in parts]
    (tmp_path / "all.mp3").write_bytes(b"".join(part.read_bytes() for part in parts))
    sound = decode(tmp_path / "all.mp3")
    assert sound.shape[0] == 1
    # Where files are joined, the silence that the encoder put around each is not cut off.
    assert sum(lengths) <= sound.shape[1] <= sum(lengths) + RATE // 2
    assert (np.abs(sound[0]) > 0.3).sum() >= 6


@pytest.mark.long
def test_damage_in_the_middle_costs_only_itself(tmp_path: Path) -> None:
    for clip, loss_s in (("zh_percent.mp3", 0.6), ("en_jfk.flac", 0.6), ("zh_autumn.ogg", 2.1), ("en_sorrow.m4a", 0.6)):
        content = bytearray((AUDIO / clip).read_bytes())
        middle = len(content) // 2
        content[middle : middle + 2000] = np.random.default_rng(3).bytes(2000)
        (tmp_path / clip).write_bytes(content)
        whole, damaged = decode(AUDIO / clip), decode(tmp_path / clip)
        lost_s = (whole.shape[1] - damaged.shape[1]) / RATE
        assert -0.1 <= lost_s <= loss_s, clip
        tail = whole[0, -2 * RATE : -RATE]
        likeness = np.correlate(damaged[0, -3 * RATE :], tail) / (tail @ tail)
        assert likeness.max() == pytest.approx(1, abs=0.05), clip


def test_a_pause_in_the_containers_times_becomes_silence(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.webm", clicks(4, 48000), container="webm", codec="libopus", rate_hz=48000, pause_s=3)
    sound = decode(path)
    assert sound.shape[1] == pytest.approx(7 * RATE, abs=RATE // 20)
    assert [round(ms, -1) for second, ms in enumerate(click_times_ms(sound, RATE)) if second not in (2, 3, 4)] == [
        500,
        1500,
        5500,
        6500,
    ]
    assert not sound[:, 2 * RATE + 2000 : 5 * RATE - 2000].any()


def test_a_time_broken_by_hours_is_no_pause(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "a.webm", clicks(4, 48000), container="webm", codec="libopus", rate_hz=48000, pause_s=90_000
    )
    assert decode(path).shape[1] == pytest.approx(4 * RATE, abs=RATE // 20)
