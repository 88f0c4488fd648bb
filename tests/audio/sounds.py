"""Sounds made for tests: click tracks, odd containers, damaged files."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

# FFmpeg 9, in PyAV 19, leaves out the padding at the end of AAC in MP4 that FFmpeg 8 decodes.
TRIMS_AAC = int(av.__version__.partition(".")[0]) >= 19
SORROW_MS = 8730 if TRIMS_AAC else 8768
VIDEO_MS, VIDEO_SAMPLES = (5547, 88_747) if TRIMS_AAC else (5568, 89_088)


def clicks(seconds: int, rate_hz: int) -> Samples:
    """One click in the middle of each second, over a very low noise."""
    sound = np.random.default_rng(0).normal(0, 0.0005, (1, seconds * rate_hz)).astype(np.float32)
    for second in range(seconds):
        at = second * rate_hz + rate_hz // 2
        sound[0, at : at + max(2, rate_hz // 8000)] = 0.9
    return sound


def click_times_ms(sound: Samples, rate_hz: int) -> list[float]:
    """Where each whole second of `sound` is loudest."""
    loud = np.abs(sound).max(axis=0)
    seconds = loud[: len(loud) // rate_hz * rate_hz].reshape(-1, rate_hz)
    return [float(index * 1000 + at * 1000 / rate_hz) for index, at in enumerate(seconds.argmax(axis=1))]


def encode(
    path: Path,
    sound: Samples,
    *,
    container: str,
    codec: str,
    rate_hz: int,
    layout: str = "mono",
    options: Mapping[str, str] | None = None,
    pause_s: float = 0,
    every_s: float = 2,
) -> Path:
    """Write `sound`; after each `every_s` of it the container's times jump by `pause_s`."""
    with av.open(str(path), "w", format=container, options=dict(options or {})) as output:
        stream = output.add_stream(codec, rate=rate_hz, layout=layout)
        resampler = av.AudioResampler(format=stream.codec_context.format or "fltp", layout=layout, rate=rate_hz)
        channels = av.AudioLayout(layout).nb_channels
        packets = []
        for at in range(0, sound.shape[1], rate_hz):
            packets += stream.encode(_frame(sound[:, at : at + rate_hz], channels, rate_hz, at, resampler))
        packets += stream.encode(None)
        for packet in packets:
            shift_s = pause_s * int(packet.pts * packet.time_base / every_s)
            packet.pts += round(shift_s / packet.time_base)
            packet.dts = packet.pts
        output.mux(packets)
    return path


def _frame(block: Samples, channels: int, rate_hz: int, pts: int, resampler: av.AudioResampler) -> av.AudioFrame:
    """Packed, so that more than eight channels work too."""
    layout = resampler.layout.name
    packed = np.ascontiguousarray(np.repeat(block, channels, axis=0).T).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
    frame.sample_rate = rate_hz
    frame.pts = pts
    return resampler.resample(frame)[0]


def wav(path: Path, data: bytes, *, tag: int = 1, channels: int = 1, rate_hz: int = 16000, bits: int = 16) -> Path:
    """A WAV written by hand; `data` as it stands."""
    size = bits // 8 * channels
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate_hz, rate_hz * size, size, bits)
    body = b"WAVE" + head + struct.pack("<4sI", b"data", len(data)) + data
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    return path


def picture_only(path: Path) -> Path:
    """A video without sound."""
    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10, options={})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        output.mux(stream.encode(None))
    return path
