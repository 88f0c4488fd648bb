"""Any sound as 32-bit float samples between -1 and 1."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from transcripts.audio.clock import Clock
from transcripts.audio.mixing import ChannelMixer
from transcripts.audio.mixing import Samples as Samples
from transcripts.audio.results import NotAudio, Reason
from transcripts.audio.source import MAX_DURATION_MS, Source, decode_frames, open_audio, read_members

LAYOUTS = {1: "mono", 2: "stereo"}


def sniff_container(head: bytes) -> str:
    """The container that the first bytes announce, of those the flash API takes, or empty.

    MP3 by an ID3 tag or the frame header of ISO 11172-3: sync, layer III, no reserved bit or sampling rate.
    """
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:3] == b"ID3":
        return "mp3"
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return ""
    reserved = head[1] & 0x18 == 0x08 or head[2] >> 4 == 15 or head[2] & 0x0C == 0x0C
    return "" if reserved else "mp3"


def decode(
    source: Path | BinaryIO, *, rate_hz: int = 16000, limit_ms: int | None = None, track: int | None = None
) -> Samples:
    """All of `source` as an array of shape (channels, samples), one or two channels.

    Raises `NotAudio`, with `too_long` past `limit_ms` (12 h where it is None).
    """
    with open_audio(source, track=track) as opened:
        parts = deque(decode_blocks(opened, rate_hz=rate_hz, channels=opened.channels, limit_ms=limit_ms))
        whole = np.empty((opened.channels, sum(part.shape[1] for part in parts)), dtype=np.float32)
    at = 0
    while parts:  # each part is freed once copied: two hours are large
        part = parts.popleft()
        whole[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    return whole


def decode_blocks(source: Source, *, rate_hz: int, channels: int, limit_ms: int | None = None) -> Iterator[Samples]:
    """The sound in blocks of about a second, each of shape (channels, samples), without a gap between them.

    Where the container has a clock of its own, what it leaves out (a late start, a pause, damaged packets) is
    filled with silence, so that times stay those of the original. Files joined to it follow. Raises `NotAudio`:
    `too_long` past `limit_ms`, `unreadable` where not one sample came.
    """
    empty = True
    for block in _resample_members(source, rate_hz, channels, min(limit_ms or MAX_DURATION_MS, MAX_DURATION_MS)):
        empty = False
        yield block
    if empty:
        raise NotAudio(Reason.UNREADABLE)


def _resample_members(source: Source, rate_hz: int, channels: int, limit_ms: int) -> Iterator[Samples]:
    resampler: _Resampler | None = None
    done_s = 0.0
    for member in read_members(source):
        clock = Clock(member.zero_s, done_s, start_only=member.start_only)
        for frame, following in _pair_with_next(decode_frames(member)):
            if resampler is None or not resampler.accepts(frame):
                if resampler is not None:
                    yield from resampler.flush()
                resampler = _Resampler(frame, rate_hz=rate_hz, channels=channels)
            silence_s = clock.advance(frame, following)
            if round(clock.now_s * 1000) > limit_ms:
                raise NotAudio(Reason.TOO_LONG)
            if silence_s:
                yield from resampler.push_silence(silence_s)
            yield from resampler.push_frame(frame)
        done_s = clock.now_s
    if resampler is not None:
        yield from resampler.flush()


def _pair_with_next(frames: Iterator[AudioFrame]) -> Iterator[tuple[AudioFrame, AudioFrame | None]]:
    current = next(frames, None)
    while current is not None:
        following = next(frames, None)
        yield current, following
        current = following


class _Resampler:
    """From frames of one kind to blocks of one rate and channel number."""

    def __init__(self, frame: AudioFrame, *, rate_hz: int, channels: int) -> None:
        self._kind = self._describe(frame)
        self._in_rate_hz = frame.sample_rate
        self._given = frame.layout.nb_channels
        self._mixer = ChannelMixer(self._given, channels)
        # Packed floats first: the library's own arrays of planar frames go wrong from eight channels on.
        self._to_float = AudioResampler(format="flt")
        self._to_rate = AudioResampler(format="fltp", layout=LAYOUTS[channels], rate=rate_hz)
        self._waiting: list[Samples] = []
        self._waiting_samples = 0

    @staticmethod
    def _describe(frame: AudioFrame) -> tuple[str, str, int]:
        return frame.format.name, frame.layout.name, frame.sample_rate

    def accepts(self, frame: AudioFrame) -> bool:
        return self._describe(frame) == self._kind

    def push_silence(self, length_s: float) -> Iterator[Samples]:
        left = round(length_s * self._in_rate_hz)
        while left > 0:
            count = min(left, self._in_rate_hz)
            yield from self._push(np.zeros((count, self._given), np.float32))
            left -= count

    def push_frame(self, frame: AudioFrame) -> Iterator[Samples]:
        frame.pts = None
        try:
            packed = self._to_float.resample(frame)
        except MemoryError:
            raise
        except av.error.FFmpegError:  # a frame that the converter refuses is as good as damaged
            return
        for piece in packed:
            flat: Samples = piece.to_ndarray().astype(np.float32, copy=False)
            yield from self._push(flat.reshape(-1, self._given))

    def _push(self, block: Samples) -> Iterator[Samples]:
        self._waiting.append(block)
        self._waiting_samples += len(block)
        if self._waiting_samples >= self._in_rate_hz:
            yield from self._convert()

    def flush(self) -> Iterator[Samples]:
        if self._waiting:
            yield from self._convert()
        for piece in self._to_rate.resample(None):
            if piece is not None and piece.samples:
                yield _to_samples(piece)

    def _convert(self) -> Iterator[Samples]:
        frame = make_frame(self._mixer.mix(np.concatenate(self._waiting)), self._in_rate_hz)
        self._waiting, self._waiting_samples = [], 0
        for piece in self._to_rate.resample(frame):
            yield _to_samples(piece)


def make_frame(block: Samples, rate_hz: int) -> AudioFrame:
    """A planar float frame of a block of shape (channels, samples)."""
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout=LAYOUTS[block.shape[0]])
    frame.sample_rate = rate_hz
    return frame


def _to_samples(piece: AudioFrame) -> Samples:
    """Float files may hold anything: no NaN, no infinity, nothing beyond full scale goes on from here."""
    block: Samples = piece.to_ndarray().astype(np.float32, copy=False)
    return np.clip(np.nan_to_num(block, nan=0.0), -1.0, 1.0)
