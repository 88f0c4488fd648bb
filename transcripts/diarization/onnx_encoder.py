"""Another speaker encoder, from a folder that somebody put here: WeSpeaker's and 3D-Speaker's models are of this kind.

The folder holds one ONNX file, which takes filter banks as Kaldi computes them, of shape (windows, frames, 80), and
gives a vector for each window. It may hold `encoder.json` with `{"limit": 0.5}`: the likeness above which the means of
two sets of windows are one person's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcripts.diarization.encoder import CONTEXT
from transcripts.diarization.features import HOP, RATE_HZ, Floats
from transcripts.diarization.installed import find_model, name_encoder
from transcripts.diarization.results import EncoderMissing

_BANDS = 80
_WINDOW = 400  # samples: 25 ms
_TRANSFORM = 512
_LOWEST_HZ = 20.0
_PRE_EMPHASIS = 0.97
_LIMIT = 0.5
_LEAST_FRAMES = 50


class OnnxEncoder:
    """Raises `EncoderMissing` for a folder without a model that can be run."""

    def __init__(self, folder: Path) -> None:
        self.name = name_encoder(folder)
        self.limit = _read_limit(folder / "encoder.json")
        try:
            import onnxruntime
        except ImportError as error:
            raise EncoderMissing(
                "The package onnxruntime is not installed; it is in requirements/local.txt."
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(find_model(folder)), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # of the runtime's own kinds, which have no common one
            raise EncoderMissing(f"The model in {folder} cannot be loaded: {error}") from error
        self._input = self._session.get_inputs()[0].name

    def embed(self, windows: Sequence[Floats]) -> Floats:
        """Raises `EncoderMissing` where the model takes or gives something else."""
        banks = [measure_banks(window[CONTEXT:-CONTEXT]) for window in windows]
        vectors: list[Floats | None] = [None] * len(banks)
        for frames in {len(bank) for bank in banks}:
            same = [number for number, bank in enumerate(banks) if len(bank) == frames]
            for number, vector in zip(same, self._run(np.stack([banks[each] for each in same])), strict=True):
                vectors[number] = vector
        return np.array(vectors, np.float32)

    def _run(self, banks: Floats) -> Floats:
        try:
            given = np.asarray(self._session.run(None, {self._input: banks})[0], np.float32)
        except Exception as error:  # as above
            raise EncoderMissing(f"The model cannot take filter banks of shape {banks.shape}: {error}") from error
        if given.ndim != 2 or len(given) != len(banks) or not np.isfinite(given).all():
            raise EncoderMissing(f"The model gives arrays of shape {given.shape} for {len(banks)} windows.")
        vectors: Floats = given / np.maximum(np.linalg.norm(given, axis=1, keepdims=True), 1e-9)
        return vectors


def measure_banks(samples: Floats) -> Floats:
    """The logarithm of the power in 80 mel bands less its mean, as Kaldi computes it without dither.

    Whole frames only: `snip-edges`; Hamming's window; what is shorter than half a second is filled with silence.
    """
    least = (_LEAST_FRAMES - 1) * HOP + _WINDOW
    samples = np.pad(samples, (0, max(0, least - len(samples)))) * np.float32(1 << 15)
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::HOP].astype(np.float32)
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    frames = (frames - np.float32(_PRE_EMPHASIS) * before) * np.hamming(_WINDOW).astype(np.float32)
    power = np.abs(np.fft.rfft(frames, _TRANSFORM, axis=1)).astype(np.float32) ** 2
    banks = np.log(np.maximum(power @ _make_banks().T, np.finfo(np.float32).eps))
    centred: Floats = (banks - banks.mean(axis=0)).astype(np.float32)
    return centred


@cache
def _make_banks() -> Floats:
    """Triangles that are straight in mel: shape (bands, bins)."""

    lowest, highest = _to_mel(np.array([_LOWEST_HZ, RATE_HZ / 2])).tolist()
    edges = np.linspace(lowest, highest, _BANDS + 2)
    bins = _to_mel(np.fft.rfftfreq(_TRANSFORM, 1 / RATE_HZ).astype(np.float64))
    width = edges[1] - edges[0]
    rising, falling = (bins - edges[:-2, None]) / width, (edges[2:, None] - bins) / width
    banks: Floats = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return banks


def _to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    mel: NDArray[np.float64] = 1127.0 * np.log1p(hz / 700.0)
    return mel


def _read_limit(path: Path) -> float:
    try:
        limit = float(json.loads(path.read_bytes())["limit"])
    except FileNotFoundError:
        return _LIMIT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderMissing(f"{path} holds no limit.") from error
    if not -1 < limit < 1:
        raise EncoderMissing(f"The limit in {path} is not between -1 and 1.")
    return limit
