"""Of several audio tracks the one with speech is taken, and another one can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from transcripts.audio import sandbox
from transcripts.audio.decode import decode
from transcripts.audio.results import AudioTrack, NotAudio
from transcripts.audio.tracks import is_like_speech

pytestmark = pytest.mark.long

DATA = Path(__file__).parents[1] / "data"
AUDIO, FAILING = DATA / "audio", DATA / "failing"
RATE = 16000
RANDOM = np.random.default_rng(5)
SECONDS = 11
SILENCE = np.zeros(SECONDS * RATE, np.float32)
NOISE = RANDOM.normal(0, 0.1, SECONDS * RATE).astype(np.float32)


def music() -> NDArray[np.float32]:
    """Chords that are struck twice a second and held."""
    at = np.arange(SECONDS * RATE) / RATE
    chords = [sum(np.sin(2 * np.pi * root * ratio * at) for ratio in (1, 1.25, 1.5, 2)) for root in (220, 262, 196)]
    chosen = np.choose((at * 2).astype(int) % 3, chords)
    return (0.1 * chosen * (0.6 + 0.4 * np.exp(-3 * (at * 2 % 1)))).astype(np.float32)


@pytest.fixture(scope="module")
def speech() -> NDArray[np.float32]:
    return decode(AUDIO / "en_jfk.flac")[0][: SECONDS * RATE]


def write_tracks(path: Path, tracks: Sequence[NDArray[np.float32]], **labels: Sequence[str]) -> Path:
    with av.open(str(path), "w", format="matroska") as output:
        streams = [output.add_stream("aac", rate=RATE, layout="mono") for _ in tracks]
        for name, values in labels.items():
            for stream, value in zip(streams, values, strict=True):
                stream.metadata[name] = value
        for at in range(0, len(tracks[0]), 1024):
            for stream, sound in zip(streams, tracks, strict=True):
                frame = av.AudioFrame.from_ndarray(sound[None, at : at + 1024], format="fltp", layout="mono")
                frame.sample_rate, frame.pts = RATE, at
                output.mux(stream.encode(frame))
        for stream in streams:
            output.mux(stream.encode(None))
    return path


def likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    length = min(len(one), len(other))
    return float(np.corrcoef(np.abs(one[:length]), np.abs(other[:length]))[0, 1])


def test_the_track_with_speech_is_taken_and_another_can_be_chosen(tmp_path: Path) -> None:
    path = FAILING / "a06_first_track_silent.mp4"
    info = sandbox.probe(path)
    assert (info.track, info.tracks) == (
        1,
        (AudioTrack(0, "", "Desktop", 1, 11_000, False), AudioTrack(1, "", "Mic", 1, 11_000, True)),
    )
    assert sandbox.probe(path, track=0).track == 0
    sandbox.convert_for_api(path, tmp_path / "own.ogg")
    sandbox.convert_for_api(path, tmp_path / "first.ogg", track=0)
    assert np.abs(decode(tmp_path / "own.ogg")).max() > 0.3
    assert np.abs(decode(tmp_path / "first.ogg")).max() < 0.01
    sandbox.make_playback(path, tmp_path / "a.m4a", tmp_path / "peaks", track=0)
    assert np.abs(decode(tmp_path / "a.m4a")).max() < 0.01
    parts = sandbox.split_for_api(path, tmp_path / "parts", track=1, max_part_ms=6000)
    assert all(np.abs(decode(part.path)).max() > 0.3 for part in parts)


@pytest.mark.parametrize("others", ["silence", "noise", "music"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_speech_is_found_beside_anything(tmp_path: Path, speech: NDArray[np.float32], others: str, place: int) -> None:
    other = {"silence": SILENCE, "noise": NOISE, "music": music()}[others]
    tracks = [other, other]
    tracks.insert(place, speech)
    path = write_tracks(tmp_path / "a.mkv", tracks, language=["eng", "deu", "und"], title=["one", "two", ""])
    info = sandbox.probe(path)
    assert info.track == place
    assert [track.has_speech for track in info.tracks] == [number == place for number in range(3)]
    assert [(track.language, track.title) for track in info.tracks] == [("eng", "one"), ("deu", "two"), ("", "")]
    assert likeness(decode(path)[0], speech) > 0.9


def test_of_two_tracks_with_speech_the_containers_own_stays(tmp_path: Path, speech: NDArray[np.float32]) -> None:
    path = write_tracks(tmp_path / "a.mkv", [speech, np.roll(speech, 8000)])
    assert sandbox.probe(path).track == 0


def test_speech_late_in_a_long_track_is_found(tmp_path: Path, speech: NDArray[np.float32]) -> None:
    """Longer than what is listened to whole; a third of one track is speech, the other is silent."""
    path = write_tracks(tmp_path / "a.mkv", [np.tile(SILENCE, 30), np.concatenate([*[SILENCE] * 20, *[speech] * 10])])
    info = sandbox.probe(path)
    assert (info.track, [track.has_speech for track in info.tracks]) == (1, [False, True])


def test_a_track_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotAudio):
        sandbox.convert_for_api(FAILING / "a06_first_track_silent.mp4", tmp_path / "a.ogg", track=2)


@pytest.mark.parametrize("name", ["failing/a06_first_track_silent.mp4", "audio/en_sorrow.m4a"])
def test_probing_takes_speech_where_there_is_no_such_track(name: str) -> None:
    file = FAILING.parent / name
    assert sandbox.probe(file, track=2) == sandbox.probe(file)


def test_a_single_track_is_no_choice() -> None:
    info = sandbox.probe(AUDIO / "en_sorrow.m4a")
    assert (info.track, info.tracks) == (0, ())


@pytest.mark.parametrize(
    "clip",
    ["zh_welcome.wav", "zh_percent.mp3", "en_sorrow.m4a", "en_jfk.flac", "zh_en_alternating.wav", "zh_autumn.ogg"],
)
def test_most_seconds_of_speech_are_like_speech(clip: str) -> None:
    sound = decode(AUDIO / clip, rate_hz=8000)[0]
    seconds = sound[: len(sound) // 8000 * 8000].reshape(-1, 8000)
    assert np.mean([is_like_speech(second) for second in seconds]) > 0.5


@pytest.mark.parametrize("sound", [SILENCE, NOISE, music()], ids=["silence", "noise", "music"])
def test_other_sound_is_not(sound: NDArray[np.float32]) -> None:
    seconds = sound[::2][: 5 * 8000].reshape(-1, 8000)
    assert not any(is_like_speech(second) for second in seconds)
