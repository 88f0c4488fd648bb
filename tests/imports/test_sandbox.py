"""The child that reads: the same reading as without it, and a sentence where it exceeds its limits."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from tests.exports.sample import DOCUMENT, exported
from tests.imports.helpers import FILES, HOSTILE
from transcripts.imports import sandbox
from transcripts.imports.reading import MOST_BYTES, read
from transcripts.imports.rows import NotReadable, Reading, ReadOptions, SpokenRow
from transcripts.imports.sandbox import read_in_child
from transcripts.places import Places
from transcripts.text.tokens import Word

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("new_children")]


def in_child(name: str, data: bytes, options: ReadOptions | None = None) -> Reading:
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return read_in_child(Path(file.name), name, options)


@pytest.mark.parametrize(
    "name",
    [
        "d01_tracked_changes.docx",
        "j02_invalid_utf8_in_answer.json",
        "s10_windows1252_german.srt",
        "s14_rolling.vtt",
        "s46_mid_cue_bad_time.srt",
    ],
)
def test_the_child_reads_what_is_read_here(name: str) -> None:
    data = (FILES / name).read_bytes()
    options = ReadOptions(known=("Ann",), shift_ms=250, names_in_text=True)
    assert in_child(name, data, options) == read(data, name, options)


def test_words_and_speakers_pass_through_the_child() -> None:
    data = exported("json", DOCUMENT)
    assert in_child("a.json", data) == read(data, "a.json")
    assert read(data, "a.json").rows[0].words


def test_what_was_said_passes_into_the_child() -> None:
    spoken = (SpokenRow(1000, 2000, "林", [Word("好", 1000, 1500), Word("吧", 1500, 2000)]),)
    reading = in_child("a.txt", "好吧。".encode(), ReadOptions(spoken=spoken))
    assert [(row.start_ms, row.end_ms, row.speaker, row.text) for row in reading.rows] == [(1000, 2000, "林", "好吧。")]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.exe", b"", NotReadable.UNKNOWN),
        ("a.json", b"[", NotReadable.BROKEN),
        ("a.srt", bytes(MOST_BYTES + 1), NotReadable.LARGE),
    ],
)
def test_what_is_refused_there_is_refused_here(name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(NotReadable) as refused:
        in_child(name, data)
    assert refused.value.args == (sentence,)


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({"cpu_s": 1}, 90_000),
        ({"memory_bytes": 60 << 20}, 90_000),
        ({"wall_s": 1}, 90_000),
        ({"answer_bytes": 1000}, 900),
    ],
)
def test_too_much_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, limits: dict[str, int], count: int) -> None:
    monkeypatch.setattr(sandbox, "LIMITS", replace(sandbox.LIMITS, **limits))
    cues = "".join(f"{n}\n00:00:01,000 --> 00:00:02,000\nName {n}: a\n\n" for n in range(count))
    with pytest.raises(NotReadable) as refused:
        in_child("a.srt", cues.encode())
    assert refused.value.args == (NotReadable.LIMITS,)


def test_the_answer_of_a_long_recording_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 12 hours in 300 MB; here a tenth of it, in a tenth of what is left after loading Python."""
    words = [{"confidence": 0, "text": "字词", "start_time": n, "end_time": n + 1} for n in range(10_000, 10_015)]
    utterance = {"text": "字词" * 15, "start_time": 10_000, "end_time": 10_016, "words": words, "additions": {}}
    answer = {"result": {"text": "👍", "utterances": [utterance] * 2000}}
    monkeypatch.setattr(sandbox, "LIMITS", replace(sandbox.LIMITS, memory_bytes=80 << 20))
    reading = in_child("a.json", json.dumps(answer, ensure_ascii=False).encode())
    assert len(reading.rows) == 2000
    assert reading.raw is not None
    assert json.loads(reading.raw) == answer


@pytest.mark.parametrize("name", sorted(path.name for path in HOSTILE.iterdir() if path.suffix != ".zip"))
def test_hostile_files_are_read_or_refused_within_the_limits(name: str) -> None:
    try:
        in_child(name, (HOSTILE / name).read_bytes())
    except NotReadable as error:
        assert error.args != (NotReadable.LIMITS,)  # noqa: PT017 -- reading it is as well


def test_many_files_at_once_have_few_children(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    run = sandbox.limited_child.run

    def counted(*args: object) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return run(*args)
        finally:
            running -= 1

    monkeypatch.setattr(sandbox.limited_child, "run", counted)
    data = (FILES / "s01_blank_line_in_cue.srt").read_bytes()
    with ThreadPoolExecutor(8) as pool:
        readings = list(pool.map(lambda _: in_child("a.srt", data), range(8)))
    assert readings == [readings[0]] * 8
    assert most <= 2


def test_of_very_many_files_some_are_asked_for_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr(sandbox.limited_child, "run", lambda *_args: free.wait(30))

    def come() -> tuple[str, ...]:
        try:
            in_child("a.srt", b"x")
        except NotReadable as refused:
            return refused.args
        return ()

    with ThreadPoolExecutor(9) as pool:
        coming = [pool.submit(come) for _ in range(9)]
        try:
            told = next(as_completed(coming)).result()
        finally:
            free.set()
    assert told == (NotReadable.BUSY,)


def test_a_file_that_waits_too_long_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(1, waiting=1, longest_wait_s=0.1)
    monkeypatch.setattr(sandbox, "CHILDREN", places)
    with places.hold(), pytest.raises(NotReadable) as refused:
        in_child("a.srt", b"x")
    assert refused.value.args == (NotReadable.BUSY,)
