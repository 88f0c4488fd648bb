"""A recording of two hours and ten minutes, as it comes out at the end: whole, at its times, nothing twice."""

from __future__ import annotations

import base64
import json
import struct
import wave
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from numpy.typing import NDArray

from tests.conftest import AUDIO
from tests.files import path_of
from transcripts.audio.decode import decode_blocks
from transcripts.audio.source import open_audio
from transcripts.enums import TranscriptionState
from transcripts.flash.options import RecognitionOptions
from transcripts.flashserver.server import FlashResponse, FlashServer
from transcripts.models import Recording
from transcripts.services.accounts.accounts import get_personal_project
from transcripts.services.recognition.run import run_transcription
from transcripts.services.recordings.create import create_recording

pytestmark = [pytest.mark.drill, pytest.mark.long]

LENGTH_MS = 130 * 60 * 1000
RATE_HZ = 8000
PAUSE_MS = 700
CLIPS = ("zh_welcome.wav", "zh_en_alternating.wav", "en_jfk.flac")


class Hours(FlashServer):
    """Hears nothing, and answers by how long the sound is: a row for every ten seconds, a word in every second."""

    def make_response(self, headers: Mapping[str, str], body: bytes, gone: Callable[[], bool]) -> FlashResponse:
        seconds = ogg_ms(base64.b64decode(json.loads(body)["audio"]["data"])) // 1000
        rows = [words(range(first, min(first + 10, seconds))) for first in range(0, seconds, 10)]
        result = {"text": "".join(row["text"] for row in rows), "utterances": rows}
        return FlashResponse(200, "20000000", "OK", json.dumps({"result": result}).encode())


def words(seconds: range) -> dict[str, Any]:
    heard = [{"text": "字", "start_time": 1000 * s + 37, "end_time": 1000 * s + 541} for s in seconds]
    return {
        "text": "字" * len(heard) + "。",
        "start_time": heard[0]["start_time"],
        "end_time": heard[-1]["end_time"],
        "words": heard,
        "additions": {"speaker": "1"},
    }


def ogg_ms(content: bytes) -> int:
    """By the last page's granule position, which counts samples at 48 kHz, less those to skip (RFC 7845)."""
    head = content.index(b"OpusHead")
    (skip,) = struct.unpack_from("<H", content, head + 10)
    (last,) = struct.unpack_from("<q", content, content.rindex(b"OggS") + 6)
    return round((last - skip) / 48)


@pytest.fixture
def flash(settings: Any) -> Iterator[FlashServer]:
    with Hours() as server:
        settings.FLASH_IS_LOCAL, settings.FLASH_API_KEY, settings.FLASH_API_URL = False, "key", server.url
        yield server


def sound_of(path: Path) -> NDArray[np.float32]:
    with open_audio(path) as source:
        return np.hstack(list(decode_blocks(source, rate_hz=RATE_HZ, channels=1)))[0]


def long_wav(path: Path) -> Path:
    """The clips over and over, with a pause after each."""
    pause = np.zeros(RATE_HZ * PAUSE_MS // 1000, np.float32)
    once = np.hstack([part for clip in CLIPS for part in (sound_of(AUDIO / clip), pause)])
    samples = np.resize((once * 32767).astype("<i2"), RATE_HZ // 1000 * LENGTH_MS)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())
    return path


def at(path: Path, start_ms: int, length_ms: int) -> NDArray[np.float64]:
    with wave.open(str(path), "rb") as file:
        file.setpos(start_ms * RATE_HZ // 1000)
        return np.frombuffer(file.readframes(length_ms * RATE_HZ // 1000), "<i2") / 32768


def lag_ms(sound: NDArray[Any], where: NDArray[Any]) -> float:
    """How much later `sound` begins than the middle of `where`, which is 200 ms wider."""
    alike = np.correlate(where, sound, "valid")
    return (int(alike.argmax()) - len(alike) // 2) * 1000 / RATE_HZ


@pytest.mark.timeout(400)
def test_recording_of_two_hours_and_ten_minutes_comes_out_whole(
    transactional_db: None, lin: User, data_dir: Path, flash: FlashServer
) -> None:
    recording = create_recording(
        file=long_wav(data_dir / "uploads" / "long"),
        file_name="long.wav",
        project=get_personal_project(lin),
        options=RecognitionOptions(speakers=True),
        by=lin,
    )
    assert recording.duration_ms == LENGTH_MS
    run = recording.transcriptions.get()
    run_transcription(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, flash.requests) == (TranscriptionState.DONE, "", 2)
    parts = list(run.parts.all())
    assert [parts[0].start_ms, parts[-1].end_ms] == [0, LENGTH_MS]
    assert all(before.end_ms == after.start_ms for before, after in pairwise(parts))
    files = sorted((path_of(recording.folder) / "parts-1").iterdir())
    assert [ogg_ms(file.read_bytes()) for file in files] == [part.end_ms - part.start_ms for part in parts]
    assert all(file.stat().st_size <= 20_000_000 for file in files)
    transcript = run.transcript
    found = [tuple(word[:3]) for row in transcript.utterances.all() for word in row.words]
    expected = [
        ("字", part.start_ms + 1000 * second + 37, part.start_ms + 1000 * second + 541)
        for part in parts
        for second in range((part.end_ms - part.start_ms) // 1000)
    ]
    assert found == expected
    assert [str(speaker) for speaker in transcript.speakers.all()] == ["Speaker 1-1", "Speaker 2-1"]
    _seam_is_in_a_pause_and_the_sound_goes_on(recording, parts[1].start_ms, files)


def _seam_is_in_a_pause_and_the_sound_goes_on(recording: Recording, seam_ms: int, files: list[Path]) -> None:
    """What the second part begins with is what the recording has at that time, to the millisecond."""
    assert np.abs(at(path_of(recording.original), seam_ms - 50, 100)).max() < 0.01
    with open_audio(files[1]) as source:
        begins = next(decode_blocks(source, rate_hz=RATE_HZ, channels=1))[0][: 4 * RATE_HZ]
    seconds = len(begins) * 1000 // RATE_HZ
    assert abs(lag_ms(begins, at(path_of(recording.original), seam_ms - 100, seconds + 200))) <= 1
