"""The bands equal those of librosa 0.11, computed once from the same samples."""

from __future__ import annotations

import numpy as np
import pytest

from transcripts.diarization.features import measure_bands, measure_gain

# librosa.feature.melspectrogram(y=make_sound(), sr=16000, n_fft=400, hop_length=160, n_mels=40).T, in some frames.
LIBROSA = {
    0: [
        0.1076,
        0.09846,
        0.1451,
        0.314,
        1.897,
        4.867,
        1.494,
        0.1626,
        0.05342,
        0.02523,
        0.01401,
        0.008716,
        0.00557,
        0.003708,
        0.002599,
        0.001894,
        0.00125,
        0.0009434,
        0.0006515,
        0.0004727,
        0.0003459,
        0.0002462,
        0.0001822,
        0.0001321,
        9.545e-05,
        7.09e-05,
        5.18e-05,
        3.798e-05,
        2.803e-05,
        2.077e-05,
        1.531e-05,
        1.142e-05,
        8.516e-06,
        6.362e-06,
        4.828e-06,
        3.692e-06,
        2.872e-06,
        2.297e-06,
        1.912e-06,
        1.683e-06,
    ],
    12: [
        1.215e-11,
        2.427e-11,
        5.172e-11,
        1.127e-10,
        1.958,
        14.79,
        1.604,
        8.492e-09,
        5.618e-08,
        9.072e-07,
        3.356e-05,
        0.001419,
        0.01193,
        0.006136,
        0.0003166,
        3.254e-06,
        5.369e-08,
        5.39e-09,
        8.549e-10,
        2.144e-10,
        6.527e-11,
        2.238e-11,
        8.876e-12,
        3.696e-12,
        1.647e-12,
        7.913e-13,
        3.865e-13,
        1.965e-13,
        1.036e-13,
        5.571e-14,
        3.028e-14,
        1.694e-14,
        9.578e-15,
        5.336e-15,
        3.079e-15,
        1.733e-15,
        9.371e-16,
        5.427e-16,
        2.796e-16,
        2.714e-16,
    ],
    25: [
        0.0001392,
        0.0001398,
        0.0001407,
        0.000142,
        1.958,
        14.79,
        1.604,
        0.0001519,
        0.0001555,
        0.0001597,
        0.0001645,
        0.0001747,
        0.00018,
        0.0001832,
        0.0001926,
        0.0002144,
        0.0002151,
        0.0002475,
        0.0002661,
        0.0003025,
        0.0003588,
        0.001098,
        0.006993,
        0.0011,
        0.001239,
        0.002658,
        0.02443,
        0.255,
        0.03937,
        0.002012,
        0.0007071,
        0.0003473,
        0.0001987,
        0.0001254,
        8.584e-05,
        6.211e-05,
        4.739e-05,
        3.813e-05,
        3.238e-05,
        2.911e-05,
    ],
    50: [
        0.08742,
        0.1057,
        0.153,
        0.3256,
        1.914,
        4.834,
        1.466,
        0.154,
        0.04832,
        0.02169,
        0.01135,
        0.00658,
        0.003864,
        0.002331,
        0.001446,
        0.0008895,
        0.0004668,
        0.0002543,
        0.000104,
        3.023e-05,
        4.168e-06,
        2.209e-05,
        9.394e-05,
        0.0002572,
        0.0006275,
        0.001842,
        0.02272,
        0.2538,
        0.04071,
        0.002396,
        0.0009211,
        0.001747,
        0.0006667,
        0.0002957,
        0.000199,
        0.0001463,
        0.0001142,
        9.397e-05,
        8.126e-05,
        7.397e-05,
    ],
}


def make_sound() -> np.ndarray:
    n = np.arange(8000)
    low = 0.3 * np.sin(2 * np.pi * 440 * n / 16000)
    high = 0.1 * np.sin(2 * np.pi * 3000 * n / 16000) * (n > 4000)
    return (low + high + 0.01 * np.cos(n * n * 0.0001)).astype(np.float32)


@pytest.mark.parametrize("frame", sorted(LIBROSA))
def test_bands_equal_those_of_librosa(frame: int) -> None:
    found = measure_bands(make_sound())
    assert found.shape == (51, 40)
    assert found.dtype == np.float32
    assert found[frame] == pytest.approx(LIBROSA[frame], rel=2e-3, abs=1e-7)


def test_gain_makes_speech_as_loud_as_the_encoder_was_trained_with() -> None:
    sound = make_sound()
    louder = sound * np.sqrt(measure_gain(sound))
    assert 10 * np.log10(np.mean(louder**2)) == pytest.approx(-30, abs=0.01)


def test_silence_stays_silent() -> None:
    assert measure_gain(np.zeros(100, np.float32)) == 0
    assert measure_gain(np.zeros(0, np.float32)) == 0
    assert (measure_bands(np.zeros(1600, np.float32)) == 0).all()
