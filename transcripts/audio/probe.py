"""What is this file, and would the flash API take it as it is?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from av.stream import Disposition

from transcripts.audio.decode import sniff_container
from transcripts.audio.results import AudioInfo as AudioInfo
from transcripts.audio.results import NotAudio as NotAudio
from transcripts.audio.results import Reason
from transcripts.audio.source import MAX_DURATION_MS, Source, decode_frames, measure_duration_ms, open_audio

if TYPE_CHECKING:
    from av.container import InputContainer

_PCM = 1
_HEAD_BYTES = 64 * 1024


def probe(path: Path) -> AudioInfo:
    """Facts of `path`, of which a frame was decoded. Raises `NotAudio`, or `OSError` for a missing file.

    A claim of more than 12 h is checked against the packets before it is believed (`too_long`).
    """
    with open_audio(path) as source:
        frame = next(decode_frames(source), None)
        if frame is None:
            raise NotAudio(Reason.UNREADABLE)
        codec = source.stream.codec_context.codec.canonical_name
        info = AudioInfo(
            container=source.container.format.name,
            codec=codec,
            channels=frame.layout.nb_channels,
            rate_hz=frame.sample_rate,
            duration_ms=source.claimed_ms,
            has_video=_has_video(source.container),
            api_format=_find_api_format(path, source, codec, frame.layout.nb_channels),
        )
    refuse_too_long(path, info.duration_ms)
    if info.duration_ms is not None and info.duration_ms > MAX_DURATION_MS:
        return replace(info, duration_ms=None)  # The packets did not bear the claim out.
    return info


def refuse_too_long(path: Path, claimed_ms: int | None) -> None:
    """Raises `NotAudio` (`too_long`) where the claim passes 12 h and the packets bear it out."""
    if claimed_ms is not None and claimed_ms > MAX_DURATION_MS:
        with open_audio(path) as source:
            if measure_duration_ms(source) > MAX_DURATION_MS:
                raise NotAudio(Reason.TOO_LONG)


def _has_video(container: InputContainer) -> bool:
    """True for moving pictures; a cover picture is none."""
    return any(not stream.disposition & Disposition.attached_pic for stream in container.streams.video)


def _find_api_format(path: Path, source: Source, codec: str, channels: int) -> str:
    """The format where the API takes these bytes: 16-bit PCM WAV, MP3, Ogg Opus; one or two channels."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    kind = sniff_container(head)
    if channels > 2 or len(source.container.streams.audio) != 1:
        return ""
    fits = {
        "wav": codec == "pcm_s16le" and _is_plain_riff(head, path.stat().st_size),
        "mp3": codec == "mp3" and source.container.format.name == "mp3",
        "ogg": codec == "opus" and source.container.format.name == "ogg",
    }
    return kind if fits.get(kind) else ""


def _is_plain_riff(head: bytes, file_bytes: int) -> bool:
    """True for a WAV that the simplest reader understands: format tag 1, and a data size the file holds.

    Sizes of 0 or 0xFFFFFFFF, as written to a pipe, read as silence or as an error in other programs.
    """
    at, tag = 12, 0
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if name == b"fmt ":
            tag = int.from_bytes(head[at + 8 : at + 10], "little")
        if name == b"data":
            return tag == _PCM and 0 < size <= file_bytes - at - 8
        at += 8 + size + size % 2
    return False
