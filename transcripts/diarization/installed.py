"""Where the speaker encoder is, and what it is called. Light to import: it loads no arrays.

The encoder is that of the package Resemblyzer (Apache-2.0), of which nothing but the file of weights is used: the
package itself is never imported, and what it needs (PyTorch, librosa) is not installed.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from transcripts.diarization.results import EncoderMissing

EMBEDDED = "resemblyzer-0.1.4"
WEIGHTS_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"


def name_encoder(model: Path | None = None) -> str:
    """The name of the encoder that is to be used, good for a file's name; another model has another name.

    Raises `EncoderMissing` where its file is not there.
    """
    if model is None:
        find_weights()
        return EMBEDDED
    file = find_model(model)
    return f"onnx-{_hash_file(file, file.stat().st_mtime_ns)[:12]}"


def find_weights() -> Path:
    """The file of weights in the package Resemblyzer. Raises `EncoderMissing`."""
    try:
        files = metadata.files("Resemblyzer") or []
    except metadata.PackageNotFoundError:
        files = []
    path = next((Path(str(file.locate())) for file in files if file.name == "pretrained.pt"), None)
    if path is None or not path.is_file():
        raise EncoderMissing(
            "The speaker encoder is not installed: pip install --no-deps --require-hashes -r requirements/speakers.txt"
        )
    if _hash_file(path, path.stat().st_mtime_ns) != WEIGHTS_SHA256:
        raise EncoderMissing(f"{path} is not the file of weights that Resemblyzer 0.1.4 came with.")
    return path


def find_model(folder: Path) -> Path:
    """The one ONNX file in `folder`. Raises `EncoderMissing`."""
    files = sorted(folder.glob("*.onnx"))
    if len(files) != 1:
        raise EncoderMissing(f"{folder} holds {len(files)} files of the kind .onnx, where one is expected.")
    return files[0]


@lru_cache(maxsize=4)
def _hash_file(path: Path, changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
