from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.audio.sounds import VIDEO_MS, click_times_ms, clicks, encode, wav
from transcripts.audio.decode import decode
from transcripts.audio.playback import Prepared, make_playback
from transcripts.audio.probe import probe
from transcripts.audio.results import PEAKS_PER_SECOND, AudioInfo, NotAudio

AUDIO = Path(__file__).parents[1] / "data" / "audio"
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"


def read_peaks(path: Path) -> list[list[int]]:
    pairs: list[list[int]] = np.frombuffer(path.read_bytes(), dtype=np.int8).reshape(-1, 2).tolist()
    return pairs


def boxes(path: Path) -> list[str]:
    """Names of the top-level boxes of an MP4 (ISO 14496-12) in order."""
    content, at, names = path.read_bytes(), 0, []
    while at < len(content):
        names.append(content[at + 4 : at + 8].decode())
        at += int.from_bytes(content[at : at + 4])
    return names


@pytest.mark.parametrize(
    ("clip", "prepared", "rate_hz"),
    [
        ("zh_welcome.wav", Prepared(5547, 1), 16000),
        ("zh_percent.mp3", Prepared(8000, 1), 16000),
        ("en_jfk.flac", Prepared(11000, 2), 32000),
        ("odd/truncated.mp3", Prepared(6506, 1), 32000),
        ("odd/mulaw_8k.wav", Prepared(8308, 1), 16000),
        ("odd/video_with_speech.mp4", Prepared(VIDEO_MS, 1), 16000),
    ],
)
def test_the_playback_copy_is_aac_with_its_index_in_front(
    tmp_path: Path, clip: str, prepared: Prepared, rate_hz: int
) -> None:
    copy, peaks = tmp_path / "copy.m4a", tmp_path / "peaks"
    assert make_playback(AUDIO / clip, copy, peaks) == prepared
    names = boxes(copy)
    assert names.index("moov") < names.index("mdat")
    info = probe(copy)
    # The header counts the samples, not the padding of the last AAC frame.
    assert info == AudioInfo(MP4, "aac", prepared.channels, rate_hz, info.duration_ms, False, "")
    assert info.duration_ms == pytest.approx(prepared.duration_ms, abs=1)
    assert len(read_peaks(peaks)) == -(-prepared.duration_ms * PEAKS_PER_SECOND // 1000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.m4a", "peaks"]


@pytest.mark.parametrize(
    ("container", "codec", "rate_hz", "layout"),
    [
        ("wav", "pcm_s16le", 44100, "stereo"),
        ("mp3", "libmp3lame", 44100, "mono"),
        ("mp3", "libmp3lame", 16000, "mono"),
        ("ogg", "libopus", 48000, "mono"),
        ("ipod", "aac", 48000, "stereo"),
        ("ipod", "aac", 22050, "mono"),
        ("webm", "libopus", 48000, "mono"),
        ("flac", "flac", 8000, "mono"),
    ],
)
def test_times_of_the_playback_copy_are_those_of_the_original(
    tmp_path: Path, container: str, codec: str, rate_hz: int, layout: str
) -> None:
    source = encode(
        tmp_path / "source", clicks(5, rate_hz), container=container, codec=codec, rate_hz=rate_hz, layout=layout
    )
    make_playback(source, tmp_path / "copy.m4a", tmp_path / "peaks")
    copy = decode(tmp_path / "copy.m4a", rate_hz=32000)[:, : 5 * 32000]
    assert click_times_ms(copy, 32000) == pytest.approx([500, 1500, 2500, 3500, 4500], abs=1)
    loudest = [max(second) for second in np.array(read_peaks(tmp_path / "peaks"))[:250, 1].reshape(5, 50).tolist()]
    at = [pair[1] for pair in read_peaks(tmp_path / "peaks")].index(loudest[0])
    assert at in (24, 25)
    assert min(loudest) > 60


def test_peaks_are_lowest_and_highest_of_each_fiftieth_of_a_second(tmp_path: Path) -> None:
    values = np.zeros((16000 + 10, 2), dtype=np.int16)
    values[0] = 32767  # both channels: full scale
    values[320] = (-16384, 0)  # one of two channels: a quarter, in the second window
    values[16005] = 16384  # the last window, which is short
    source = wav(tmp_path / "a.wav", values.tobytes(), channels=2)
    make_playback(source, tmp_path / "copy.m4a", tmp_path / "peaks")
    expected = [[0, 0] for _ in range(51)]
    expected[0], expected[1], expected[50] = [0, 127], [-32, 0], [0, 64]
    assert read_peaks(tmp_path / "peaks") == expected


def test_what_is_no_audio_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotAudio):
        make_playback(AUDIO / "odd" / "html_page.mp3", tmp_path / "copy.m4a", tmp_path / "peaks")
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done_ms: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        make_playback(AUDIO / "zh_percent.mp3", tmp_path / "copy.m4a", tmp_path / "peaks", on_progress=interrupt)
    assert list(tmp_path.iterdir()) == []
