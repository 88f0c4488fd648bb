"""Weights are read without PyTorch, and nothing but tensors is."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.diarization.pickles import Stored, write_weights
from transcripts.diarization.installed import find_weights
from transcripts.diarization.weights import NotTensors, read_weights

NUMBERS = np.arange(12, dtype=np.float32)


class Calls:
    """What pickles as a call of `function`."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


def test_tensors_are_read_by_name(tmp_path: Path) -> None:
    state = OrderedDict(
        whole=Stored("7", 0, (3, 4), (4, 1)), turned=Stored("7", 0, (4, 3), (1, 4)), later=Stored("8", 2, (2,), (3,))
    )
    path = write_weights(tmp_path / "w.pt", {"state": state, "step": 3}, {"7": NUMBERS, "8": NUMBERS})
    found = read_weights(path, "state")
    assert {name: tensor.tolist() for name, tensor in found.items()} == {
        "whole": NUMBERS.reshape(3, 4).tolist(),
        "turned": NUMBERS.reshape(3, 4).T.tolist(),
        "later": [2.0, 5.0],
    }


def test_embedded_weights_are_those_of_three_layers() -> None:
    shapes = {name: tensor.shape for name, tensor in read_weights(find_weights(), "model_state").items()}
    assert shapes["lstm.weight_ih_l0"] == (1024, 40)
    assert {shapes[f"lstm.weight_hh_l{number}"] for number in range(3)} == {(1024, 256)}
    assert shapes["linear.weight"] == (256, 256)


@pytest.mark.parametrize(
    "called",
    [
        Calls(os.system, "touch {}"),
        Calls(eval, "open('{}', 'w')"),
        Calls(getattr, os, "name"),
        Calls(__import__, "os"),
        Calls(np.zeros, 3),
    ],
    ids=["system", "eval", "getattr", "import", "numpy"],
)
def test_nothing_else_is_called(tmp_path: Path, called: Calls) -> None:
    touched = tmp_path / "touched"
    function, arguments = called.__reduce__()
    named = tuple(argument.format(touched) if isinstance(argument, str) else argument for argument in arguments)
    if os in named:  # modules cannot be pickled
        named = tuple("os" if argument is os else argument for argument in named)
    path = write_weights(tmp_path / "w.pt", {"state": {"x": Calls(function, *named)}}, {})
    with pytest.raises(NotTensors, match="it names"):
        read_weights(path, "state")
    assert not touched.exists()


@pytest.mark.parametrize(
    "state",
    [
        {"x": Stored("7", 0, (4, 4), (4, 1))},
        {"x": Stored("7", 11, (2,), (1,))},
        {"x": Stored("7", -1, (2,), (1,))},
        {"x": Stored("7", 5, (2,), (-1,))},
        {"x": Stored("7", 0, (1 << 40, 1 << 40), (1, 1))},
        {"x": 3.0},
        {"x": OrderedDict(x=Stored("7", 0, (2,), (1,)))},
        [Stored("7", 0, (2,), (1,))],
    ],
)
def test_what_is_no_tensor_of_its_storage_is_refused(tmp_path: Path, state: Any) -> None:
    with pytest.raises(NotTensors):
        read_weights(write_weights(tmp_path / "w.pt", {"state": state}, {"7": NUMBERS}), "state")


@pytest.mark.parametrize("kept", [0, 1, 30, 200, -1])
def test_cut_file_is_refused(tmp_path: Path, kept: int) -> None:
    state = {"x": Stored("7", 0, (3, 4), (4, 1))}
    path = write_weights(tmp_path / "w.pt", {"state": state}, {"7": NUMBERS}, end=lambda content: content[:kept])
    with pytest.raises(NotTensors):
        read_weights(path, "state")


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotTensors, match="another format"):
        read_weights(write_weights(tmp_path / "w.pt", {"state": {}}, {}, magic=5), "state")
    (tmp_path / "w.zip").write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(NotTensors):
        read_weights(tmp_path / "w.zip", "state")
    with pytest.raises(FileNotFoundError):
        read_weights(tmp_path / "missing.pt", "state")
    with pytest.raises(NotTensors):
        read_weights(write_weights(tmp_path / "w.pt", {"other": {}}, {}), "state")
