"""What a call costs: memory, time over a slow link, and CPU for the answer. Medians of five; Linux.

The plain client is `_plain_client.py`; the service answers at once from a script. Ours is the application as people
run it (`manage.py up`): from taking the file in to the stored transcript, with playback copy and peaks made meanwhile.
(d) and (e) are about `manage.py transcribe` with all processes that it starts.
"""

from __future__ import annotations

import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from tests.bench._service import service
from tests.bench._tree import Cost, measure
from tests.processes import ROOT, Site, wait_for
from transcripts.audio.decode import Samples, decode, make_frame

if TYPE_CHECKING:
    from uuid import UUID

ROUNDS = 5
AUDIO = ROOT / "tests" / "data" / "audio"
CLIPS = ("zh_welcome.wav", "zh_percent.mp3", "en_jfk.flac", "zh_autumn.ogg", "en_sorrow.m4a", "zh_en_alternating.wav")
ANSWER_WORDS = 30_000
BEFORE_CPU_S, BEFORE_MB = 1.8, 179  # of version 0.9 for a short file, measured as (d) does
CALL_WORDS = 8_000  # what people say in 40 minutes


def speech(seconds: float, rate_hz: int) -> Samples:
    """The clips one after the other, again and again, in one channel."""
    clips = [decode(AUDIO / clip, rate_hz=rate_hz).mean(axis=0) for clip in CLIPS]
    return np.resize(np.concatenate(clips), (1, round(seconds * rate_hz)))


def write_wav(path: Path, size: int, *, rate_hz: int, channels: int) -> Path:
    sound = speech(size / (2 * channels * rate_hz), rate_hz)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(np.repeat(np.rint(sound * 32767).astype("<i2"), channels, axis=0).T.tobytes())
    return path


def write_mp3(path: Path, size: int) -> Path:
    bits_per_s, rate_hz = 64_000, 16_000
    sound = speech(size * 8 / bits_per_s, rate_hz)
    with av.open(str(path), "w", format="mp3") as file:
        stream = file.add_stream("libmp3lame", rate=rate_hz, layout="mono")
        stream.bit_rate = bits_per_s
        for at in range(0, sound.shape[1], rate_hz):
            frame = make_frame(sound[:, at : at + rate_hz], rate_hz)
            frame.pts = at
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def plain(url: str, file: Path) -> tuple[float, int]:
    """Seconds from start to end of the plain client, and its peak of resident memory in bytes."""
    begun = time.monotonic()
    command = [sys.executable, str(ROOT / "tests/bench/_plain_client.py"), url, str(file)]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=True)
    return time.monotonic() - begun, int(done.stdout)


def measure_plain(url: str, file: Path) -> Cost:
    command = [sys.executable, str(ROOT / "tests/bench/_plain_client.py"), url, str(file)]
    return measure(command, environment=os.environ, cwd=file.parent)


def measure_transcribe(url: str, file: Path) -> Cost:
    command = [sys.executable, "manage.py", "transcribe", str(file), "-o", str(file.with_suffix(".json"))]
    environment = {**os.environ, "FLASHWEB_DATA": str(file.parent / "no-data"), "FLASH_API_KEY": "bench"}
    return measure(command, environment={**environment, "FLASH_API_URL": url}, cwd=ROOT)


def median_costs(*ways: Callable[[], Cost]) -> list[Cost]:
    """Of each way, taking turns, as `medians`."""
    rounds = [[way() for way in ways] for _ in range(ROUNDS)]
    return [Cost(*map(statistics.median, zip(*costs, strict=True))) for costs in zip(*rounds, strict=True)]


class Ours:
    """The running application. Django is loaded here only once its environment stands."""

    def __init__(self, site: Site) -> None:
        self.site = site
        os.environ.update(site.environment)
        import django

        django.setup()
        logging.disable(logging.INFO)
        from django.contrib.auth.models import User

        self.user = User.objects.create_user("bench")

    def create_recording(self, file: Path) -> UUID:
        """The transcription's id. The file is moved, hence the copy, which the clock does not count."""
        from transcripts.flash.options import RecognitionOptions
        from transcripts.services.accounts.accounts import get_personal_project
        from transcripts.services.recordings.create import create_recording

        copy = Path(shutil.copy(file, self.site.data / "uploads" / f"bench-{file.name}"))
        self.begun = time.monotonic()
        recording = create_recording(
            file=copy,
            file_name=file.name,
            project=get_personal_project(self.user),
            options=RecognitionOptions(),
            by=self.user,
        )
        return recording.transcriptions.get().pk

    def call(self, file: Path) -> tuple[float, int]:
        """Seconds until the transcript is stored, and the peak of the worker's resident memory in bytes."""
        from transcripts.models import Recording, Transcription

        worker = Path("/proc") / str(self.site.children()["worker"])
        (worker / "clear_refs").write_text("5")  # the peak begins anew
        pk = self.create_recording(file)
        states = Transcription.objects.filter(pk=pk).values_list("state", flat=True)
        while (state := states.get()) not in {"done", "failed"}:
            time.sleep(0.02)
        seconds = time.monotonic() - self.begun
        peak = next(line for line in (worker / "status").read_text().splitlines() if line.startswith("VmHWM"))
        prepared = Recording.objects.filter(transcriptions=pk).values_list("state", flat=True)
        wait_for("playback copy", lambda: prepared.get() not in {"queued", "running"}, 600)
        if (state, prepared.get()) != ("done", "done"):
            raise AssertionError(f"{file.name}: {state}, {prepared.get()}\n{self.site.printed()[-4000:]}")
        return seconds, int(peak.split()[1]) * 1024

    def answer_cpu_s(self) -> float:
        """CPU seconds of this process for a whole call about a short clip whose answer is long."""
        from transcripts.models import Utterance
        from transcripts.services.recognition.run import run_transcription

        pk = self.create_recording(AUDIO / "zh_welcome.wav")
        begun = time.process_time()
        run_transcription(pk)
        seconds = time.process_time() - begun
        rows = Utterance.objects.filter(transcript__transcription=pk).values_list("engine_words", flat=True)
        if sum(map(len, rows)) < ANSWER_WORDS:
            raise AssertionError("The answer was not stored.")
        return seconds


