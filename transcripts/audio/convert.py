"""The copy for the recogniser, where the original cannot be sent as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from transcripts.audio.decode import decode_blocks
from transcripts.audio.encode import replace_when_done
from transcripts.audio.opus import RATE_HZ, Coding, Encoders, OpusFile
from transcripts.audio.source import estimate_duration_ms, open_audio

_MAX_BYTES = 20_000_000
_OVERHEAD = 0.95  # Ogg pages
_BITS_PER_CHANNEL = (16_000, 32_000)  # fewest that keep consonants apart, and where more is of no use


def convert_for_api(
    source: Path,
    target: Path,
    *,
    channels: int = 1,
    track: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write `target` as Ogg Opus of at most `channels` channels; give its duration in ms, counted in samples.

    Two hours stay within 20 MB in one channel; two channels never go below 16 kbit/s each and may pass that. `track`
    is as `open_audio` takes it; `on_progress` receives the milliseconds done. Raises `NotAudio`, or `OSError` where
    the disk refuses.
    """
    duration_ms = estimate_duration_ms(source, track=track)
    with open_audio(source, track=track) as opened, replace_when_done(target) as temporary:
        coding = choose_coding(duration_ms, min(channels, opened.channels))
        with Encoders(coding, duration_ms) as encoders:
            file = OpusFile(temporary, encoders)
            for block in decode_blocks(opened, rate_hz=RATE_HZ, channels=coding.channels):
                file.write(block)
                if on_progress is not None:
                    on_progress(file.done_ms)
            file.finish()
        if on_progress is not None:
            on_progress(file.done_ms)
    return file.duration_ms


def choose_coding(duration_ms: int, channels: int, max_bytes: int = _MAX_BYTES) -> Coding:
    """The bit rate at which `duration_ms` stays within 20 MB and `max_bytes`, as far as it can still be understood."""
    fewest, most = _BITS_PER_CHANNEL
    bits = int(min(max_bytes, _MAX_BYTES) * _OVERHEAD * 8000 / duration_ms / channels) if duration_ms else most
    return Coding(channels, channels * max(fewest, min(most, bits)))


def compute_longest_ms(max_bytes: int, channels: int) -> int:
    """How much fits into `max_bytes` at the lowest bit rate."""
    return int(max_bytes * _OVERHEAD * 8000 / (_BITS_PER_CHANNEL[0] * channels))
