"""What the audio tools answer and raise. Light to import: it loads no decoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

# What the flash API takes at once.
MAX_PART_MS = 2 * 60 * 60 * 1000
MAX_PART_BYTES = 100_000_000
PEAKS_PER_SECOND = 50  # of the waveform


class Reason(StrEnum):
    """Why a file cannot be used; each has its own sentence for the person who uploaded it."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    NO_AUDIO = "no_audio"
    TOO_LONG = "too_long"
    LIMITS = "limits"


class NotAudio(Exception):
    """The file itself is the trouble: trying again cannot help."""

    def __init__(self, reason: Reason | str) -> None:
        self.reason = Reason(reason)
        super().__init__(self.reason.value)


def name_for_track(name: str, track: int | None) -> str:
    """The name of a file or folder that is made of one of several tracks: `playback-track-1.m4a`."""
    stem, dot, ending = name.partition(".")
    return name if track is None else f"{stem}-track-{track}{dot}{ending}"


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One of several audio tracks; `language` (as the container writes it) and `title` are empty where not given."""

    number: int
    language: str
    title: str
    channels: int
    duration_ms: int | None
    has_speech: bool


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file says about itself. Names are libavformat's and libavcodec's."""

    container: str
    codec: str
    channels: int
    rate_hz: int
    duration_ms: int | None
    """The header's claim: a cut-off file claims too much, a live WebM claims nothing."""
    has_video: bool
    api_format: str
    """`wav`, `mp3` or `ogg` where the flash API takes these very bytes, otherwise empty."""
    tracks: tuple[AudioTrack, ...] = ()
    """The audio tracks to choose from, where there are several."""
    track: int = 0
    """The number of the one described, which has speech if any has."""
    unread_bytes: int = 0
    """What follows the sound in the file and could not be read as more of it."""
    has_separate_voices: bool = False
    """Its two channels seem to have one speaker each."""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> AudioInfo:
        """From what `asdict` gave, also when it has been JSON."""
        return cls(**{**fields, "tracks": tuple(AudioTrack(**track) for track in fields["tracks"])})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished playback copy: its true length, and its channels (1 or 2)."""

    duration_ms: int
    channels: int


@dataclass(frozen=True, slots=True)
class AudioPart:
    """A stretch of a recording as a file, whose name tells the stretch."""

    path: Path
    start_ms: int
    end_ms: int

    @classmethod
    def for_span(cls, folder: Path, start_ms: int, end_ms: int) -> AudioPart:
        return cls(folder / f"{start_ms:08}-{end_ms:08}.ogg", start_ms, end_ms)

    @classmethod
    def list_in(cls, folder: Path) -> list[AudioPart]:
        """List the parts that a split left in `folder`, in order; none where there is no such folder."""
        names = sorted(path.stem for path in folder.glob("[0-9]*-[0-9]*.ogg"))
        return [cls.for_span(folder, *map(int, name.split("-"))) for name in names]
