from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audio.sounds import clicks, encode
from tests.machine import chromium, skip_without
from transcripts.audio.playback import make_playback

ROOT = Path(__file__).parents[2]
KINDS = {
    "wav": ("wav", "pcm_s16le", 44100),
    "mp3": ("mp3", "libmp3lame", 44100),
    "ogg": ("ogg", "libopus", 48000),
    "m4a": ("ipod", "aac", 48000),
}


@pytest.mark.browser
@pytest.mark.drill
def test_chromium_hears_the_copy_at_the_times_of_the_original(tmp_path: Path) -> None:
    if chromium() is None:
        skip_without("Chromium")
    files = []
    for kind, (container, codec, rate_hz) in KINDS.items():
        path = tmp_path / f"original.{kind}"
        files.append(encode(path, clicks(5, rate_hz), container=container, codec=codec, rate_hz=rate_hz))
        copy = tmp_path / f"{kind}.m4a"
        make_playback(path, copy, tmp_path / "peaks")
        files.append(copy)
    command = [sys.executable, "-m", "tests.audio.clicks_in_browser", *map(str, files)]
    heard = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=90).stdout)
    for original, copy in zip(heard[::2], heard[1::2], strict=True):
        assert copy["clicks"] == pytest.approx(original["clicks"], abs=1)
        assert copy["clicks"][:5] == pytest.approx([500, 1500, 2500, 3500, 4500], abs=1)
        assert copy["duration"] == pytest.approx(original["duration"], abs=0.05)
        assert copy["sought"] == pytest.approx(3.21, abs=1e-6)
