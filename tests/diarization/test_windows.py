"""Which stretches of speech are embedded, and the file that keeps what came of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.audio.sounds import wav
from transcripts.audio.results import NotAudio, Reason
from transcripts.diarization.encoder import CONTEXT
from transcripts.diarization.features import Floats
from transcripts.diarization.results import NotWindows
from transcripts.diarization.windows import cut_windows, embed_file, plan_windows, read_windows


class Loudness:
    """An encoder that hears how long a window is and how loud its first and last sample are."""

    name, limit = "loudness", 0.7

    def embed(self, windows: Sequence[Floats]) -> Floats:
        heard = [[len(window) - 2 * CONTEXT, window[CONTEXT], window[-CONTEXT - 1]] for window in windows]
        vectors = np.array(heard, np.float32)
        vectors[:, 1:] *= 10_000
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_long_speech_has_a_window_about_every_half_second() -> None:
    assert plan_windows([(1030, 2000), (2000, 3970)]) == [(1000, 2600), (1466, 3066), (1933, 3533), (2400, 4000)]


def test_windows_do_not_cross_pauses() -> None:
    assert plan_windows([(30, 970), (1400, 2000), (2200, 2370)]) == [(0, 1000), (1370, 2400)]


def test_short_speech_is_heard_with_what_stands_around_it() -> None:
    assert plan_windows([(1000, 1100)]) == [(800, 1300)]
    assert plan_windows([(0, 0)]) == [(0, 500)]


def test_words_in_any_order_with_any_times() -> None:
    assert plan_windows([]) == []
    assert plan_windows([(5000, 4000)]) == []
    assert plan_windows([(1400, 2370), (30, 970)]) == plan_windows([(30, 970), (1400, 2370)])
    assert plan_windows([(-500, 470)]) == [(0, 500)]
    assert max(end for _, end in plan_windows([(0, 10**12)])) <= 12 * 3600 * 1000


@pytest.mark.parametrize("block", [100, 1600, 16_000, 1_000_000])
def test_windows_are_cut_with_what_stands_around_them(block: int) -> None:
    sound = np.arange(5 * 16_000, dtype=np.float32)
    windows = [(0, 1600), (500, 2100), (3000, 3500), (4000, 5600), (6000, 7000)]
    blocks = [sound[at : at + block] for at in range(0, len(sound), block)]
    found = list(cut_windows(blocks, windows))
    assert [window for window, _ in found] == windows[:4]  # the last begins after the end
    padded = np.pad(sound, (CONTEXT, 4 * 16_000))
    for (start, end), samples in found:
        assert (samples == padded[start * 16 : end * 16 + 2 * CONTEXT]).all()


def test_embeddings_are_kept_in_a_byte_for_each_dimension(tmp_path: Path) -> None:
    sound = (np.sin(np.arange(4 * 16_000) / 9) * 20_000).astype("<i2")
    source = wav(tmp_path / "sound.wav", sound.tobytes(), rate_hz=16_000, bits=16)
    said: list[int] = []
    count = embed_file(source, [(0, 970), (1500, 3900)], tmp_path / "kept", Loudness(), on_progress=said.append)
    assert count == 4
    found = read_windows(tmp_path / "kept")
    assert (found.encoder, found.limit) == ("loudness", 0.7)
    assert list(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == plan_windows([(0, 970), (1500, 3900)])
    assert found.vectors.shape == (4, 3)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(1)
    assert said == [found.ends[-1]]
    assert found.weights[0] == pytest.approx(0.390625)


def test_no_words_make_a_file_without_windows(tmp_path: Path) -> None:
    source = wav(tmp_path / "sound.wav", bytes(32_000), rate_hz=16_000, bits=16)
    assert embed_file(source, [], tmp_path / "kept", Loudness()) == 0
    assert len(read_windows(tmp_path / "kept").starts) == 0


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "page.mp3").write_text("<html>")
    with pytest.raises(NotAudio) as caught:
        embed_file(tmp_path / "page.mp3", [(0, 1000)], tmp_path / "kept", Loudness())
    assert caught.value.reason is Reason.UNREADABLE
    assert not (tmp_path / "kept").exists()


def head(**changes: object) -> bytes:
    fields = {"format": "voices 1", "encoder": "x", "limit": 0.5, "windows": 1, "dimensions": 2, **changes}
    return json.dumps(fields).encode() + b"\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\n",
        b"[]\n",
        b"3\n",
        head(format="voices 0") + bytes(10),
        head() + bytes(9),
        head() + bytes(11),
        head(windows=-1) + bytes(10),
        head(windows=None) + bytes(10),
        head(limit="x") + bytes(10),
        head(dimensions=10**9),
        b"{" * 5000,
    ],
)
def test_what_holds_no_embeddings_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept").write_bytes(content)
    with pytest.raises(NotWindows):
        read_windows(tmp_path / "kept")
