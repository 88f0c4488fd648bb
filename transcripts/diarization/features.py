"""What the embedded speaker encoder hears: the power in 40 mel bands, a hundred times a second.

They equal `librosa.feature.melspectrogram(y, sr=16000, n_fft=400, hop_length=160, n_mels=40)`, which Resemblyzer was
trained on: power, not its logarithm; bands by Slaney's formula, each of the same area; silence before and after.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
RATE_HZ = 16_000
HOP = 160  # samples between frames: 10 ms
BANDS = 40
_WINDOW = 400  # samples: 25 ms
_LOUDNESS_DB = -30.0  # below full scale


def measure_bands(samples: Floats) -> Floats:
    """The power of each band (columns) in frames around samples 0, 160, 320 … (rows)."""
    padded = np.pad(samples, _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP]
    spectrum = np.fft.rfft(frames * _make_window(), axis=1)
    bands: Floats = (spectrum.real**2 + spectrum.imag**2).astype(np.float32, copy=False) @ _make_filters().T
    return bands


def measure_gain(samples: Floats) -> float:
    """By how much power has to be multiplied for the loudness that the encoder was trained with; 0 for silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return 10 ** (_LOUDNESS_DB / 10) / power if power > 1e-12 else 0.0


@cache
def _make_window() -> Floats:
    """Hann's, as for a period of 400 samples."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)).astype(np.float32)


@cache
def _make_filters() -> Floats:
    """Triangles that overlap by half, evenly spaced in mel: shape (bands, bins)."""
    bins = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    edges = _mel_to_hz(np.linspace(0.0, _hz_to_mel(RATE_HZ / 2), BANDS + 2))
    widths = np.diff(edges)
    rising = (bins - edges[:-2, None]) / widths[:-1, None]
    falling = (edges[2:, None] - bins) / widths[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


# Slaney's scale: 3 mel for 200 Hz up to 1 kHz, then 27 for each factor of 6.4 (Auditory Toolbox, 1998).
_KNEE_HZ, _KNEE_MEL, _STEP = 1000.0, 15.0, np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    return hz * 3 / 200 if hz < _KNEE_HZ else _KNEE_MEL + float(np.log(hz / _KNEE_HZ) / _STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    hz: NDArray[np.float64] = np.where(mel < _KNEE_MEL, mel * 200 / 3, _KNEE_HZ * np.exp(_STEP * (mel - _KNEE_MEL)))
    return hz
