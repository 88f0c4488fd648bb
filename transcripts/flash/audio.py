"""What a request can send: a file, or an address that the service fetches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from transcripts.flash.errors import ErrorKind, FlashError

# The official advice: above this size, send a smaller copy.
ADVISED_AUDIO_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file to send as it is; `format` is the true container: wav, mp3, ogg or raw.

    `codec` is filled in for Ogg (opus). `rate_hz`, `bits` and `channels` describe raw PCM.
    """

    path: Path
    format: str
    codec: str = ""
    rate_hz: int | None = None
    bits: int | None = None
    channels: int | None = None

    def make_fields(self) -> dict[str, object]:
        fields = {
            "format": self.format,
            "codec": self.codec or ("opus" if self.format == "ogg" else ""),
            "rate": self.rate_hz,
            "bits": self.bits,
            "channel": self.channels,
        }
        return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class AudioUrl:
    """An address that the service fetches itself."""

    url: str
    format: str = ""

    def make_fields(self) -> dict[str, object]:
        """Raises `FlashError` for what is no http or https address."""
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise FlashError(ErrorKind.BAD_URL, "The address must start with http:// or https://.")
        return {"url": self.url, **({"format": self.format} if self.format else {})}
