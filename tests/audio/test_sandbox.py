from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.audio.sounds import SORROW_MS, wav
from transcripts.audio import convert, playback, probe, sandbox
from transcripts.audio.results import AudioPart, NotAudio, Reason
from transcripts.audio.sandbox import Limits

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("new_children")]

ROOT = Path(__file__).parents[2]
AUDIO = Path(__file__).parents[1] / "data" / "audio"
ROOMY = Limits(memory_bytes=1 << 30, cpu_s=60, file_bytes=1 << 30, wall_s=60)


@pytest.fixture
def hour(tmp_path: Path) -> Path:
    """An hour of silence in 360 kB, whose conversion takes some five seconds of CPU."""
    (tmp_path / "in").mkdir()
    return wav(tmp_path / "in" / "hour.wav", b"\x80" * 360_000, rate_hz=100, bits=8)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def tool_children(parent: int) -> Iterator[int]:
    """Process ids of the running audio tools that `parent` started, but for the server of tests.children."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, owner = stat.read_text().rpartition(")")[2].split()[:2]
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(owner) == parent and state != "Z" and b"transcripts" in command and b"tests.children" not in command:
            yield int(stat.parent.name)


def gone(processes: list[int]) -> bool:
    """Whether all of them end within twenty seconds."""
    deadline = time.monotonic() + 20
    while running := [process for process in processes if Path(f"/proc/{process}").exists()]:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return not running


def test_the_answers_are_those_of_the_tools_themselves(tmp_path: Path, out: Path) -> None:
    clip = AUDIO / "odd" / "truncated.mp3"
    told: list[int] = []
    assert sandbox.probe(clip) == probe.probe(clip)
    assert sandbox.convert_for_api(clip, out / "a.ogg", on_progress=told.append) == 6506
    assert sandbox.make_playback(clip, out / "a.m4a", out / "a.peaks") == playback.Prepared(6506, 1)
    assert sorted(path.name for path in out.iterdir()) == ["a.m4a", "a.ogg", "a.peaks"]
    convert.convert_for_api(clip, tmp_path / "direct.ogg")
    assert abs((tmp_path / "direct.ogg").stat().st_size - (out / "a.ogg").stat().st_size) < 100
    playback.make_playback(clip, tmp_path / "direct.m4a", tmp_path / "direct.peaks")
    assert (tmp_path / "direct.peaks").read_bytes() == (out / "a.peaks").read_bytes()


@pytest.mark.drill
def test_progress_is_told_while_it_goes_on(tmp_path: Path, out: Path) -> None:
    told: list[int] = []
    minutes = wav(tmp_path / "minutes.wav", b"\x80" * 200_000, rate_hz=100, bits=8)
    assert sandbox.convert_for_api(minutes, out / "a.ogg", on_progress=told.append) == 2_000_000
    assert told == sorted(told)
    assert told


@pytest.mark.parametrize(
    ("clip", "reason"), [("odd/html_page.mp3", Reason.UNREADABLE), ("odd/empty.mp3", Reason.EMPTY)]
)
def test_refusals_come_through_and_leave_nothing(out: Path, clip: str, reason: Reason) -> None:
    refusals = []
    for act in (
        lambda: sandbox.probe(AUDIO / clip),
        lambda: sandbox.convert_for_api(AUDIO / clip, out / "a.ogg"),
        lambda: sandbox.make_playback(AUDIO / clip, out / "a.m4a", out / "a.peaks"),
    ):
        with pytest.raises(NotAudio) as refused:
            act()
        refusals.append(refused.value.reason)
    assert refusals == [reason] * 3
    assert list(out.iterdir()) == []


def test_a_missing_file_is_no_word_about_audio(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sandbox.probe(tmp_path / "missing.wav")
    with pytest.raises(FileNotFoundError):
        sandbox.convert_for_api(tmp_path / "missing.wav", tmp_path / "a.ogg")


@pytest.mark.drill
@pytest.mark.parametrize(
    "limits",
    [
        Limits(memory_bytes=1 << 30, cpu_s=1, file_bytes=1 << 30, wall_s=60),
        Limits(memory_bytes=1 << 30, cpu_s=60, file_bytes=20_000, wall_s=60),
        Limits(memory_bytes=1 << 30, cpu_s=60, file_bytes=1 << 30, wall_s=1),
    ],
    ids=["cpu", "file size", "clock"],
)
def test_each_limit_ends_the_work_with_its_own_reason(hour: Path, out: Path, limits: Limits) -> None:
    task = {"source": str(hour), "target": str(out / "a.ogg"), "channels": 1, "track": None}
    with pytest.raises(NotAudio) as refused:
        sandbox._run("convert", task, limits, None, None)
    assert refused.value.reason == Reason.LIMITS
    assert list(tool_children(os.getpid())) == []


@pytest.mark.drill
def test_memory_is_limited(tmp_path: Path, out: Path) -> None:
    # A second of this is the whole file, as floats of four bytes.
    hog = wav(tmp_path / "hog.wav", bytes(60_000_000), rate_hz=2_000_000_000, bits=8)
    task = {"source": str(hog), "target": str(out / "a.ogg"), "channels": 1, "track": None}
    with pytest.raises(NotAudio) as refused:
        sandbox._run("convert", task, replace(ROOMY, memory_bytes=500 << 20), None, None)
    assert refused.value.reason == Reason.LIMITS


def test_limits_grow_with_the_file(hour: Path) -> None:
    assert sandbox._estimate_limits(hour) == Limits(1 << 30, 300, (64 << 20) + 36_000_000, 660)


@pytest.mark.drill
def test_cancelling_ends_the_child_and_leaves_nothing(hour: Path, out: Path) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(sandbox.WorkCancelled):
        sandbox.make_playback(hour, out / "a.m4a", out / "a.peaks", cancelled=cancelled)
    assert list(tool_children(os.getpid())) == []
    assert list(out.iterdir()) == []


@pytest.mark.drill
def test_an_exception_of_the_caller_ends_the_child(hour: Path, out: Path) -> None:
    def interrupt(done_ms: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sandbox.convert_for_api(hour, out / "a.ogg", on_progress=interrupt)
    assert list(tool_children(os.getpid())) == []
    assert list(out.iterdir()) == []


@pytest.mark.drill
@pytest.mark.parametrize(
    ("number", "kind"),
    [(signal.SIGKILL, sandbox.ChildFailed), (signal.SIGTERM, sandbox.ChildFailed), (signal.SIGSEGV, NotAudio)],
)
def test_a_child_killed_from_outside_may_be_tried_again(
    hour: Path, out: Path, number: signal.Signals, kind: type[Exception]
) -> None:
    encoders: list[int] = []

    def kill(done_ms: int) -> None:
        for child in tool_children(os.getpid()):
            encoders.extend(tool_children(child))
            os.kill(child, number)

    with pytest.raises(kind):
        sandbox.convert_for_api(hour, out / "a.ogg", on_progress=kill)
    assert gone(encoders)
    assert list(out.iterdir()) == []


def test_a_target_that_cannot_be_written_is_no_word_about_audio(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sandbox.convert_for_api(AUDIO / "zh_percent.mp3", tmp_path / "no folder" / "a.ogg")
    task = {
        "source": str(AUDIO / "zh_percent.mp3"),
        "target": str(tmp_path / "no folder" / "a.ogg"),
        "channels": 1,
        "track": None,
    }
    with pytest.raises(sandbox.ChildFailed):
        sandbox._run("convert", task, ROOMY, None, None)


def test_a_split_folder_appears_whole_and_the_first_one_stays(tmp_path: Path, out: Path) -> None:
    minutes = wav(tmp_path / "minutes.wav", b"\x80" * 30_000, rate_hz=100, bits=8)
    told: list[int] = []
    parts = sandbox.split_for_api(minutes, out / "parts", max_part_ms=200_000, on_progress=told.append)
    assert [(part.start_ms, part.end_ms) for part in parts] == [(0, 149_993), (149_993, 300_000)]  # to 10 ms
    assert AudioPart.list_in(out / "parts") == parts
    assert [path.name for path in out.iterdir()] == ["parts"]
    made_at = [part.path.stat().st_mtime_ns for part in parts]
    assert sandbox.split_for_api(minutes, out / "parts", max_part_ms=200_000) == parts
    assert [part.path.stat().st_mtime_ns for part in parts] == made_at
    assert [path.name for path in out.iterdir()] == ["parts"]


@pytest.mark.drill
def test_a_split_that_is_cancelled_or_refused_leaves_no_folder(hour: Path, out: Path) -> None:
    def interrupt(done_ms: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sandbox.split_for_api(hour, out / "parts", max_part_ms=600_000, on_progress=interrupt)
    with pytest.raises(NotAudio):
        sandbox.split_for_api(AUDIO / "odd" / "html_page.mp3", out / "parts")
    assert list(out.iterdir()) == []
    assert AudioPart.list_in(out / "parts") == []


def test_several_threads_work_at_once(out: Path) -> None:
    clips = ["zh_welcome.wav", "zh_percent.mp3", "en_sorrow.m4a", "odd/mulaw_8k.wav"]
    with ThreadPoolExecutor(4) as pool:
        made = pool.map(lambda clip: sandbox.convert_for_api(AUDIO / clip, out / f"{Path(clip).stem}.ogg"), clips)
        assert list(made) == [5547, 8000, SORROW_MS, 8308]


def test_the_caller_loads_neither_decoder_nor_django() -> None:
    code = (
        "import sys; from transcripts.audio import sandbox; print(sorted({'av', 'numpy', 'django'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


@pytest.mark.drill
def test_the_child_ends_when_its_parent_is_killed(hour: Path, out: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from transcripts.audio import sandbox;"
        "sandbox.convert_for_api(Path(sys.argv[1]), Path(sys.argv[2]), on_progress=lambda ms: print(ms, flush=True))"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", code, str(hour), str(out / "a.ogg")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert caller.stdout is not None
    with caller, caller.stdout as lines:
        assert int(lines.readline()) >= 0
        children = list(tool_children(caller.pid))
        assert len(children) == 1
        children += tool_children(children[0])  # the encoders
        caller.kill()
    assert gone(children)
    assert not (out / "a.ogg").exists()
