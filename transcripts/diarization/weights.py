"""Reading weights that PyTorch saved, without PyTorch.

The format is that of `torch.save` before version 1.6: three pickles that describe the format, one of the saved object,
in which tensors name their storages, one of the list of these, then each storage: its length as 64 bits and its
numbers (torch/serialization.py, `_legacy_load`). A pickle can call whatever it names, so that only what builds tensors
is known here, and each of these is a function of this module.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.float32]]
_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_MAX_NUMBERS = 16 << 20  # in one storage


class NotTensors(Exception):
    """The file is no list of tensors by their names, or names something else."""


def read_weights(path: Path, state: str) -> Arrays:
    """The tensors in the dictionary that is saved as `state`. Raises `NotTensors`, or `OSError` for a missing file."""
    with path.open("rb") as file:
        try:
            saved, storages = _read_tensors(file)
            tensors = saved[state]
            return {str(name): _take(tensor, storages) for name, tensor in tensors.items()}
        except NotTensors:
            raise
        except Exception as error:  # a pickle fails in as many ways as its bytes can be arranged
            raise NotTensors(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class _Storage:
    key: str
    numbers: int


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild(storage: object, offset: int, shape: Any, strides: Any, *_others: object) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise NotTensors("a tensor without a storage")
    return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


class _FloatKind:
    """Stands for `torch.FloatStorage` and makes nothing."""


class _TensorUnpickler(pickle.Unpickler):
    _KNOWN = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
        ("torch", "FloatStorage"): _FloatKind,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._KNOWN[module, name]
        except KeyError:
            raise NotTensors(f"it names {module}.{name}") from None

    def persistent_load(self, pid: Any) -> _Storage:
        kind, type_, key, _device, numbers, view = pid
        if kind != "storage" or type_ is not _FloatKind or view is not None or not 0 <= int(numbers) <= _MAX_NUMBERS:
            raise NotTensors("it names a storage of another kind")
        return _Storage(str(key), int(numbers))


def _read_tensors(file: IO[bytes]) -> tuple[Any, dict[str, NDArray[np.float32]]]:
    described = [_TensorUnpickler(file).load() for _ in range(3)]
    if described[:2] != [_MAGIC, _PROTOCOL] or not described[2].get("little_endian"):
        raise NotTensors("it is of another format")
    saved = _TensorUnpickler(file).load()
    storages = {}
    for key in _TensorUnpickler(file).load():
        numbers = int.from_bytes(file.read(8), "little")
        if numbers > _MAX_NUMBERS:
            raise NotTensors("a storage is too large")
        read = file.read(4 * numbers)
        storages[str(key)] = np.frombuffer(read, "<f4", count=numbers)
    return saved, storages


def _take(tensor: object, storages: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    if not isinstance(tensor, _Tensor):
        raise NotTensors("it holds something else than tensors")
    storage = storages[tensor.storage.key]
    pairs = list(zip(tensor.shape, tensor.strides, strict=True))
    if tensor.offset < 0 or any(length < 0 or stride < 0 for length, stride in pairs):
        raise NotTensors("a tensor reaches out of its storage")
    last = tensor.offset + sum((length - 1) * stride for length, stride in pairs if length)
    if last >= len(storage):
        raise NotTensors("a tensor reaches out of its storage")
    strides = tuple(4 * stride for stride in tensor.strides)
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides).astype(np.float32)
