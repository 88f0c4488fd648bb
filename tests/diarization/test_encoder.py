"""The network equals a plain one, and the embedded encoder tells real people apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from transcripts.audio.decode import decode
from transcripts.diarization import encoder as encoder_module
from transcripts.diarization.encoder import CONTEXT, EmbeddedEncoder, SpeakerNetwork
from transcripts.diarization.installed import find_weights
from transcripts.diarization.results import EncoderMissing
from transcripts.diarization.weights import Arrays, read_weights

AUDIO = Path(__file__).parents[1] / "data" / "audio"


@pytest.fixture(scope="module")
def weights() -> Arrays:
    return read_weights(find_weights(), "model_state")


@pytest.fixture(scope="module")
def embedded() -> EmbeddedEncoder:
    return EmbeddedEncoder()


def run_plainly(weights: Arrays, bands: np.ndarray) -> np.ndarray:
    """One window, as the formulas of an LSTM stand in books, in 64 bits."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    sequence = bands.astype(np.float64)
    for layer in range(3):
        named = {
            name: weights[f"lstm.{name}_l{layer}"].astype(np.float64)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
        past, cell, out = np.zeros(256), np.zeros(256), []
        for frame in sequence:
            gates = named["weight_ih"] @ frame + named["bias_ih"] + named["weight_hh"] @ past + named["bias_hh"]
            take, keep, new, show = np.split(gates, 4)
            cell = sigmoid(keep) * cell + sigmoid(take) * np.tanh(new)
            past = sigmoid(show) * np.tanh(cell)
            out.append(past)
        sequence = np.array(out)
    raw = np.maximum(weights["linear.weight"] @ sequence[-1] + weights["linear.bias"], 0)
    return raw / np.linalg.norm(raw)


@pytest.mark.long
def test_network_equals_a_plain_one_at_every_length(weights: Arrays) -> None:
    bands = np.random.default_rng(3).random((4, 160, 40), dtype=np.float32) * 0.02
    lengths = [160, 50, 1, 97]
    found = SpeakerNetwork(weights).run(bands, lengths)
    for window, length, vector in zip(bands, lengths, found, strict=True):
        assert vector == pytest.approx(run_plainly(weights, window[:length]), abs=1e-5)


# PyTorch 2.13 gave these for `make_bands()` with the same weights: the largest of 256 numbers.
PYTORCH = {11: 0.18818, 42: 0.25004, 71: 0.17233, 124: 0.18177, 180: 0.25344, 189: 0.22450, 246: 0.18989, 253: 0.22913}


def make_bands() -> np.ndarray:
    frame, band = np.mgrid[0:160, 0:40]
    return (0.01 * (1 + np.sin(frame / 7 + band / 3)) * np.exp(-band / 20)).astype(np.float32)


def test_network_equals_that_of_pytorch(weights: Arrays) -> None:
    vector = SpeakerNetwork(weights).run(make_bands()[None], [160])[0]
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert {number: float(vector[number]) for number in PYTORCH} == pytest.approx(PYTORCH, abs=1e-4)


@pytest.mark.parametrize("name", ["lstm.weight_hh_l2", "linear.bias"])
def test_weights_of_another_network_are_refused(weights: Arrays, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyError):
        SpeakerNetwork({other: tensor for other, tensor in weights.items() if other != name})
    with pytest.raises(ValueError, match="shape"):
        SpeakerNetwork({**weights, name: weights[name][:-1]})
    monkeypatch.setattr(encoder_module, "read_weights", lambda *_: {**weights, name: weights[name][:-1]})
    with pytest.raises(EncoderMissing, match="cannot be read"):
        EmbeddedEncoder()


def cut(file: str, seconds: list[float], *, channel: int = 0) -> list[np.ndarray]:
    sound = np.pad(decode(AUDIO / file)[channel], CONTEXT)
    return [sound[round(at * 16_000) :][: 25_600 + 2 * CONTEXT] for at in seconds]


@pytest.mark.long
def test_people_are_more_like_themselves_than_like_each_other(embedded: EmbeddedEncoder) -> None:
    windows = [
        *cut("en_sorrow.m4a", [0.3, 3.0, 6.0]),
        *cut("zh_percent.mp3", [0.6, 3.0, 5.0]),
        *cut("en_phone_garage_stereo.ogg", [0.6, 2.5, 4.0]),
    ]
    vectors = embedded.embed(windows)
    likeness = vectors @ vectors.T
    same = np.kron(np.eye(3), np.ones((3, 3))).astype(bool)
    assert likeness[same].min() > likeness[~same].max()


def test_loudness_does_not_matter(embedded: EmbeddedEncoder) -> None:
    windows = cut("en_sorrow.m4a", [0.3, 3.0])
    loud = embedded.embed(windows)
    assert embedded.embed([window * np.float32(0.01) for window in windows]) == pytest.approx(loud, abs=1e-3)


def test_silence_and_what_is_too_short_have_vectors(embedded: EmbeddedEncoder) -> None:
    vectors = embedded.embed([np.zeros(25_600 + 2 * CONTEXT, np.float32), np.zeros(2 * CONTEXT + 10, np.float32)])
    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
