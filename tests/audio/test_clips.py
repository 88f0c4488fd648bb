from __future__ import annotations

from io import BytesIO
from pathlib import Path

import av
import pytest

from tests.conftest import AUDIO
from transcripts.audio.clips import cut_clips
from transcripts.audio.playback import make_playback


@pytest.fixture
def playback(tmp_path: Path) -> Path:
    made = tmp_path / "playback.m4a"
    make_playback(AUDIO / "zh_welcome.wav", made, tmp_path / "peaks")
    return made


def length_ms(content: bytes) -> float:
    with av.open(BytesIO(content)) as file:
        samples = sum(frame.samples for frame in file.decode(audio=0))
        return 1000 * samples / file.streams.audio[0].rate


def test_each_span_is_a_file_of_its_length(playback: Path) -> None:
    spans = [(400, 1600), (2000, 2600), (0, 300), (5000, 60_000)]
    found = [length_ms(content) for content in cut_clips(playback, spans)]
    wanted = [1200, 600, 300, 547]
    assert all(-1 <= length - want <= 128 + 64 for length, want in zip(found, wanted, strict=True))


def test_what_lies_behind_the_end_is_empty(playback: Path) -> None:
    assert list(cut_clips(playback, [(60_000, 61_000)])) == [b""]
