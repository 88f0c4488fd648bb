"""Speakers that stand in texts: those that are named, and nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imports.helpers import PlainRow, read_content, rows_of
from transcripts.imports.rows import ReadOptions


def cues(*texts: str) -> str:
    return "\n".join(f"00:00:0{number},000 --> 00:00:0{number},900\n{text}\n" for number, text in enumerate(texts, 1))


def named(*texts: str, **options: object) -> list[tuple[str, str]]:
    reading = read_content("a.srt", cues(*texts), ReadOptions(**options))  # type: ignore[arg-type]
    return [(speaker, text) for *_, speaker, text in rows_of(reading)]


def test_a_row_without_a_name_is_nobodys() -> None:
    assert named("Ann: a", "(applause)", "Ben: b", "Ann: c") == [
        ("Ann", "a"),
        ("", "(applause)"),
        ("Ben", "b"),
        ("Ann", "c"),
    ]


@settings(deadline=None, database=None, derandomize=True, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "Ann", "Ben Wu", "林", "Note", "at 10"]), st.sampled_from(["a", "b: c", "好"])),
        min_size=1,
        max_size=8,
    )
)
def test_nobody_gets_a_row_that_the_file_does_not_name_them_for(rows: list[tuple[str, str]]) -> None:
    texts = [f"{name}: {text}" if name else text for name, text in rows]
    for (speaker, said), whole in zip(named(*texts), texts, strict=True):
        assert whole in (said, f"{speaker}: {said}")


def test_names_may_be_carried_where_that_is_chosen() -> None:
    assert named("x", "Ann: a", "b", "Ben: c", carry_names=True) == [
        ("", "x"),
        ("Ann", "a"),
        ("Ann", "b"),
        ("Ben", "c"),
    ]


def test_several_voices_of_a_cue_are_several_rows() -> None:
    reading = read_content("a.srt", cues("Ann: Hello\nBen: Hi there\nall", "Ann: ok"))
    assert rows_of(reading) == [
        (1000, 1264, "Ann", "Hello"),
        (1264, 1900, "Ben", "Hi there all"),
        (2000, 2900, "Ann", "ok"),
    ]


@pytest.mark.parametrize(
    "texts",
    [
        ("Remember: never give up", "yes", "more"),
        ("One thing is clear: we lost", "yes", "more"),
        ("at 10:30", "http://example.org", "a"),
        ("Note: a", "Note: b", "c", "d", "e"),
    ],
)
def test_a_colon_alone_makes_nobody_a_speaker(texts: tuple[str, ...]) -> None:
    assert named(*texts) == [("", text) for text in texts]


def test_known_and_numbered_speakers_need_no_second_row() -> None:
    assert named("Ana: a", "Speaker 2: b", "发言人1：c", "d", "e", "f", "g", known=("Ana",))[:4] == [
        ("Ana", "a"),
        ("Speaker 2", "b"),
        ("发言人1", "c"),
        ("", "d"),
    ]


def test_names_can_be_refused_and_asked_for() -> None:
    assert named("Ann: a", "Ann: b", names_in_text=False) == [("", "Ann: a"), ("", "Ann: b")]
    assert named("Ann: a", "b", "c", names_in_text=True)[0] == ("Ann", "a")
    assert read_content("a.srt", cues("Remember: x", "Ann: a", "c", "d", "e", "f")).assumed.kept_names == ("Ann",)


def test_a_name_with_nothing_to_say_stays_text() -> None:
    assert named("Ann: a", "Ann:", "Ben: b") == [("Ann", "a"), ("", "Ann:"), ("Ben", "b")]


TURNS = [
    (1000, 6000, "Ann", "Hello"),
    (6000, 9000, "Ann", "Hi"),
    (9000, 12_000, "Ben", "more"),
    (12_000, 15_000, "", "x"),
]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("[00:00:01] Ann: Hello\n[00:00:06] Hi\n\n[00:00:09] Ben: more\n\n[00:00:12] x\n", TURNS),
        ("(00:03) Ann: Hello\n(00:06) Ben: Hi\n(00:09) x\n",
         [(3000, 6000, "Ann", "Hello"), (6000, 9000, "Ben", "Hi"), (9000, 12_000, "", "x")]),
        ("[Ann Lee] 16:05:22\nHello\n[Ben Wu] 16:05:30\nHi\n",
         [(57_922_000, 57_930_000, "Ann Lee", "Hello"), (57_930_000, 57_933_000, "Ben Wu", "Hi")]),
        ("[00:00:00.000 --> 00:00:04.000]  Hello there\n", [(0, 4000, "", "Hello there")]),
        ("0:00\nwelcome to\n0:03\nthe video\n", [(0, 3000, "", "welcome to"), (3000, 6000, "", "the video")]),
        ("Speaker 1 (00:03):\nHello\n\nSpeaker 2 (00:06):\nHi\n",
         [(3000, 6000, "Speaker 1", "Hello"), (6000, 9000, "Speaker 2", "Hi")]),
        ("Ann 0:03\nHello\nBen 0:06\nHi\n", [(3000, 6000, "Ann", "Hello"), (6000, 9000, "Ben", "Hi")]),
    ],
)  # fmt: skip
def test_text_of_every_layout_has_its_speakers(content: str, rows: list[PlainRow]) -> None:
    assert rows_of(read_content("a.txt", content)) == rows


def test_times_of_day_make_no_transcript() -> None:
    reading = read_content("a.txt", "Lunch is at 12:30.\nWe meet at 10:30\nDinner at 19:00\n")
    assert not reading.assumed.timed
    assert [row.text for row in reading.rows] == ["Lunch is at 12:30.", "We meet at 10:30", "Dinner at 19:00"]
