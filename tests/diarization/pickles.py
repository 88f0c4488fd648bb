"""Files of weights as PyTorch wrote them before version 1.6, without PyTorch."""

from __future__ import annotations

import pickle
import sys
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class Stored:
    """A tensor in storage `key`, of which it takes what offset, shape and strides (in numbers) say."""

    def __init__(self, key: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.key, self.offset, self.shape, self.strides = key, offset, shape, strides


@contextmanager
def torch_named() -> Iterator[types.ModuleType]:
    """Modules of PyTorch's names with the two names that files of weights use."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})  # type: ignore[attr-defined]

    def _rebuild_tensor_v2(*_: object) -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    torch._utils = utils  # type: ignore[attr-defined]
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        yield torch
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def write_weights(
    path: Path,
    saved: Any,
    storages: Mapping[str, NDArray[np.float32]],
    *,
    magic: int = MAGIC,
    end: Callable[[bytes], bytes] = lambda content: content,
) -> Path:
    """`saved` may hold `Stored`; `end` changes the finished bytes."""
    file = BytesIO()
    with torch_named() as torch:

        class Pickler(pickle.Pickler):
            def persistent_id(self, value: object) -> object:
                if isinstance(value, tuple) and len(value) == 2 and value[0] == "storage":
                    return ("storage", torch.FloatStorage, value[1], "cpu", len(storages[value[1]]), None)
                return None

            def reducer_override(self, value: object) -> Any:
                if isinstance(value, Stored):
                    rebuild = torch._utils._rebuild_tensor_v2
                    fields = (("storage", value.key), value.offset, value.shape, value.strides, False, OrderedDict())
                    return rebuild, fields
                return NotImplemented

        sizes = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
        for described in (magic, PROTOCOL, sizes):
            pickle.dump(described, file, protocol=2)
        Pickler(file, protocol=2).dump(saved)
        pickle.dump(list(storages), file, protocol=2)
    for storage in storages.values():
        file.write(len(storage).to_bytes(8, "little") + storage.astype("<f4").tobytes())
    path.write_bytes(end(file.getvalue()))
    return path
