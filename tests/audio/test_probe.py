from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.audio.sounds import clicks, encode, picture_only, wav
from transcripts.audio.probe import AudioInfo, NotAudio, probe
from transcripts.audio.results import Reason

AUDIO = Path(__file__).parents[1] / "data" / "audio"
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"


@pytest.mark.parametrize(
    ("clip", "info"),
    [
        ("zh_welcome.wav", AudioInfo("wav", "pcm_s16le", 1, 16000, 5547, False, "wav")),
        ("zh_percent.mp3", AudioInfo("mp3", "mp3", 1, 16000, 8000, False, "mp3")),
        ("zh_autumn.ogg", AudioInfo("ogg", "opus", 1, 48000, 52732, False, "ogg")),
        ("en_sorrow.m4a", AudioInfo(MP4, "aac", 1, 16000, 8730, False, "")),
        ("en_jfk.flac", AudioInfo("flac", "flac", 2, 44100, 11000, False, "")),
        ("odd/mp3_named.wav", AudioInfo("mp3", "mp3", 1, 16000, 5547, False, "mp3")),
        ("odd/truncated.mp3", AudioInfo("mp3", "mp3", 1, 44100, 11000, False, "mp3")),
        # Other programs than this decoder hear nothing in it.
        ("odd/riff_size_zero.wav", AudioInfo("wav", "pcm_s16le", 1, 16000, 5547, False, "")),
        ("odd/mulaw_8k.wav", AudioInfo("wav", "pcm_mulaw", 1, 8000, 8308, False, "")),
        # The container claims 6.7 s, its audio stream 5.5 s.
        ("odd/video_with_speech.mp4", AudioInfo(MP4, "aac", 1, 16000, 5547, True, "")),
        ("odd/silence_5s.wav", AudioInfo("wav", "pcm_s16le", 1, 16000, 5000, False, "wav")),
    ],
)
def test_probe_tells_the_facts_by_content(clip: str, info: AudioInfo) -> None:
    assert probe(AUDIO / clip) == info


def test_probe_of_a_live_webm_knows_no_duration(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "live.webm",
        clicks(2, 48000),
        container="webm",
        codec="libopus",
        rate_hz=48000,
        options={"live": "1"},
    )
    assert probe(path) == AudioInfo("matroska,webm", "opus", 1, 48000, None, False, "")


@pytest.mark.parametrize(
    ("data", "kind", "api_format"),
    [
        (bytes(32000), {}, "wav"),
        (bytes(32000), {"channels": 2}, "wav"),
        (bytes(48000), {"bits": 24}, ""),
        (bytes(64000), {"bits": 32, "tag": 3}, ""),
        (bytes(32000), {"bits": 8}, ""),
        (bytes(96000), {"channels": 3}, ""),
    ],
)
def test_only_16_bit_pcm_of_two_channels_at_most_goes_as_wav(
    tmp_path: Path, data: bytes, kind: dict[str, int], api_format: str
) -> None:
    assert probe(wav(tmp_path / "a.wav", data, **kind)).api_format == api_format


def test_wav_cut_short_does_not_go_as_wav(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", bytes(32000))
    path.write_bytes(path.read_bytes()[:-2000])
    assert probe(path).api_format == ""


def test_ogg_of_another_codec_does_not_go_as_ogg(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.ogg", clicks(1, 16000), container="ogg", codec="flac", rate_hz=16000)
    assert probe(path) == AudioInfo("ogg", "flac", 1, 16000, 1000, False, "")


def test_more_than_two_channels_are_told_and_not_sent_as_they_are(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.ogg", clicks(1, 48000), container="ogg", codec="libopus", rate_hz=48000, layout="7.1")
    assert probe(path) == AudioInfo("ogg", "opus", 8, 48000, 1006, False, "")


def test_probe_refuses_what_is_no_audio(tmp_path: Path) -> None:
    clip = AUDIO / "zh_welcome.wav"
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{clip}\n#EXT-X-ENDLIST\n"
    files = {
        "page.mp3": (AUDIO / "odd" / "html_page.mp3").read_bytes(),
        "empty.mp3": b"",
        "one.wav": b"R",
        "head.wav": clip.read_bytes()[:44],
        "list.m3u8": playlist.encode(),
        "list.wav": playlist.encode(),
        "list.ffconcat": f"ffconcat version 1.0\nfile {clip}\n".encode(),
        "noise.flac": np.random.default_rng(1).bytes(20_000),
        "text.txt": "这里没有声音。\n".encode() * 100,
        "no_index.m4a": (AUDIO / "en_sorrow.m4a").read_bytes()[:20_000],
        "picture.mp4": picture_only(tmp_path / "made.mp4").read_bytes(),
    }
    reasons = {}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(NotAudio) as refused:
            probe(tmp_path / name)
        reasons[name] = refused.value.reason
    assert reasons == {
        "page.mp3": Reason.UNREADABLE,
        "empty.mp3": Reason.EMPTY,
        "one.wav": Reason.UNREADABLE,
        "head.wav": Reason.UNREADABLE,
        "list.m3u8": Reason.UNREADABLE,
        "list.wav": Reason.UNREADABLE,
        "list.ffconcat": Reason.UNREADABLE,
        "noise.flac": Reason.UNREADABLE,
        "text.txt": Reason.UNREADABLE,
        "no_index.m4a": Reason.UNREADABLE,
        "picture.mp4": Reason.NO_AUDIO,
    }


def test_probe_refuses_more_than_twelve_hours_only_where_they_are_there(tmp_path: Path) -> None:
    thirteen_hours = encode(
        tmp_path / "long.webm",
        clicks(15, 48000),
        container="webm",
        codec="libopus",
        rate_hz=48000,
        pause_s=3400,
        every_s=1,
    )
    with pytest.raises(NotAudio) as refused:
        probe(thirteen_hours)
    assert refused.value.reason == Reason.TOO_LONG
    liar = bytearray((AUDIO / "en_jfk.flac").read_bytes())
    liar[22:26] = b"\xff\xff\xff\xff"  # the low bytes of the number of samples: 27 h
    (tmp_path / "liar.flac").write_bytes(liar)
    assert probe(tmp_path / "liar.flac").codec == "flac"


def test_probe_of_a_missing_file_is_no_word_about_audio(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "missing.wav")


@pytest.mark.parametrize("name", ["a:b.mp3", "-i.mp3", "%d.mp3", "a b'\"#?.mp3", "录音.mp3"])
def test_probe_takes_any_file_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes((AUDIO / "zh_percent.mp3").read_bytes())
    assert probe(tmp_path / name).duration_ms == 8000


@pytest.mark.parametrize(
    ("clip", "separate"),
    [("en_phone_garage_stereo.ogg", True), ("odd/stereo_48k_two_voices.flac", True), ("en_jfk.flac", False)],
)
def test_channels_with_a_voice_each_are_noticed(clip: str, separate: bool) -> None:
    assert probe(AUDIO / clip).has_separate_voices == separate


def test_silent_channel_is_no_second_voice(tmp_path: Path) -> None:
    sound = np.random.default_rng(1).normal(0, 3000, 5 * 8000).astype("<i2")
    silent = np.stack([sound, np.zeros_like(sound)], axis=1)
    assert not probe(encode_stereo(tmp_path / "one.wav", silent)).has_separate_voices


def encode_stereo(path: Path, samples: np.ndarray[Any, Any]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    return path
