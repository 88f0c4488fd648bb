"""The copy that browsers play and seek, and the waveform they draw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from transcripts.audio.decode import Samples, decode_blocks
from transcripts.audio.encode import Encoder, replace_when_done
from transcripts.audio.results import PEAKS_PER_SECOND
from transcripts.audio.results import Prepared as Prepared
from transcripts.audio.source import open_audio

_RATES_HZ = (16000, 32000)  # both divisible by PEAKS_PER_SECOND
_BITS_PER_S = {(16000, 1): 40_000, (16000, 2): 64_000, (32000, 1): 56_000, (32000, 2): 96_000}


def make_playback(
    source: Path,
    playback: Path,
    peaks: Path,
    *,
    track: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Write `playback` (M4A, AAC-LC, index in front) and `peaks` while decoding once.

    `peaks` holds PEAKS_PER_SECOND pairs of signed bytes a second: lowest and highest sample of the channels'
    mean, 127 for full scale. `track` is as `open_audio` takes it; `on_progress` receives the milliseconds done.
    Raises `NotAudio`, or `OSError` where the disk refuses.
    """
    with (
        open_audio(source, track=track) as opened,
        replace_when_done(playback) as sound_path,
        replace_when_done(peaks) as peaks_path,
    ):
        rate_hz = next((rate for rate in _RATES_HZ if opened.rate_hz <= rate), _RATES_HZ[-1])
        encoder = Encoder(
            sound_path,
            container="ipod",
            codec="aac",
            rate_hz=rate_hz,
            channels=opened.channels,
            bits_per_s=_BITS_PER_S[rate_hz, opened.channels],
            codec_options={"aac_coder": "fast"},  # less CPU than the default, and nearer to the original
            container_options={"movflags": "+faststart"},
        )
        with peaks_path.open("wb") as file:
            writer = _PeaksWriter(file, rate_hz // PEAKS_PER_SECOND)
            for block in decode_blocks(opened, rate_hz=rate_hz, channels=opened.channels):
                encoder.write(block)
                writer.write(block)
                if on_progress is not None:
                    on_progress(encoder.duration_ms)
            writer.finish()
        encoder.finish()
        return Prepared(duration_ms=encoder.duration_ms, channels=opened.channels)


class _PeaksWriter:
    def __init__(self, file: BinaryIO, samples_per_peak: int) -> None:
        self._file = file
        self._samples_per_peak = samples_per_peak
        self._rest = np.empty(0, dtype=np.float32)

    def write(self, block: Samples) -> None:
        mono = block[0] if block.shape[0] == 1 else (block[0] + block[1]) * np.float32(0.5)
        mono = np.concatenate([self._rest, mono])
        whole = len(mono) - len(mono) % self._samples_per_peak
        self._rest = mono[whole:]
        self._put(mono[:whole].reshape(-1, self._samples_per_peak))

    def finish(self) -> None:
        if len(self._rest):
            self._put(self._rest[None, :])

    def _put(self, windows: Samples) -> None:
        pairs = np.stack([windows.min(axis=1), windows.max(axis=1)], axis=1)
        self._file.write(np.rint(pairs * 127).astype(np.int8).tobytes())
