"""What is sent to the service, and with which client. Nothing here uses the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from transcripts.audio import sandbox
from transcripts.audio.results import AudioPart, name_for_track
from transcripts.flash.audio import ADVISED_AUDIO_BYTES, AudioFile, AudioUrl
from transcripts.flash.codes import MAX_AUDIO_MS
from transcripts.flash.errors import ErrorKind
from transcripts.flash.options import RecognitionOptions

if TYPE_CHECKING:
    from transcripts.flash.client import FlashClient

# Errors that the service may report for an address but not for our own copy of the file.
ADDRESS_REFUSED = frozenset(
    {
        ErrorKind.BAD_URL,
        ErrorKind.BAD_FORMAT,
        ErrorKind.TOO_LARGE,
        ErrorKind.INVALID_REQUEST,
        ErrorKind.EMPTY_AUDIO,
    }
)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What one request sends: the stretch of the recording from `start_ms` to `end_ms`, numbered from 1.

    `make_copy(cancelled)` makes a much smaller file to send instead, where there can be one. Raises as
    `sandbox.convert_for_api` does.
    """

    number: int
    start_ms: int
    end_ms: int
    audio: AudioFile | AudioUrl
    make_copy: Callable[[Callable[[], bool]], AudioFile] | None = field(default=None, compare=False)


def make_client(url: str = "") -> FlashClient:
    """A client for the configured service. The embedded recogniser may take as long as the recording lasts."""
    from transcripts.flash.client import Credentials, FlashClient  # with requests, of no use to what only converts

    return FlashClient(
        url=url or settings.FLASH_API_URL,
        credentials=Credentials(
            api_key=settings.FLASH_API_KEY or ("local" if settings.FLASH_IS_LOCAL else ""),
            app_key=settings.FLASH_APP_KEY,
            access_key=settings.FLASH_ACCESS_KEY,
        ),
        resource_id=settings.FLASH_RESOURCE_ID,
        read_timeout_s=4 * 60 * 60 if settings.FLASH_IS_LOCAL else 15 * 60,
    )


def prepare_requests(
    source: Path,
    folder: Path,
    *,
    options: RecognitionOptions,
    api_format: str,
    channels: int,
    duration_ms: int | None,
    track: int | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[ApiRequest]:
    """The original, if the service accepts its format, size and length; else an Ogg Opus copy in `folder`; above two
    hours several copies, cut at pauses. Of WAV a copy can still be made.

    Copies stay in `folder` for the next call; those of one of several tracks have it in their names. Raises as
    `sandbox.probe` does.
    """
    claimed_ms = duration_ms or 0
    kept_channels = 2 if options.channel_split and channels == 2 else 1
    copy = folder / name_for_track(f"sendable-{kept_channels}.ogg", track)
    convert = partial(sandbox.convert_for_api, source, copy, channels=kept_channels, track=track)
    if api_format and source.stat().st_size <= ADVISED_AUDIO_BYTES and claimed_ms <= MAX_AUDIO_MS:
        sent_channels = channels if options.channel_split else None
        original = AudioFile(source, api_format, channels=sent_channels)
        if api_format != "wav":  # The others are small already, and would lose by being compressed twice.
            return [ApiRequest(1, 0, claimed_ms, original)]
        described = _describe_opus(copy, options, kept_channels)

        def make_copy(cancelled: Callable[[], bool]) -> AudioFile:
            if not copy.exists():
                convert(cancelled=cancelled)
            return described

        return [ApiRequest(1, 0, claimed_ms, original, make_copy)]
    parts = folder / name_for_track(f"parts-{kept_channels}", track)
    if claimed_ms <= MAX_AUDIO_MS and not parts.exists():
        if not copy.exists():
            claimed_ms = convert(cancelled=cancelled)
        if claimed_ms <= MAX_AUDIO_MS:
            return [ApiRequest(1, 0, claimed_ms, _describe_opus(copy, options, kept_channels))]
        copy.unlink()  # The file is longer than it claimed.
    made = AudioPart.list_in(parts) or sandbox.split_for_api(
        source, parts, channels=kept_channels, track=track, max_part_ms=MAX_AUDIO_MS, cancelled=cancelled
    )
    return [
        ApiRequest(number, part.start_ms, part.end_ms, _describe_opus(part.path, options, kept_channels))
        for number, part in enumerate(made, start=1)
    ]


def _describe_opus(path: Path, options: RecognitionOptions, channels: int) -> AudioFile:
    return AudioFile(path, "ogg", codec="opus", channels=channels if options.channel_split else None)
