"""The copy for the recogniser, where the original cannot be sent as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from transcripts.audio.decode import blocks
from transcripts.audio.encode import Encoder, replacing
from transcripts.audio.source import measure_ms, open_audio

_RATE_HZ = 16000  # what recognisers listen at; Opus codes it as wide band
_MAX_BYTES = 20_000_000
_OVERHEAD = 0.95  # Ogg pages, and what a variable bit rate may run over
_BITS_PER_CHANNEL = (16_000, 32_000)  # fewest that keep consonants apart, and where more is of no use


def convert_for_api(
    source: Path, target: Path, *, channels: int = 1, on_progress: Callable[[int], None] | None = None
) -> int:
    """Write `target` as Ogg Opus of at most `channels` channels; its duration in ms, counted in samples.

    Two hours stay within 20 MB in one channel; two channels never go below 16 kbit/s each and may pass that.
    `on_progress` hears the milliseconds done. Raises `NotAudio`, or `OSError` where the disk refuses.
    """
    with open_audio(source) as opened:
        channels = min(channels, opened.channels)
        # Headers of formats without an index are guesses, and joined MP3 files tell the length of the first.
        duration_ms = (opened.claimed_ms if opened.clocked else None) or measure_ms(opened)
    with open_audio(source) as opened, replacing(target) as temporary:
        encoder = Encoder(
            temporary,
            container="ogg",
            codec="libopus",
            rate_hz=_RATE_HZ,
            channels=channels,
            bits_per_s=_bits_per_s(duration_ms, channels),
            # Level 3 of 10 costs 70 % of the CPU of level 10; with `voip` it keeps to the asked bit rate.
            codec_options={"application": "voip", "compression_level": "3"},
        )
        for block in blocks(opened, rate_hz=_RATE_HZ, channels=channels):
            encoder.write(block)
            if on_progress is not None:
                on_progress(encoder.duration_ms)
        encoder.finish()
    return encoder.duration_ms


def _bits_per_s(duration_ms: int, channels: int) -> int:
    fewest, most = (bits * channels for bits in _BITS_PER_CHANNEL)
    if not duration_ms:
        return most
    return max(fewest, min(most, int(_MAX_BYTES * _OVERHEAD * 8000 / duration_ms)))