def medians(*ways: Callable[[], tuple[float, int]]) -> list[tuple[float, float]]:
    """Of each way, taking turns, so that what else the machine does falls on all of them."""
    rounds = [[way() for way in ways] for _ in range(ROUNDS)]
    return [
        (statistics.median(seconds for seconds, _ in results), statistics.median(peak for _, peak in results))
        for results in zip(*rounds, strict=True)
    ]


def main() -> None:
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with service(ANSWER_WORDS) as address:
            site = Site(folder / "data", FLASH_API_KEY="bench", FLASH_API_URL=address.fast)
            ours = Ours(site)
            cpu_s = statistics.median(ours.answer_cpu_s() for _ in range(ROUNDS))
        with service(CALL_WORDS) as address:
            site.environment["FLASH_API_URL"] = address.slow
            site.start()
            try:
                run(ours, folder, address.fast, address.slow)
            finally:
                site.stop()
            measure_command(folder, address.fast, address.slow)
        print(f"(c) an answer of 30,000 words parsed and stored: {cpu_s:.2f} s of CPU (less than 1 is wanted)")
    print(f"Load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def measure_command(folder: Path, fast: str, slow: str) -> None:
    clip = Path(shutil.copy(AUDIO / "zh_percent.mp3", folder))
    wav = write_wav(folder / "20mb.wav", 20_000_000, rate_hz=16_000, channels=1)
    for what, file in {"a short MP3": clip, "a WAV of 20 MB": wav}.items():
        _, ours = compare(fast, file)
        megabytes = ours.peak_bytes / 1e6
        print(
            f"(d) transcribe, {what}, all processes: {ours.cpu_s:.2f} s of CPU, {ours.cpu_s / BEFORE_CPU_S:.2f} of "
            f"that of 0.9 (0.5 at most is wanted); {megabytes:.0f} MB, {megabytes / BEFORE_MB:.2f} (0.67 at most)",
            flush=True,
        )
    theirs, ours = compare(slow, wav)
    print(
        f"(e) transcribe, a WAV of 20 MB over 20 Mbit/s: plain {theirs.seconds:.1f} s, ours {ours.seconds:.1f} s: "
        f"{theirs.seconds / ours.seconds:.2f} times as fast",
        flush=True,
    )
    for kind, rate_hz, channels in (("44.1 kHz stereo", 44_100, 2), ("16 kHz mono", 16_000, 1)):
        file = write_wav(folder / "100mb-whole.wav", 100_000_000, rate_hz=rate_hz, channels=channels)
        theirs, ours = compare(fast, file)
        print(
            f"(a) transcribe, 100 MB WAV, {kind}, all processes: plain {theirs.peak_bytes / 1e6:.0f} MB, ours "
            f"{ours.peak_bytes / 1e6:.0f} MB: {ours.peak_bytes / theirs.peak_bytes:.2f} of it (0.25 at most is wanted)",
            flush=True,
        )


def compare(url: str, file: Path) -> list[Cost]:
    """Of the plain client and of ours."""
    return median_costs(lambda: measure_plain(url, file), lambda: measure_transcribe(url, file))


def run(ours: Ours, folder: Path, fast: str, slow: str) -> None:
    wav = write_wav(folder / "100mb.wav", 100_000_000, rate_hz=44_100, channels=2)
    (_, plain_peak), (_, our_peak) = medians(lambda: plain(fast, wav), lambda: ours.call(wav))
    print(
        f"(a) 100 MB WAV, peak memory of the sender: plain {plain_peak / 1e6:.0f} MB, ours {our_peak / 1e6:.0f} MB: "
        f"{our_peak / plain_peak:.2f} of it (0.25 at most is wanted)",
        flush=True,
    )
    calls = {
        "40 min WAV of 77 MB": (write_wav(folder / "40min.wav", 76_800_000, rate_hz=16_000, channels=1), "2.5"),
        "MP3 of 10 MB": (write_mp3(folder / "10mb.mp3", 10_000_000), "0.9"),
    }
    for what, (file, wanted) in calls.items():
        (plain_s, _), (our_s, _) = medians(lambda file=file: plain(slow, file), lambda file=file: ours.call(file))
        print(
            f"(b) {what} over 20 Mbit/s: plain {plain_s:.1f} s, ours {our_s:.1f} s: "
            f"{plain_s / our_s:.2f} times as fast ({wanted} at least is wanted)",
            flush=True,
        )


if __name__ == "__main__":
    main()
