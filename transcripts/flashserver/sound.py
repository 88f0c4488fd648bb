"""From the bytes of a request to samples, refusing what the service refuses."""

from __future__ import annotations

import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

from transcripts.audio import sandbox
from transcripts.audio.decode import sniff_container
from transcripts.audio.results import NotAudio, Reason
from transcripts.flash.codes import (
    BAD_FORMAT,
    BAD_PARAMETER,
    BAD_URL,
    EMPTY_AUDIO,
    INTERNAL,
    MAX_AUDIO_BYTES,
    MAX_AUDIO_MS,
    TOO_LARGE,
)
from transcripts.flashserver.protocol import FlashRequest, Refusal
from transcripts.flashserver.recognizer import RATE_HZ, Samples

_RAW = ("raw", "pcm")
_DOWNLOAD_SECONDS = 120


def decode_sound(request: FlashRequest, raw: bytes, gone: Callable[[], bool] | None = None) -> Samples:
    """Samples at `RATE_HZ` of shape (channels, samples): both channels where they are to be split, else one.

    It is decoded in a limited child, until `gone`. Raises `Refusal`: for nothing at all, for bytes that are no wav, mp3
    or ogg/opus or not what `format` says they are, for more than two hours.
    """
    _check_format(request.format, raw)
    if request.format in _RAW:
        raw = _wrap_in_wav(raw, request.rate, request.channel)
    try:
        with tempfile.NamedTemporaryFile(prefix="sound-") as file:
            file.write(raw)
            file.flush()
            samples: Samples = sandbox.decode(
                Path(file.name),
                rate_hz=RATE_HZ,
                channels=None if request.enable_channel_split else 1,
                limit_ms=MAX_AUDIO_MS,
                cancelled=gone,
            )
    except sandbox.WorkCancelled:
        raise Refusal(INTERNAL, "the client has left") from None
    except NotAudio as error:
        if error.reason is Reason.TOO_LONG:
            raise _refuse_length() from None
        _, chunk, rest = raw[:4096].partition(b"data")
        if chunk and len(rest) <= 4:  # a header and nothing after it
            raise Refusal(EMPTY_AUDIO, "empty audio") from None
        raise Refusal(BAD_FORMAT, "invalid audio format: the audio cannot be decoded") from None
    if not samples.shape[1]:
        raise Refusal(EMPTY_AUDIO, "empty audio")
    return samples


def _check_format(name: str, raw: bytes) -> None:
    if not raw:
        raise Refusal(EMPTY_AUDIO, "empty audio")
    if name in _RAW:
        return
    container = sniff_container(raw[:64])
    if container == "ogg" and b"OpusHead" not in raw[:512]:
        container = ""  # Vorbis and others are not taken
    if not container or name not in ("", container):
        raise Refusal(BAD_FORMAT, f"invalid audio format: {container or 'unknown'} data, format {name or 'not given'}")


def _wrap_in_wav(raw: bytes, rate_hz: int, channels: int) -> bytes:
    """16-bit little-endian samples with a header; a last frame that is incomplete is left out."""
    frame = 2 * channels
    data = raw[: len(raw) // frame * frame]
    if len(data) > MAX_AUDIO_MS * rate_hz * frame // 1000:
        raise _refuse_length()
    layout = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * frame, frame, 16)
    head = b"WAVEfmt " + struct.pack("<I", len(layout)) + layout + b"data" + struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", len(head) + len(data)) + head + data


def _refuse_length() -> Refusal:
    return Refusal(BAD_PARAMETER, "invalid parameter: audio is longer than 2 hours")


def download_audio(url: str) -> bytes:
    """The bytes behind an http(s) address, within the limits of size and two minutes. Raises `Refusal`."""
    until = time.monotonic() + _DOWNLOAD_SECONDS
    raw = bytearray()
    try:
        with requests.get(url, stream=True, timeout=(10, 30)) as answer:
            answer.raise_for_status()
            for part in answer.iter_content(1024 * 1024):
                raw += part
                if len(raw) > MAX_AUDIO_BYTES:
                    raise Refusal(TOO_LARGE, "audio file too large")
                if time.monotonic() > until:
                    raise _refuse_url()
    except (requests.RequestException, ValueError):
        raise _refuse_url() from None
    return bytes(raw)


def _refuse_url() -> Refusal:
    return Refusal(BAD_URL, "Invalid audio URI: audio download failed")
