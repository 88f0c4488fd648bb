from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.audio.sounds import SORROW_MS, VIDEO_MS, click_times_ms, clicks, encode, wav
from transcripts.audio.convert import choose_coding, convert_for_api
from transcripts.audio.decode import decode
from transcripts.audio.opus import Coding
from transcripts.audio.probe import probe
from transcripts.audio.results import AudioInfo, NotAudio, Reason

AUDIO = Path(__file__).parents[1] / "data" / "audio"
RATE = 16000


@pytest.mark.parametrize(
    ("clip", "duration_ms"),
    [
        ("en_sorrow.m4a", SORROW_MS),
        ("en_jfk.flac", 11000),
        ("odd/truncated.mp3", 6506),
        ("odd/riff_size_zero.wav", 5547),
        ("odd/mulaw_8k.wav", 8308),
        ("odd/video_with_speech.mp4", VIDEO_MS),
        ("odd/silence_5s.wav", 5000),
    ],
)
def test_the_sent_copy_is_ogg_opus_of_the_true_length(tmp_path: Path, clip: str, duration_ms: int) -> None:
    target = tmp_path / "sent.ogg"
    assert convert_for_api(AUDIO / clip, target) == duration_ms
    info = probe(target)
    # An Ogg header counts the few ms before the first sample too.
    assert info == AudioInfo("ogg", "opus", 1, 48000, info.duration_ms, False, "ogg")
    assert decode(target).shape == (1, decode(AUDIO / clip).shape[1])
    assert [path.name for path in tmp_path.iterdir()] == ["sent.ogg"]


def test_a_live_webm_is_converted_whole(tmp_path: Path) -> None:
    source = encode(
        tmp_path / "a.webm", clicks(3, 48000), container="webm", codec="libopus", rate_hz=48000, options={"live": "1"}
    )
    assert convert_for_api(source, tmp_path / "sent.ogg") == 3000


@pytest.mark.parametrize(("container", "codec"), [("wav", "pcm_s16le"), ("ipod", "aac"), ("mp3", "libmp3lame")])
def test_times_of_the_sent_copy_are_those_of_the_original(tmp_path: Path, container: str, codec: str) -> None:
    source = encode(tmp_path / "source", clicks(5, 44100), container=container, codec=codec, rate_hz=44100)
    convert_for_api(source, tmp_path / "sent.ogg")
    sent = decode(tmp_path / "sent.ogg")[:, : 5 * RATE]
    assert click_times_ms(sent, RATE) == pytest.approx([500, 1500, 2500, 3500, 4500], abs=1)


def test_two_channels_stay_apart_where_two_are_asked_for(tmp_path: Path) -> None:
    source = AUDIO / "odd" / "stereo_48k_two_voices.flac"  # left speaks first, right from 3.1 s
    assert convert_for_api(source, tmp_path / "sent.ogg", channels=2) == 8400
    sent = decode(tmp_path / "sent.ogg")
    first, second = sent[:, : 29 * RATE // 10], sent[:, 32 * RATE // 10 :]
    assert sent.shape == (2, 8400 * 16)
    assert np.abs(first).max(axis=1).argmax() == 0
    assert np.abs(second).max(axis=1).argmax() == 1
    assert np.abs(first[1]).max() < 0.01


def test_one_channel_is_not_doubled(tmp_path: Path) -> None:
    convert_for_api(AUDIO / "zh_welcome.wav", tmp_path / "sent.ogg", channels=2)
    assert probe(tmp_path / "sent.ogg").channels == 1


@pytest.mark.parametrize(
    ("hours", "channels", "bits_per_s"),
    [(0, 1, 32_000), (0.1, 1, 32_000), (2, 1, 21_111), (3, 1, 16_000), (0.1, 2, 64_000), (2, 2, 32_000)],
)
def test_bit_rate_keeps_two_hours_within_20_mb(hours: float, channels: int, bits_per_s: int) -> None:
    assert choose_coding(round(hours * 3_600_000), channels) == Coding(channels, bits_per_s)


@pytest.mark.long
def test_the_bit_rate_asked_for_is_kept(tmp_path: Path) -> None:
    convert_for_api(AUDIO / "zh_autumn.ogg", tmp_path / "sent.ogg")
    # 52.725 s, and two in a hundred for Ogg.
    assert (tmp_path / "sent.ogg").stat().st_size == pytest.approx(52.725 * 32_000 / 8 * 1.02, rel=0.005)


def test_progress_is_told_and_an_interruption_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "sent.ogg"
    told: list[int] = []
    convert_for_api(AUDIO / "odd" / "silence_5s.wav", target, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 5000
    before = target.read_bytes()

    def interrupt(done_ms: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        convert_for_api(AUDIO / "zh_autumn.ogg", target, on_progress=interrupt)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["sent.ogg"]


def test_a_sound_of_less_than_one_sample_is_no_audio(tmp_path: Path) -> None:
    source = wav(tmp_path / "one.wav", b"\0\x10", rate_hz=48000)
    with pytest.raises(NotAudio) as refused:
        convert_for_api(source, tmp_path / "sent.ogg")
    assert refused.value.reason == Reason.UNREADABLE


def test_what_is_no_audio_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotAudio) as refused:
        convert_for_api(AUDIO / "odd" / "html_page.mp3", tmp_path / "sent.ogg")
    assert refused.value.reason == Reason.UNREADABLE
    assert list(tmp_path.iterdir()) == []
