"""What is this file, and would the flash API take it as it is?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from av.stream import Disposition

from transcripts.audio.container import open_container
from transcripts.audio.decode import sniff_container
from transcripts.audio.members import FileWindow, find_members
from transcripts.audio.plain import is_plain
from transcripts.audio.results import AudioInfo as AudioInfo
from transcripts.audio.results import AudioTrack, Reason
from transcripts.audio.results import NotAudio as NotAudio
from transcripts.audio.source import (
    MAX_DURATION_MS,
    Source,
    decode_frames,
    list_sources,
    measure_duration_ms,
    open_audio,
    read_members,
)
from transcripts.audio.tracks import TrackSample, choose_track, read_labels, sample_tracks

if TYPE_CHECKING:
    from av.container import InputContainer

# Container and codec of each format that the flash API takes.
_SENT_AS_IS = {"wav": ("wav", "pcm_s16le"), "mp3": ("mp3", "mp3"), "ogg": ("ogg", "opus")}
_MIN_UNREAD_BYTES = 4096


def probe(path: Path, *, track: int | None = None) -> AudioInfo:
    """Facts of `path`, of which a frame was decoded. Raises `NotAudio`, or `OSError` for a missing file.

    `track` is the number of the audio track to describe; without it, or where there is no such choice, it is the one
    with speech. A claim of more than 12 h is checked against the packets before it is believed (`too_long`).
    """
    chosen, tracks = _list_tracks(path)
    if any(one.number == track for one in tracks):
        chosen = track
    with open_audio(path, track=chosen) as source:
        frame = next(decode_frames(source), None)
        if frame is None:
            raise NotAudio(Reason.UNREADABLE)
        channels = frame.layout.nb_channels
        stereo = _sample_stereo(path, source.track) if channels == 2 else TrackSample()
        info = AudioInfo(
            container=source.container.format.name,
            codec=source.stream.codec_context.codec.canonical_name,
            channels=channels,
            rate_hz=frame.sample_rate,
            duration_ms=_sum_claims(source),
            has_video=_has_video(source.container),
            api_format="" if stereo.has_opposites else _find_api_format(path, source, channels),
            tracks=tracks,
            track=source.track,
            unread_bytes=_count_unread_bytes(path),
            has_separate_voices=stereo.has_separate_voices,
        )
    refuse_too_long(path, info.duration_ms)
    if info.duration_ms is not None and info.duration_ms > MAX_DURATION_MS:
        return replace(info, duration_ms=None)  # The packets did not bear the claim out.
    return info


def _list_tracks(path: Path) -> tuple[int | None, tuple[AudioTrack, ...]]:
    """The tracks that decode, and the number of the one with speech, where there are several."""
    with open_container(path) as container:
        sources = list_sources(container)
        if len(sources) < 2:
            return None, ()
        samples = sample_tracks(container)
        tracks = tuple(
            AudioTrack(
                source.track,
                *read_labels(source.stream),
                channels=source.stream.codec_context.channels,
                duration_ms=source.claimed_ms,
                has_speech=samples[source.track].has_speech,
            )
            for source in sources
        )
        return choose_track(container, samples), tracks


def _sum_claims(source: Source) -> int | None:
    """The length that all joined files claim together; None where one of them claims nothing."""
    claims = [member.claimed_ms for member in read_members(source)]
    known = [claim for claim in claims if claim is not None]
    return sum(known) if len(known) == len(claims) else None


def _count_unread_bytes(path: Path) -> int:
    """What follows the sound and is no sound itself; a few bytes of padding or titles are no loss."""
    with path.open("rb") as file:
        members = find_members(file)
        unread = members.unread_bytes
        for start, end in members.spans[1:]:
            try:
                with open_audio(FileWindow(file, start, end)):
                    pass
            except NotAudio:
                unread += end - start
    return unread if unread >= _MIN_UNREAD_BYTES else 0


def refuse_too_long(path: Path, claimed_ms: int | None) -> None:
    """Raises `NotAudio` (`too_long`) where the claim passes 12 h and the packets bear it out."""
    if claimed_ms is not None and claimed_ms > MAX_DURATION_MS:
        with open_audio(path) as source:
            if measure_duration_ms(source) > MAX_DURATION_MS:
                raise NotAudio(Reason.TOO_LONG)


def _has_video(container: InputContainer) -> bool:
    """True for moving pictures; a cover picture is none."""
    return any(not stream.disposition & Disposition.attached_pic for stream in container.streams.video)


def _find_api_format(path: Path, source: Source, channels: int) -> str:
    """The format where the API takes these bytes: 16-bit PCM WAV, MP3, Ogg Opus of one or two channels."""
    names = source.container.format.name, source.stream.codec_context.codec.canonical_name
    if channels > 2 or len(source.container.streams.audio) != 1 or source.later_members:
        return ""
    with path.open("rb") as file:
        kind = sniff_container(file.read(64))
        if names != _SENT_AS_IS.get(kind) or not is_plain(file, kind):
            return ""
    return kind


def _sample_stereo(path: Path, track: int) -> TrackSample:
    with open_container(path) as container:
        return sample_tracks(container).get(track, TrackSample())
