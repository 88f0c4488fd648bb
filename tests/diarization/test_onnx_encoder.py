"""An encoder from a folder: a tiny model that averages its filter banks, written here byte by byte."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from transcripts.diarization.encoder import CONTEXT
from transcripts.diarization.onnx_encoder import OnnxEncoder, measure_banks
from transcripts.diarization.results import EncoderMissing


def field(number: int, value: int | bytes | str) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def value_info(name: str, sizes: list[int | str]) -> bytes:
    shape = b"".join(field(1, field(1, size) if isinstance(size, int) else field(2, size)) for size in sizes)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))  # 1: 32-bit floats


def write_model(path: Path, *, bands: int = 80, axis: int = 1) -> Path:
    """ModelProto of onnx.proto3: one node, ReduceMean over `axis`."""
    attributes = [
        field(5, field(1, "axes") + field(8, axis) + field(20, 7)),
        field(5, field(1, "keepdims") + field(3, 0) + field(20, 2)),
    ]
    node = field(1, "feats") + field(2, "embs") + field(4, "ReduceMean") + b"".join(attributes)
    graph = field(1, node) + field(2, "mean")
    graph += field(11, value_info("feats", ["B", "T", bands])) + field(12, value_info("embs", ["B", "D"]))
    path.write_bytes(field(1, 8) + field(8, field(1, "") + field(2, 13)) + field(7, graph))
    return path


def make_windows() -> list[np.ndarray]:
    chance = np.random.default_rng(1)
    lengths = [25_600, 8000, 25_600, 100]
    return [chance.standard_normal(length + 2 * CONTEXT).astype(np.float32) * 0.1 for length in lengths]


def test_model_of_a_folder_embeds_windows_of_any_length(tmp_path: Path) -> None:
    write_model(tmp_path / "model.onnx", axis=2)
    (tmp_path / "encoder.json").write_text(json.dumps({"limit": 0.4}))
    encoder = OnnxEncoder(tmp_path)
    assert (encoder.name[:5], encoder.limit) == ("onnx-", 0.4)
    windows = make_windows()
    full = [windows[0], windows[2]]
    vectors = encoder.embed(full)
    means = np.array([measure_banks(window[CONTEXT:-CONTEXT]).mean(axis=1) for window in full])
    assert vectors == pytest.approx(means / np.linalg.norm(means, axis=1, keepdims=True), abs=1e-4)


def test_windows_of_several_lengths_keep_their_order(tmp_path: Path) -> None:
    write_model(tmp_path / "model.onnx")  # the means over time are 0: vectors of no length
    vectors = OnnxEncoder(tmp_path).embed(make_windows())
    assert vectors.shape == (4, 80)
    assert np.isfinite(vectors).all()


def test_limit_is_that_of_such_models_unless_it_is_given(tmp_path: Path) -> None:
    write_model(tmp_path / "model.onnx")
    assert OnnxEncoder(tmp_path).limit == 0.5
    for content in ("", "[]", "{}", '{"limit": "x"}', '{"limit": 3}'):
        (tmp_path / "encoder.json").write_text(content)
        with pytest.raises(EncoderMissing, match=r"encoder\.json"):
            OnnxEncoder(tmp_path)


def test_what_is_no_such_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="holds 0 files"):
        OnnxEncoder(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(EncoderMissing, match="cannot be loaded"):
        OnnxEncoder(tmp_path)
    write_model(tmp_path / "model.onnx", bands=40)
    with pytest.raises(EncoderMissing, match="cannot take"):
        OnnxEncoder(tmp_path).embed(make_windows())


def test_model_that_gives_something_else_is_refused(tmp_path: Path) -> None:
    write_model(tmp_path / "model.onnx", axis=0)
    with pytest.raises(EncoderMissing, match="gives arrays of shape"):
        OnnxEncoder(tmp_path).embed(make_windows()[:1])


def test_banks_are_those_of_kaldi() -> None:
    """80 bands of whole frames, without what is the same in all of them; a tone is in the band of its pitch."""
    seconds = np.arange(16_000) / 16_000
    rising = np.sin(2 * np.pi * (200 * seconds + 1500 * seconds**2)).astype(np.float32)
    banks = measure_banks(rising * np.float32(0.1))
    assert banks.shape == (98, 80)
    assert banks.mean(axis=0) == pytest.approx(0, abs=1e-4)
    loudest = (banks + 0).argmax(axis=1)
    assert loudest[10] < loudest[50] < loudest[90]
    assert measure_banks(rising[:100]).shape == (50, 80)
