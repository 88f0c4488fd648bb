"""What the audio tools answer and raise. Light to import: no decoder is loaded with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A finished playback copy: its true length, and its channels (1 or 2)."""

    duration_ms: int
    channels: int
