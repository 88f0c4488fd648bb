"""Sounds made for tests: click tracks, odd containers, damaged files."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
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


def bursts(times_s: Sequence[float], length_s: float, rate_hz: int) -> Samples:
    """Silence with a fifth of a second of a voice-like buzz from each of the times on."""
    sound = np.zeros((1, round(length_s * rate_hz)), np.float32)
    at = np.arange(rate_hz // 5) / rate_hz
    buzz = sum(np.sin(2 * np.pi * 150 * n * at) / n for n in range(1, 9)) * 0.3
    for time_s in times_s:
        start = round(time_s * rate_hz)
        sound[0, start : start + len(at)] = buzz
    return sound


def burst_times_s(sound: Samples, rate_hz: int) -> list[float]:
    """When each burst begins: where half a second of quiet ends."""
    loud = np.flatnonzero(np.abs(sound).max(axis=0) > 0.1) / rate_hz
    return [float(time) for time, before in zip(loud, [-1.0, *loud[:-1]], strict=True) if time - before > 0.5]


def film(
    path: Path,
    sound: Samples,
    *,
    container: str,
    codec: str,
    rate_hz: int,
    picture: str = "",
    late_s: float = 0,
    pause_at_s: float = 0,
    pause_s: float = 0,
) -> Path:
    """Write `sound` beside a picture from zero on; it begins at `late_s` and pauses after `pause_at_s`."""
    with av.open(str(path), "w", format=container) as output:
        if picture:
            pictures = output.add_stream(picture, rate=5)
            pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        stream = output.add_stream(codec, rate=rate_hz, layout="mono", bit_rate=128_000)
        resampler = av.AudioResampler(format=stream.codec_context.format or "fltp", layout="mono", rate=rate_hz)
        packets = []
        for at in range(0, sound.shape[1], rate_hz):
            packets += stream.encode(_frame(sound[:, at : at + rate_hz], 1, rate_hz, at, resampler))
        packets += stream.encode(None)
        for packet in packets:
            time_s = float(packet.pts * packet.time_base)
            packet.pts += round((late_s + (pause_s if pause_s and time_s >= pause_at_s else 0)) / packet.time_base)
            packet.dts = packet.pts
        if picture:
            for _ in range(round(5 * (late_s + pause_s + sound.shape[1] / rate_hz))):
                packets += pictures.encode(av.VideoFrame(64, 48, "yuv420p"))
            packets += pictures.encode(None)
        output.mux(sorted(packets, key=lambda packet: float(packet.dts * packet.time_base)))
    return path
