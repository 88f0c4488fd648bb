"""The embedded speaker encoder in NumPy: three LSTM layers of 256, a linear one, and unit length.

After Wan et al., "Generalized End-to-End Loss for Speaker Verification" (2018), as Resemblyzer trained it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from transcripts.diarization.features import BANDS, HOP, Floats, measure_bands, measure_gain
from transcripts.diarization.installed import EMBEDDED, find_weights
from transcripts.diarization.results import EncoderMissing
from transcripts.diarization.weights import Arrays, NotTensors, read_weights

DIMENSIONS = 256
FRAMES = 160  # of a full window: 1.6 s
CONTEXT = 2 * HOP  # samples of the sound around a window that come with it on each side
_LAYERS = 3


class VoiceEncoder(Protocol):
    """What makes a voice's direction of a window of sound."""

    name: str
    limit: float
    """The likeness above which the means of two sets of windows are one person's."""

    def embed(self, windows: Sequence[Floats]) -> Floats:
        """Vectors of length 1, a row for each window: mono at 16 kHz, with `CONTEXT` samples before and after it."""
        ...


class EmbeddedEncoder:
    """Resemblyzer's. Raises `EncoderMissing`."""

    name = EMBEDDED
    # Measured: strangers in one recording are alike by 0.45 to 0.83, the halves of one voice by 0.82 to 0.95.
    limit = 0.82

    def __init__(self) -> None:
        try:
            self._network = SpeakerNetwork(read_weights(find_weights(), "model_state"))
        except (NotTensors, KeyError, ValueError) as error:
            raise EncoderMissing(f"The weights of the speaker encoder cannot be read: {error}") from error

    def embed(self, windows: Sequence[Floats]) -> Floats:
        bands = np.zeros((len(windows), FRAMES, BANDS), np.float32)
        lengths = []
        for number, window in enumerate(windows):
            speech = window[CONTEXT:-CONTEXT]
            frames = min(FRAMES, max(1, len(speech) // HOP))
            measured = measure_bands(window)[CONTEXT // HOP :][:frames]
            bands[number, :frames] = measured * np.float32(measure_gain(speech))
            lengths.append(frames)
        return self._network.run(bands, lengths)


class SpeakerNetwork:
    """Raises `KeyError` or `ValueError` where `weights` are not those of the three layers."""

    def __init__(self, weights: Arrays) -> None:
        self._layers = [_Layer(weights, number) for number in range(_LAYERS)]
        self._linear = np.ascontiguousarray(_expect(weights, "linear.weight", DIMENSIONS, DIMENSIONS).T)
        self._bias = _expect(weights, "linear.bias", DIMENSIONS)

    def run(self, bands: Floats, lengths: Sequence[int]) -> Floats:
        """The embeddings of windows of shape (windows, frames, bands), of which each has its own length in frames."""
        sequence = np.ascontiguousarray(bands.transpose(1, 0, 2))
        for layer in self._layers:
            sequence = layer.run(sequence)
        last = sequence[np.asarray(lengths) - 1, np.arange(len(lengths))]
        raw = np.maximum(last @ self._linear + self._bias, 0)
        embedded: Floats = raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9)
        return embedded


class _Layer:
    """The gates' sigmoids are tanh of half their argument: these halves are taken of the weights, once."""

    def __init__(self, weights: Arrays, number: int) -> None:
        gates = 4 * DIMENSIONS
        inputs = DIMENSIONS if number else BANDS
        halves = np.full((4, DIMENSIONS), 0.5, np.float32)
        halves[2] = 1.0  # PyTorch's order: input, forget, cell, output
        scale = halves.reshape(-1)
        from_input = _expect(weights, f"lstm.weight_ih_l{number}", gates, inputs)
        from_past = _expect(weights, f"lstm.weight_hh_l{number}", gates, DIMENSIONS)
        self._from_input = np.ascontiguousarray((from_input * scale[:, None]).T)
        self._from_past = np.ascontiguousarray((from_past * scale[:, None]).T)
        biases = (_expect(weights, f"lstm.bias_{kind}_l{number}", gates) for kind in ("ih", "hh"))
        self._bias = sum(biases) * scale

    def run(self, sequence: Floats) -> Floats:
        """From shape (frames, windows, inputs) to (frames, windows, dimensions)."""
        frames, windows, inputs = sequence.shape
        gates = sequence.reshape(-1, inputs) @ self._from_input
        gates += self._bias
        gates = gates.reshape(frames, windows, -1)
        out = np.empty((frames, windows, DIMENSIONS), np.float32)
        past = np.zeros((windows, DIMENSIONS), np.float32)
        cell = np.zeros_like(past)
        half = np.float32(0.5)
        for step in range(frames):
            moved = gates[step]
            moved += past @ self._from_past
            np.tanh(moved, out=moved)
            take, keep, new, show = (moved[:, at : at + DIMENSIONS] for at in range(0, 4 * DIMENSIONS, DIMENSIONS))
            cell *= keep * half + half  # (1 + tanh(x / 2)) / 2 is the sigmoid of x
            cell += (take * half + half) * new
            past = out[step]
            np.tanh(cell, out=past)
            past *= show * half + half
        return out


def _expect(weights: Arrays, name: str, *shape: int) -> Floats:
    if weights[name].shape != shape:
        raise ValueError(f"{name} has the shape {weights[name].shape}")
    return weights[name]
