from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import AUDIO
from transcripts.audio import sandbox
from transcripts.audio.decode import decode
from transcripts.audio.results import NotAudio
from transcripts.flash.audio import AudioFile
from transcripts.flash.options import RecognitionOptions
from transcripts.services.recognition import api_requests
from transcripts.services.recognition.api_requests import ApiRequest, make_client, prepare_requests

pytestmark = pytest.mark.long

STEREO = "odd/stereo_48k_two_voices.flac"
TWO_HOURS_MS = 2 * 60 * 60 * 1000


def prepare(folder: Path, clip: str, *, duration_ms: int | None = 5000, **options: Any) -> list[ApiRequest]:
    source = folder / "original"
    shutil.copy(AUDIO / clip, source)
    info = sandbox.probe(source)
    return prepare_requests(
        source,
        folder,
        options=RecognitionOptions(**options),
        api_format=info.api_format,
        channels=info.channels,
        duration_ms=duration_ms,
    )


@pytest.mark.parametrize(
    ("clip", "audio_format"), [("zh_welcome.wav", "wav"), ("zh_percent.mp3", "mp3"), ("zh_autumn.ogg", "ogg")]
)
def test_what_the_service_takes_is_sent_as_it_is(tmp_path: Path, clip: str, audio_format: str) -> None:
    original = tmp_path / "original"
    assert prepare(tmp_path, clip) == [ApiRequest(1, 0, 5000, AudioFile(original, audio_format))]
    assert prepare(tmp_path, clip, channel_split=True) == [
        ApiRequest(1, 0, 5000, AudioFile(original, audio_format, channels=1))
    ]
    assert list(tmp_path.iterdir()) == [original]


@pytest.mark.parametrize("duration_ms", [None, 0, TWO_HOURS_MS])
def test_length_that_is_unknown_or_just_short_enough_is_no_reason_to_split(
    tmp_path: Path, duration_ms: int | None
) -> None:
    (request,) = prepare(tmp_path, "zh_welcome.wav", duration_ms=duration_ms)
    assert request.audio == AudioFile(tmp_path / "original", "wav")


@pytest.mark.parametrize(("split", "channels"), [(False, 1), (True, 2)])
def test_what_it_does_not_take_is_sent_as_a_copy_with_its_channels(tmp_path: Path, split: bool, channels: int) -> None:
    (request,) = prepare(tmp_path, STEREO, channel_split=split)
    copy = tmp_path / f"sendable-{channels}.ogg"
    assert request.audio == AudioFile(copy, "ogg", codec="opus", channels=2 if split else None)
    found = sandbox.probe(copy)
    assert (found.codec, found.channels, found.api_format) == ("opus", channels, "ogg")
    made = copy.stat().st_mtime_ns
    assert [one.audio for one in prepare(tmp_path, STEREO, channel_split=split)] == [request.audio]
    assert copy.stat().st_mtime_ns == made


def test_copies_for_both_ways_are_kept_side_by_side(tmp_path: Path) -> None:
    for split in (True, False, True):
        prepare(tmp_path, STEREO, channel_split=split)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["original", "sendable-1.ogg", "sendable-2.ogg"]


@pytest.mark.parametrize(("split", "channels"), [(False, 1), (True, 2)])
def test_what_is_longer_than_two_hours_is_sent_in_parts_however_small(
    tmp_path: Path, split: bool, channels: int
) -> None:
    """The file claims too much: it becomes one part, with its true length."""
    (request,) = prepare(tmp_path, "zh_welcome.wav", duration_ms=TWO_HOURS_MS + 1, channel_split=split)
    part = tmp_path / "parts-1" / "00000000-00005547.ogg"
    assert request == ApiRequest(1, 0, 5547, AudioFile(part, "ogg", codec="opus", channels=1 if split else None))


def test_parts_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_requests, "MAX_AUDIO_MS", 4000)
    first = prepare(tmp_path, "zh_welcome.wav", duration_ms=5547)
    made = [request.audio.path.stat().st_mtime_ns for request in first if isinstance(request.audio, AudioFile)]
    assert len(made) == 2
    again = prepare(tmp_path, "zh_welcome.wav", duration_ms=5547)
    assert again == first
    assert [request.audio.path.stat().st_mtime_ns for request in again if isinstance(request.audio, AudioFile)] == made


@pytest.mark.parametrize("duration_ms", [5000, TWO_HOURS_MS + 1])
def test_nothing_is_left_of_what_cannot_be_made(tmp_path: Path, duration_ms: int) -> None:
    source = tmp_path / "original"
    shutil.copy(AUDIO / "odd/html_page.mp3", source)
    with pytest.raises(NotAudio):
        prepare_requests(
            source, tmp_path, options=RecognitionOptions(), api_format="", channels=1, duration_ms=duration_ms
        )
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("duration_ms", [5000, TWO_HOURS_MS + 1])
def test_making_ends_when_it_is_no_longer_wanted(tmp_path: Path, duration_ms: int) -> None:
    source = tmp_path / "original"
    shutil.copy(AUDIO / STEREO, source)
    with pytest.raises(sandbox.WorkCancelled):
        prepare_requests(
            source,
            tmp_path,
            options=RecognitionOptions(),
            api_format="",
            channels=2,
            duration_ms=duration_ms,
            cancelled=lambda: True,
        )
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize(("local", "seconds"), [(False, 15 * 60), (True, 4 * 60 * 60)])
def test_long_recording_is_waited_for(settings: Any, local: bool, seconds: int) -> None:
    """The service's documentation has clients wait for five minutes at least, ten for long files."""
    settings.FLASH_IS_LOCAL = local
    assert make_client()._timeout == (10, seconds)


@pytest.mark.parametrize("duration_ms", [11_000, TWO_HOURS_MS + 1])
def test_copies_of_tracks_are_kept_apart(tmp_path: Path, duration_ms: int) -> None:
    source = AUDIO.parent / "failing/a06_first_track_silent.mp4"
    loudest = []
    for track in (0, 1, 0):
        (request,) = prepare_requests(
            source,
            tmp_path,
            options=RecognitionOptions(),
            api_format="",
            channels=1,
            duration_ms=duration_ms,
            track=track,
        )
        assert isinstance(request.audio, AudioFile)
        loudest.append(float(np.abs(decode(request.audio.path)).max()))
    assert [loud > 0.3 for loud in loudest] == [False, True, False]
