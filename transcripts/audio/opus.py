"""Ogg Opus made by several encoders at once, as one stream without a seam.

A recording is cut into segments, each coded by an encoder of its own that starts RUN_IN_MS early. The packets of the
run-in are dropped; after it the encoder's state is as if it had coded everything before. Constant bit rate and Opus's
CELT mode make that exact: the packets are byte for byte those of a single encoder.

CELT takes a third of the CPU of SILK, Opus's choice for speech. From 16 kbit/s on its copies were nearer to the
original's spectrum, and Whisper's errors with the two differed less than between two copies of one sound.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

import av
import numpy as np

from transcripts.audio.decode import LAYOUTS, Samples, make_frame
from transcripts.audio.results import NotAudio, Reason

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream

_ROOT = Path(__file__).resolve().parents[2]
RATE_HZ = 16000  # what recognisers listen at; Opus codes it as wide band
SEGMENT_MS = 20_000
RUN_IN_MS = 1_000

_PACKET = RATE_HZ // 50
_SEGMENT, _RUN_IN = (ms * RATE_HZ // 1000 for ms in (SEGMENT_MS, RUN_IN_MS))
_MAX_HELPERS = 4
_HELPED_FROM_MS = 60 * 60_000  # each helper takes 50 MB; shorter sound is coded in a few seconds anyway
_TICK = Fraction(1, RATE_HZ)
_CODEC = "libopus"
# `lowdelay` is CELT alone. Levels above 1 cost up to half as much again and change nothing that can be measured.
_OPTIONS = {"application": "lowdelay", "compression_level": "1", "vbr": "off"}


@dataclass(frozen=True, slots=True)
class Coding:
    channels: int
    bits_per_s: int


@dataclass(frozen=True, slots=True)
class OpusSegment:
    sound: Samples
    run_in: int
    """Packets to drop at the beginning."""
    ends: bool
    """Nothing comes after it."""


def encode_segment(segment: OpusSegment, coding: Coding) -> list[bytes]:
    """Encode `segment` to packets. An encoder holds back its last one until it knows what follows, if anything."""
    context = cast("AudioCodecContext", av.CodecContext.create(_CODEC, "w"))
    context.sample_rate, context.layout, context.format = RATE_HZ, LAYOUTS[coding.channels], "flt"
    context.bit_rate, context.options = coding.bits_per_s, _OPTIONS
    packets: list[bytes] = []
    for at in range(0, segment.sound.shape[1], RATE_HZ):  # A whole segment would stand in memory once more, in frames.
        packets += map(bytes, context.encode(make_frame(segment.sound[:, at : at + RATE_HZ], RATE_HZ)))
    if segment.ends:
        packets += map(bytes, context.encode(None))
    return packets[segment.run_in :]


def serve_encoder(coding: Coding) -> None:
    """In a helper: take segments and send packets over standard input, a socket, until the other end closes it."""
    with Connection(sys.stdin.fileno()) as line, suppress(EOFError, ConnectionError):
        while True:
            line.send(encode_segment(line.recv(), coding))


class _Helper:
    """An encoder in a process of its own, which ends with this one."""

    def __init__(self, coding: Coding) -> None:
        self._line, theirs = Pipe()
        with theirs:
            numbers = str(coding.channels), str(coding.bits_per_s)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "transcripts.audio", *numbers],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
            )

    def encode(self, segment: OpusSegment) -> list[bytes]:
        """Raises `NotAudio` where the helper used up its CPU, `OSError` where it ended otherwise."""
        try:
            self._line.send(segment)
            packets: list[bytes] = self._line.recv()
        except (EOFError, ConnectionError):
            code = self._process.wait()
            if code == -signal.SIGXCPU:
                raise NotAudio(Reason.LIMITS) from None
            raise OSError(f"An encoder ended with {code}.") from None
        return packets

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._line.close()


class Encoders:
    """Codes segments, one a processor at once where the sound is long enough to gain from it.

    Threads would gain nothing: coding a packet takes no longer than passing on the interpreter's lock.
    """

    def __init__(self, coding: Coding, duration_ms: int) -> None:
        self.coding = coding
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        count = min(processors, _MAX_HELPERS) if processors > 1 and duration_ms >= _HELPED_FROM_MS else 0
        self._helpers = [_Helper(coding) for _ in range(count)]
        self._idle: queue.SimpleQueue[_Helper] = queue.SimpleQueue()
        for helper in self._helpers:
            self._idle.put(helper)
        self._threads = ThreadPoolExecutor(max(1, count))
        self.most_waiting = 2 * max(1, count)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in self._helpers:
            helper.end()
        self._threads.shutdown(cancel_futures=True)

    def submit(self, segment: OpusSegment) -> Future[list[bytes]]:
        return self._threads.submit(self._encode, segment)

    def _encode(self, segment: OpusSegment) -> list[bytes]:
        if not self._helpers:
            return encode_segment(segment, self.coding)
        helper = self._idle.get()
        try:
            return helper.encode(segment)
        finally:
            self._idle.put(helper)


class OpusFile:
    """One Ogg Opus file, written block by block. Times count samples from zero, so none is ever missing."""

    def __init__(self, path: Path, encoders: Encoders) -> None:
        self._encoders = encoders
        self._container = av.open(f"file:{path.absolute()}", mode="w", format="ogg")
        layout = LAYOUTS[encoders.coding.channels]
        stream = self._container.add_stream(_CODEC, rate=RATE_HZ, layout=layout, options=_OPTIONS)
        self._stream = cast("AudioStream", stream)
        self._stream.bit_rate = encoders.coding.bits_per_s
        self._container.start_encoding()
        # The pre-skip of the header, in 48ths of a ms: what decoders drop of the first packet (RFC 7845, section 5.1).
        head = self._stream.codec_context.extradata or b""
        self._pts = -int.from_bytes(head[10:12], "little") * RATE_HZ // 48000
        self._blocks: list[Samples] = []
        self._waiting = 0
        self._run_in: Samples = np.empty((encoders.coding.channels, 0), np.float32)
        self._coding: deque[Future[list[bytes]]] = deque()
        self._last: bytes | None = None
        self.samples = 0

    @property
    def duration_ms(self) -> int:
        return round(self.samples * 1000 / RATE_HZ)

    @property
    def done_ms(self) -> int:
        """How much of it is in the file."""
        return max(0, self._pts * 1000 // RATE_HZ)

    def write(self, block: Samples) -> None:
        self.samples += block.shape[1]
        self._blocks.append(block)
        self._waiting += block.shape[1]
        while self._waiting > _SEGMENT:  # not at once when it is full: the last segment may not be empty
            self._submit(ends=False)
        self._collect(self._encoders.most_waiting)

    def finish(self) -> None:
        """Write what is still being coded and the end of the stream. The file is incomplete before."""
        self._submit(ends=True)
        self._collect(0)
        self._put(self.samples - self._pts)
        self._container.close()

    def _submit(self, *, ends: bool) -> None:
        sound = np.hstack([self._run_in, *self._blocks])
        run_in = self._run_in.shape[1]
        end = sound.shape[1] if ends else run_in + _SEGMENT
        self._coding.append(self._encoders.submit(OpusSegment(sound[:, :end], run_in // _PACKET, ends)))
        self._blocks = [sound[:, end:].copy()]
        self._waiting = sound.shape[1] - end
        self._run_in = sound[:, end - _RUN_IN : end].copy()

    def _collect(self, most_waiting: int) -> None:
        while self._coding and (len(self._coding) > most_waiting or self._coding[0].done()):
            for packet in self._coding.popleft().result():
                if self._last is not None:
                    self._put(_PACKET)
                self._last = packet

    def _put(self, duration: int) -> None:
        """Write the packet held back. The very last one lasts to the end of the sound, whatever it holds."""
        packet = av.Packet(self._last)
        packet.stream = self._stream
        packet.pts = packet.dts = self._pts
        packet.duration = duration
        packet.time_base = _TICK
        self._container.mux(packet)
        self._pts += duration
