from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from transcripts.audio.peaks import summarise_peaks


def written(path: Path, values: list[int]) -> Path:
    np.array(values, dtype=np.int8).tofile(path)
    return path


def test_overview_keeps_every_extreme(tmp_path: Path) -> None:
    peaks = written(tmp_path / "peaks", [-1, 2, -100, 3, 0, 0, -4, 127, -5, 5])
    assert list(np.frombuffer(summarise_peaks(peaks, 2), dtype=np.int8)) == [-100, 3, -5, 127]


def test_overview_of_a_short_recording_is_all_of_it(tmp_path: Path) -> None:
    peaks = written(tmp_path / "peaks", [-1, 2, -3, 4])
    assert summarise_peaks(peaks, 2000) == summarise_peaks(peaks, 2) == peaks.read_bytes()
    assert summarise_peaks(written(tmp_path / "empty", []), 2000) == b""


def test_overview_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        summarise_peaks(tmp_path / "nothing", 2000)
