"""A client of the flash protocol for tests, sounds to send, and a recogniser that needs no model."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy
import requests

from transcripts.flashserver.recognizer import RATE_HZ, RecognizerOptions, Samples, TimedUtterance, TimedWord
from transcripts.flashserver.server import FlashServer

AUDIO = Path(__file__).resolve().parent.parent / "data" / "audio"
HEADERS = {
    "X-Api-Key": "any",
    "X-Api-Resource-Id": "volc.bigasr.auc_turbo",
    "X-Api-Request-Id": "67ee89ba-7050-4c04-a3d7-ac61a63499b3",
    "X-Api-Sequence": "-1",
}


class Tones:
    """Says the word 音 for each half second with sound in it. Keeps the options of each call."""

    def __init__(self) -> None:
        self.asked: list[RecognizerOptions] = []

    def recognise(self, samples: Samples, options: RecognizerOptions, gone: Callable[[], bool]) -> list[TimedUtterance]:
        self.asked.append(options)
        halves = [samples[at : at + RATE_HZ // 2] for at in range(0, len(samples), RATE_HZ // 2)]
        return [
            TimedUtterance("音。", (TimedWord("音", at * 500, at * 500 + 480),))
            for at, half in enumerate(halves)
            if numpy.abs(half).max() > 0.1
        ]


class Bursts:
    """Says the word 音 for each stretch of sound, as long as that is, to 10 ms; pauses under 50 ms do not end it."""

    def recognise(self, samples: Samples, options: RecognizerOptions, gone: Callable[[], bool]) -> list[TimedUtterance]:
        frame = RATE_HZ // 100
        loud = numpy.abs(samples[: len(samples) // frame * frame].reshape(-1, frame)).max(axis=1) > 0.1
        at = numpy.flatnonzero(loud)
        if not len(at):
            return []
        breaks = numpy.flatnonzero(numpy.diff(at) > 5)
        starts, ends = at[numpy.r_[0, breaks + 1]], at[numpy.r_[breaks, len(at) - 1]] + 1
        return [
            TimedUtterance("音。", (TimedWord("音", int(start) * 10, int(end) * 10),))
            for start, end in zip(starts, ends, strict=True)
        ]


def pcm(*channels: str, rate_hz: int = 16000) -> bytes:
    """16-bit samples; each channel's text has a half second of tone per "x", of silence per other character."""
    times = numpy.arange(rate_hz // 2) / rate_hz
    tone = (0.3 * 32767 * numpy.sin(2 * numpy.pi * 440 * times)).astype("<i2")
    columns = [numpy.concatenate([tone * (mark == "x") for mark in text]) for text in channels]
    return numpy.stack(columns, axis=1).astype("<i2").tobytes()


def wav(*channels: str, rate_hz: int = 16000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(channels))
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(pcm(*channels, rate_hz=rate_hz) if any(channels) else b"")
    return file.getvalue()


def body(sound: bytes, audio: Mapping[str, object] | None = None, **request: object) -> dict[str, Any]:
    """A request with `sound`, more fields of `audio`, and more of `request`; None leaves a field out."""
    fields = {"data": base64.b64encode(sound).decode(), **(audio or {})}
    return {
        "user": {"uid": "test"},
        "audio": {name: value for name, value in fields.items() if value is not None},
        "request": {name: value for name, value in {"model_name": "bigmodel", **request}.items() if value is not None},
    }


def ask(server: FlashServer, content: object, headers: Mapping[str, str] = HEADERS) -> requests.Response:
    return requests.post(server.url, json=content, headers=headers, timeout=100)


def code(answer: requests.Response) -> str:
    return answer.headers["X-Api-Status-Code"]
