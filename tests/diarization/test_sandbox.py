"""Speakers of real recordings told apart in a limited child, and what it makes of files that are no recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.audio.sounds import wav
from transcripts import limited_child
from transcripts.audio.decode import decode
from transcripts.audio.results import NotAudio, Reason
from transcripts.diarization.results import EncoderMissing, Hint, NotWindows
from transcripts.diarization.sandbox import ChildFailed, WorkCancelled, embed, tell_apart

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("new_children")]

AUDIO = Path(__file__).parents[1] / "data" / "audio"
# A call about a car: when the agent (left) and the caller (right) speak.
CALL = [(390, 5820, 1), (7200, 42_560, 2), (44_890, 50_790, 1), (51_840, 55_990, 2), (65_580, 67_800, 1)]


def share(turns: list[tuple[int, int, int]]) -> tuple[list[tuple[int, int]], list[int]]:
    """Words of 300 ms, and who says them."""
    words, who = [], []
    for start, end, speaker in turns:
        for at in range(start, end - 299, 300):
            words.append((at, at + 300))
            who.append(speaker)
    return words, who


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The call mixed down to one channel of 8 kHz."""
    sound = decode(AUDIO / "en_phone_garage_stereo.ogg", rate_hz=8000).mean(axis=0)
    pcm = (sound.clip(-1, 1) * 32_767).astype("<i2").tobytes()
    return wav(tmp_path_factory.mktemp("call") / "call.wav", pcm, rate_hz=8000, bits=16)


def test_two_people_of_a_call_are_told_apart(call: Path, tmp_path: Path) -> None:
    words, who = share(CALL)
    said: list[int] = []
    embed(call, words, tmp_path / "windows", on_progress=said.append)
    assert said == sorted(said)
    assert (tmp_path / "windows").stat().st_size < 40_000
    found = tell_apart(tmp_path / "windows", words)
    assert [voice.number for voice in found.voices] == [1, 2]
    turns = {word: next(turn.voice for turn in found.turns if turn.start_ms <= word[0] < turn.end_ms) for word in words}
    assert sum(turns[word] == speaker for word, speaker in zip(words, who, strict=True)) >= 0.97 * len(words)
    assert found == tell_apart(tmp_path / "windows", words)
    assert len(tell_apart(tmp_path / "windows", words, hint=Hint(1, 1)).voices) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["windows"]


def test_channels_with_one_person_have_one_voice(tmp_path: Path) -> None:
    words, _ = share([(100, 8500, 1)])
    embed(AUDIO / "en_sorrow.m4a", words, tmp_path / "windows")
    found = tell_apart(tmp_path / "windows", words)
    assert len(found.voices) == len(found.turns) == 1
    assert found.turns[0].confidence == 100


def test_examples_and_parts_pass_through_the_child(call: Path, tmp_path: Path) -> None:
    words, _ = share(CALL)
    embed(call, words, tmp_path / "windows")
    found = tell_apart(tmp_path / "windows", words, examples={"Jack": [(7200, 12_000)], "Michelle": [(390, 5820)]})
    assert [voice.key for voice in found.voices] == ["Michelle", "Jack"]
    inside = tell_apart(tmp_path / "windows", words, within=[(7200, 42_560)], hint=Hint(2, 2))
    assert (inside.turns[0].start_ms, inside.turns[-1].end_ms) == (7200, 42_300)


def test_silence_has_voices_that_nobody_is_sure_of(tmp_path: Path) -> None:
    embed(AUDIO / "odd" / "silence_5s.wav", [(0, 900), (1500, 4000)], tmp_path / "windows")
    found = tell_apart(tmp_path / "windows", [(0, 900), (1500, 4000)])
    assert len(found.voices) == 1


@pytest.mark.parametrize(
    ("file", "reason"),
    [("empty.mp3", Reason.EMPTY), ("html_page.mp3", Reason.UNREADABLE), ("../../misheard.txt", Reason.UNREADABLE)],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, file: str, reason: Reason) -> None:
    with pytest.raises(NotAudio) as caught:
        embed(AUDIO / "odd" / file, [(0, 1000)], tmp_path / "windows")
    assert caught.value.reason is reason
    assert list(tmp_path.iterdir()) == []


def test_cut_recording_is_embedded_as_far_as_it_goes(tmp_path: Path) -> None:
    words, _ = share([(500, 10_500, 1)])
    embed(AUDIO / "odd" / "truncated.mp3", words, tmp_path / "windows")
    found = tell_apart(tmp_path / "windows", words)
    assert found.turns[-1].end_ms == words[-1][1]


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        embed(tmp_path / "missing", [], tmp_path / "windows")
    with pytest.raises(FileNotFoundError):
        tell_apart(tmp_path / "missing", [])


def test_damaged_embeddings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "windows").write_bytes(b"\0" * 5000)
    with pytest.raises(NotWindows):
        tell_apart(tmp_path / "windows", [(0, 100)])


def test_missing_encoder_is_told(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(EncoderMissing, match="holds 0 files"):
        embed(AUDIO / "zh_welcome.wav", [(0, 1000)], tmp_path / "windows", model=tmp_path / "model")


def test_work_can_be_cancelled(call: Path, tmp_path: Path) -> None:
    with pytest.raises(WorkCancelled):
        embed(call, share(CALL)[0], tmp_path / "windows", cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_killed_child_may_be_tried_again(call: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = limited_child._start

    def start_and_kill(module: str, errors: object) -> object:
        child = start(module, errors)  # type: ignore[arg-type]
        child.kill()
        return child

    monkeypatch.setattr(limited_child, "_start", start_and_kill)
    with pytest.raises(ChildFailed):
        embed(call, share(CALL)[0], tmp_path / "windows")
    assert list(tmp_path.iterdir()) == []


def test_noise_has_one_voice(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(-3000, 3000, 20 * 16_000).astype("<i2")
    words, _ = share([(0, 19_000, 1)])
    embed(wav(tmp_path / "noise.wav", noise.tobytes(), rate_hz=16_000, bits=16), words, tmp_path / "windows")
    assert len(tell_apart(tmp_path / "windows", words).voices) == 1
