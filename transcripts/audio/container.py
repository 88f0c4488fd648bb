"""Opening files from strangers with the decoder's library, and reading all that it can read of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.stream import Discard

from transcripts.audio.members import ByteFile
from transcripts.audio.results import NotAudio, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from av.container import InputContainer
    from av.packet import Packet

# Formats that hold their data themselves. Playlists (hls, concat, dash, sdp ...) would open other files.
FORMATS = (
    "wav,w64,mp3,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,aiff,amr,asf,caf,au,avi,flv,mpeg,mpegts,"
    "ac3,eac3,dts,wv,ape,tta,voc,dss,rm,mxf,loas,latm,nistsphere,oma,dsf,mpc,mpc8,tak,spx"
)
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": FORMATS,
    # WAV's packets are 4 kB otherwise, and handling them takes three times as long as larger ones.
    "max_size": "16384",
    # Sound that begins a minute after the picture is still looked for; files whose streams are known stop early.
    "analyzeduration": "120000000",
    "probesize": "100000000",
}
_DEMUX_RETRIES = 100


@contextmanager
def open_container(source: Path | ByteFile) -> Iterator[InputContainer]:
    """Raises `NotAudio` for what is no container of sound or pictures, `OSError` for a missing file."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            if not file.read(1):
                raise NotAudio(Reason.EMPTY)
        name: str | ByteFile = f"file:{source.absolute()}"
    else:
        source.seek(0)
        name = source
    try:
        container = av.open(name, mode="r", options=_OPTIONS)
    except MemoryError:
        raise
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise NotAudio(Reason.UNREADABLE) from error
    with container:
        yield container


def list_decodable(container: InputContainer) -> dict[int, AudioStream]:
    """The audio streams that have a rate and a decoder, by their numbers among all audio streams."""
    return {
        number: stream
        for number, stream in enumerate(container.streams.audio)
        if stream.codec_context is not None and stream.codec_context.sample_rate
    }


def select_streams(container: InputContainer, streams: Iterable[AudioStream]) -> None:
    """Have the container skip all streams but these."""
    wanted = {stream.index for stream in streams}
    for stream in container.streams:
        stream.discard = Discard.default if stream.index in wanted else Discard.all


def read_packets(container: InputContainer, *streams: AudioStream) -> Iterator[Packet[AudioStream]]:
    """Read all packets of the streams; a damaged stretch is skipped, a damaged end ends it."""
    for _ in range(_DEMUX_RETRIES):
        try:
            yield from cast("Iterator[Packet[AudioStream]]", container.demux(*streams))
            return
        except MemoryError:
            raise
        except (av.error.FFmpegError, OSError):
            continue


def decode_packet(packet: Packet[AudioStream]) -> list[AudioFrame]:
    """Decode a packet to the frames that hold sound; none where it is damaged."""
    try:
        decoded = packet.decode()
    except MemoryError:
        raise
    except (av.error.FFmpegError, OSError):
        return []
    return [frame for frame in decoded if isinstance(frame, AudioFrame) and frame.samples and frame.sample_rate]
