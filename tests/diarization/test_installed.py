"""Where the speaker encoder is, and what is said where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from transcripts.diarization.installed import EMBEDDED, WEIGHTS_SHA256, _hash_file, find_weights, name_encoder
from transcripts.diarization.results import EncoderMissing


def test_embedded_weights_are_there_and_are_the_ones_expected() -> None:
    path = find_weights()
    assert _hash_file(path, path.stat().st_mtime_ns) == WEIGHTS_SHA256
    assert name_encoder() == EMBEDDED == "resemblyzer-0.1.4"


def test_missing_package_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(EncoderMissing, match=r"^The speaker encoder is not installed: pip install .*speakers\.txt$"):
        name_encoder()


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    described = tmp_path / "Resemblyzer-0.1.4.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: Resemblyzer\nVersion: 0.1.4\n")
    (described / "RECORD").write_text("resemblyzer/pretrained.pt,,\n")
    with pytest.raises(EncoderMissing, match="not installed"):
        find_weights()
    (tmp_path / "resemblyzer").mkdir()
    (tmp_path / "resemblyzer/pretrained.pt").write_bytes(b"others")
    with pytest.raises(EncoderMissing, match=r"pretrained\.pt is not the file of weights"):
        find_weights()


def test_another_model_has_a_name_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match=r"holds 0 files of the kind \.onnx"):
        name_encoder(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"one")
    first = name_encoder(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"another")
    second = name_encoder(tmp_path)
    assert {first, second} & {EMBEDDED} == set()
    assert first != second
    assert first.startswith("onnx-")
    (tmp_path / "more.onnx").write_bytes(b"more")
    with pytest.raises(EncoderMissing, match="2 files"):
        name_encoder(tmp_path)
