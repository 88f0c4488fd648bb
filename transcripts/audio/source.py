"""Opening files that strangers sent, and decoding all that can be decoded of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.stream import Discard

from transcripts.audio.results import NotAudio, Reason

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

MAX_DURATION_MS = 12 * 3600 * 1000

# Formats that hold their data themselves. Playlists (hls, concat, dash, sdp ...) would open other files.
FORMATS = (
    "wav,w64,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,aiff,amr,asf,caf,au,avi,flv,mpeg,mpegts,"
    "ac3,eac3,dts,wv,ape,tta,voc,dss,rm,mxf,loas,latm,nistsphere,oma,dsf,mpc,mpc8,tak,spx"
)
# WAV's packets are 4 kB otherwise, and handling them takes three times as long as larger ones.
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS, "max_size": "16384"}
# Of these containers a copy is sent, never the original, so their own clock may be followed across gaps.
_CLOCKED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
_DEMUX_RETRIES = 100


@dataclass(frozen=True, slots=True)
class Source:
    container: InputContainer
    stream: AudioStream
    channels: int
    """Channels given out: 1 or 2. More than two are mixed into one."""
    rate_hz: int

    @property
    def clocked(self) -> bool:
        return self.container.format.name in _CLOCKED

    @property
    def start_s(self) -> float:
        """Where the container's earliest stream begins, which is zero on everybody's clock."""
        return (self.container.start_time or 0) / av.time_base

    @property
    def claimed_ms(self) -> int | None:
        """The audio stream's duration by its header, else the container's; None when neither tells."""
        if self.stream.duration and self.stream.time_base:
            claim = float(self.stream.duration * self.stream.time_base)
        else:
            claim = (self.container.duration or 0) / av.time_base
        return round(claim * 1000) if claim > 0 else None


@contextmanager
def open_audio(source: Path | BinaryIO) -> Iterator[Source]:
    """Open `source` and choose its best audio stream. Raises `NotAudio`, or `OSError` for a missing file."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            if not file.read(1):
                raise NotAudio(Reason.EMPTY)
        name: str | BinaryIO = f"file:{source.absolute()}"
    else:
        name = source
    try:
        container = av.open(name, mode="r", options=_OPTIONS)
    except MemoryError:
        raise
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NotAudio(Reason.UNREADABLE) from error
    with container:
        yield _choose_stream(container)


def _choose_stream(container: InputContainer) -> Source:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):  # an audio stream without rate or decoder is not among the best
        silent = container.streams.video and not container.streams.audio
        raise NotAudio(Reason.NO_AUDIO if silent else Reason.UNREADABLE)
    context = stream.codec_context
    if context is None or not context.sample_rate:
        raise NotAudio(Reason.UNREADABLE)
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all
    return Source(container, stream, 2 if context.channels == 2 else 1, context.sample_rate)


def read_packets(source: Source) -> Iterator[Packet[AudioStream]]:
    """All packets of the audio stream; a damaged stretch is skipped, a damaged end ends it."""
    for _ in range(_DEMUX_RETRIES):
        try:
            yield from source.container.demux(source.stream)
            return
        except MemoryError:
            raise
        except (av.error.FFmpegError, OSError):
            continue


def decode_frames(source: Source) -> Iterator[AudioFrame]:
    """All frames that decode; a damaged packet is skipped."""
    for packet in read_packets(source):
        try:
            decoded = packet.decode()
        except MemoryError:
            raise
        except (av.error.FFmpegError, OSError):
            continue
        for frame in decoded:
            if isinstance(frame, AudioFrame) and frame.samples and frame.sample_rate:
                yield frame


def measure_duration_ms(source: Source) -> int:
    """Length by the packets' own times, without decoding; past 12 h it counts no further.

    Nothing can be read from `source` after it.
    """
    unit = source.stream.time_base
    if unit is None:
        return 0
    enough = round((MAX_DURATION_MS / 1000 + 1 + source.start_s) / unit)
    end = total = 0
    for packet in read_packets(source):
        length = packet.duration or 0
        total += length
        if packet.pts is not None:
            end = max(end, packet.pts + length)
        if end > enough or total > enough:
            break
    return round(max(float(end * unit) - source.start_s, float(total * unit)) * 1000)


def estimate_duration_ms(path: Path) -> int:
    """How long `path` is, as nearly as can be told without decoding; 0 where nothing tells.

    Headers of formats without an index are guesses, and joined MP3 files tell the length of the first: packets count.
    """
    with open_audio(path) as source:
        return (source.claimed_ms if source.clocked else None) or measure_duration_ms(source)
