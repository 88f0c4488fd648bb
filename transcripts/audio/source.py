"""The sound of a file: the track that is wanted, the clock it runs by, and all the files that were joined into one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from transcripts.audio.clock import LATEST_START_S
from transcripts.audio.container import decode_packet, list_decodable, open_container, read_packets, select_streams
from transcripts.audio.members import ByteFile, FileWindow, find_members
from transcripts.audio.results import NotAudio, Reason
from transcripts.audio.tracks import choose_track, sample_tracks

if TYPE_CHECKING:
    from av.container import InputContainer

MAX_DURATION_MS = 12 * 3600 * 1000

_INDEXED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
# Containers with times of their own, which are followed across late starts and gaps. Of all of them a copy is sent,
# never the original (of Ogg: where it has gaps), so that what is heard, shown and recognised has the same times.
_FROM_ZERO = _INDEXED | {"flv", "asf"}
_CLOCKED = _FROM_ZERO | {"mpegts", "mpeg"}
# They tell when the sound begins; later times are sums of what was read (AVI), or of what no usual writer stores.
_START_CLOCKED = frozenset({"avi", "rm"})
_OGG_CLOCKED = frozenset({"opus", "vorbis"})  # the demuxer knows no times within a page of others


@dataclass(frozen=True, slots=True)
class Source:
    container: InputContainer
    stream: AudioStream
    track: int
    channels: int
    """Channels given out: 1 or 2. More than two are mixed into one."""
    rate_hz: int
    later_members: tuple[FileWindow, ...] = ()
    """Files that follow in the same bytes."""

    @property
    def indexed(self) -> bool:
        """Whether the container's index tells how long the sound is."""
        return self.container.format.name in _INDEXED and not self.later_members

    @property
    def zero_s(self) -> float | None:
        """The container's own time that counts as the beginning; None where it has no clock to follow.

        That is where the earliest of its streams begins. Some count from zero, so that sound without a picture may
        begin late, too.
        """
        name = self.container.format.name
        start_s = (self.container.start_time or 0) / av.time_base
        if name in _FROM_ZERO and 0 < start_s <= LATEST_START_S:
            return 0.0
        if name == "ogg" and self.stream.codec_context.codec.canonical_name in _OGG_CLOCKED:
            return start_s
        return start_s if name in _CLOCKED | _START_CLOCKED else None

    @property
    def start_only(self) -> bool:
        """Whether only the start of the sound is to be followed, and no gap."""
        return self.container.format.name in _START_CLOCKED

    @property
    def claimed_ms(self) -> int | None:
        """When the sound ends by the audio stream's header, else by the container's; None when neither tells."""
        if self.stream.duration and self.stream.time_base:
            claim = float(self.stream.duration * self.stream.time_base)
            # Of ASF the header tells the end, of others the length.
            if self.zero_s is not None and self.stream.start_time is not None and self.container.format.name != "asf":
                claim += max(0.0, float(self.stream.start_time * self.stream.time_base) - self.zero_s)
        else:
            claim = (self.container.duration or 0) / av.time_base
        return round(claim * 1000) if claim > 0 else None


@contextmanager
def open_audio(source: Path | ByteFile, *, track: int | None = None) -> Iterator[Source]:
    """Open `source` at audio track number `track`, or at the one with speech.

    Raises `NotAudio`, or `OSError` for a missing file.
    """
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        spans = find_members(file).spans
        later = tuple(FileWindow(file, *span) for span in spans[1:])
        first = FileWindow(file, *spans[0]) if later else source
        container = stack.enter_context(open_container(first))
        if track is None and len(list_decodable(container)) > 1:
            track = choose_track(container, sample_tracks(container))
            container = stack.enter_context(open_container(first))
        yield _select(container, track, later)


def _select(container: InputContainer, track: int | None, later_members: tuple[FileWindow, ...] = ()) -> Source:
    sources = list_sources(container, later_members)
    if track is None:
        best = container.streams.best("audio")
        chosen = next((source for source in sources if source.stream is best), sources[0] if sources else None)
    else:
        chosen = next((source for source in sources if source.track == track), None)
    if chosen is None:
        silent = container.streams.video and not container.streams.audio
        raise NotAudio(Reason.NO_AUDIO if silent else Reason.UNREADABLE)
    select_streams(container, [chosen.stream])
    return chosen


def list_sources(container: InputContainer, later_members: tuple[FileWindow, ...] = ()) -> list[Source]:
    """Each track of the container that decodes."""
    return [
        Source(container, stream, number, 2 if context.channels == 2 else 1, context.sample_rate, later_members)
        for number, stream in list_decodable(container).items()
        for context in [stream.codec_context]
    ]


def read_members(source: Source) -> Iterator[Source]:
    """The source, then each file that was joined to it. A file that cannot be read is left out."""
    yield source
    for member in source.later_members:
        try:
            with open_container(member) as container:
                same = source.track if source.track in list_decodable(container) else None
                yield _select(container, same)
        except NotAudio:
            continue


def decode_frames(source: Source) -> Iterator[AudioFrame]:
    """All frames of one member that decode; a damaged packet is skipped."""
    for packet in read_packets(source.container, source.stream):
        yield from decode_packet(packet)


def measure_duration_ms(source: Source) -> int:
    """Length by the packets' own times, without decoding; past 12 h it counts no further.

    Nothing can be read from `source` after it.
    """
    total_ms = 0
    for member in read_members(source):
        total_ms += _measure_member_ms(member)
        if total_ms > MAX_DURATION_MS:
            break
    return total_ms


def _measure_member_ms(source: Source) -> int:
    unit = source.stream.time_base
    if unit is None:
        return 0
    zero_s = source.zero_s if source.zero_s is not None else (source.container.start_time or 0) / av.time_base
    enough = round((MAX_DURATION_MS / 1000 + 1 + zero_s) / unit)
    end = total = 0
    for packet in read_packets(source.container, source.stream):
        length = packet.duration or 0
        total += length
        if packet.pts is not None:
            end = max(end, packet.pts + length)
        if end > enough or total > enough:
            break
    return round(max(float(end * unit) - zero_s, float(total * unit)) * 1000)


def estimate_duration_ms(path: Path, *, track: int | None = None) -> int:
    """How long `path` is, as nearly as can be told without decoding; 0 where nothing tells.

    Headers of formats without an index are guesses, and joined MP3 files tell the length of the first: packets count.
    """
    with open_audio(path, track=track) as source:
        return (source.claimed_ms if source.indexed else None) or measure_duration_ms(source)
