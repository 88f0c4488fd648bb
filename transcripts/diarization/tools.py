"""What the limited child of `sandbox` runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transcripts.audio.results import NotAudio, Reason
from transcripts.diarization.encoder import EmbeddedEncoder, VoiceEncoder
from transcripts.diarization.results import EncoderMissing, Hint, NotWindows
from transcripts.diarization.tell_apart import tell_apart
from transcripts.diarization.windows import embed_file, read_windows
from transcripts.limited_child import LimitExceeded, Refused


def serve(request: Mapping[str, Any], report: Callable[[int], None]) -> dict[str, Any]:
    """The answer of the tool that `request` names. Raises `Refused` with what was wrong and why, or `LimitExceeded`."""
    try:
        return _embed(request, report) if request["tool"] == "embed" else _tell_apart(request)
    except EncoderMissing as error:
        raise Refused(["encoder", str(error)]) from error
    except NotWindows as error:
        raise Refused(["windows", str(error)]) from error
    except NotAudio as error:
        if error.reason is Reason.LIMITS:
            raise LimitExceeded from error
        raise Refused(["audio", error.reason]) from error


def _embed(request: Mapping[str, Any], report: Callable[[int], None]) -> dict[str, Any]:
    encoder = _load_encoder(request["model"])
    words = [(start, end) for start, end in request["words"]]
    source, target = Path(request["source"]), Path(request["target"])
    return {"windows": embed_file(source, words, target, encoder, track=request["track"], on_progress=report)}


def _load_encoder(model: str | None) -> VoiceEncoder:
    if model is None:
        return EmbeddedEncoder()
    from transcripts.diarization.onnx_encoder import OnnxEncoder  # Without a setting, its library is not needed.

    return OnnxEncoder(Path(model))


def _tell_apart(request: Mapping[str, Any]) -> dict[str, Any]:
    windows = read_windows(Path(request["windows"]))
    found = tell_apart(
        windows,
        [(start, end) for start, end in request["words"]],
        hint=Hint.from_json(request["hint"]),
        examples=request["examples"],
        within=request["within"],
    )
    return found.to_json()
