"""Texts without times find their places in the transcript of the same recording."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports.sample import document, exported, line
from transcripts.exports.document import Document
from transcripts.imports.reading import read
from transcripts.imports.rows import ImportedRow, NotReadable, ReadOptions, SpokenRow
from transcripts.imports.untimed import place_alongside
from transcripts.text.alignment import align
from transcripts.text.tokens import tokenize

quick = settings(deadline=None, database=None, derandomize=True, max_examples=40)
ROWS = (
    ("林", "我们下个月要在上海开会。"),
    ("林", "我们需要把 roadmap 先定下来。"),
    ("Ana", "对，时间定在二十号之前比较好。"),
    ("林", "好。"),
)


def transcript(*rows: tuple[str, str]) -> list[SpokenRow]:
    """A row a second, with a tenth of a second between two."""
    return [
        SpokenRow(
            1000 * number, 1000 * number + 900, speaker, align([], text, bounds=(1000 * number, 1000 * number + 900))
        )
        for number, (speaker, text) in enumerate(rows)
    ]


def brought(
    text: str | bytes, name: str = "a.txt", rows: tuple[tuple[str, str], ...] = ROWS
) -> list[tuple[object, ...]]:
    content = text if isinstance(text, bytes) else text.encode()
    known = tuple(speaker for speaker, _ in rows)
    reading = read(content, name, ReadOptions(known=known, spoken=tuple(transcript(*rows))))
    return [(row.start_ms, row.end_ms, row.speaker, row.text) for row in reading.rows]


EXPECTED = [(1000 * number, 1000 * number + 900, speaker, text) for number, (speaker, text) in enumerate(ROWS)]


def whole(rows: tuple[tuple[str, str], ...] = ROWS) -> Document:
    return document(
        *(
            line(text, 1000 * number, 1000 * number + 900, speaker=speaker)
            for number, (speaker, text) in enumerate(rows)
        )
    )


@pytest.mark.parametrize("name", ["txt", "docx"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"paragraphs": "rows"},
        {"paragraphs": "speaker"},
        {"names": "off", "paragraphs": "speaker"},
        {"names": "off", "paragraphs": "pause", "paragraph_pause_ms": "600000"},
    ],
)
def test_our_own_text_comes_back_to_its_rows(name: str, options: dict[str, str]) -> None:
    assert brought(exported(name, whole(), **options, times="off"), f"a.{name}") == EXPECTED


@pytest.mark.long
def test_table_without_times_comes_back_too() -> None:
    assert brought(exported("docx", whole(), table="on", times="off"), "a.docx") == EXPECTED
    assert brought(exported("docx", whole(), table="on", times="off", names="off"), "a.docx") == EXPECTED


def test_corrections_stand_where_they_were_made() -> None:
    text = "我们下个月想在北京开会。我们需要把路线图先定下来。对对，时间定在二十五号之前比较好。"
    assert brought(text) == [
        (0, 900, "林", "我们下个月想在北京开会。"),
        (1000, 1900, "林", "我们需要把路线图先定下来。"),
        (2000, 2900, "Ana", "对对，时间定在二十五号之前比较好。"),
    ]


def test_what_was_left_out_is_a_row_and_not_its_neighbours_words() -> None:
    """Both rows begin with the same two characters."""
    assert brought("我们需要把 roadmap 先定下来。\n对，时间定在二十号之前比较好。") == [EXPECTED[1], EXPECTED[2]]


def test_what_was_added_is_a_row_beside_its_neighbour() -> None:
    text = "我们下个月要在上海开会。\n这是后来写的一句话。\n我们需要把 roadmap 先定下来。"
    found = brought(text)
    assert [row[3] for row in found] == text.split("\n")
    assert [row[0] for row in found] == sorted(row[0] for row in found)
    assert all(start < end for start, end, *_ in found)


def test_another_speaker_within_a_row_cuts_it() -> None:
    found = brought("林: 我们下个月要在\n\nAna: 上海开会。\n\n林: 我们需要把 roadmap 先定下来。")
    assert [(speaker, text) for *_, speaker, text in found] == [
        ("林", "我们下个月要在"),
        ("Ana", "上海开会。"),
        ("林", "我们需要把 roadmap 先定下来。"),
    ]
    assert (found[0][0], found[1][1]) == (0, 900)
    assert found[0][1] == found[1][0]


def test_opening_signs_go_with_what_they_open() -> None:
    rows = (("", "他说完了"), ("", "你好吗"))
    assert [row[3] for row in brought("他说完了：“你好吗？”", rows=rows)] == ["他说完了：", "“你好吗？”"]


def test_lines_that_begin_with_a_time_of_day_are_text() -> None:
    rows = (("", "we meet again at"), ("", "10:30 at the station"), ("", "and bring your own lunch"))
    assert [
        row[3] for row in brought("we meet again at\n10:30 at the station\nand bring your own lunch", rows=rows)
    ] == [text for _, text in rows]


def test_text_of_something_else_is_refused() -> None:
    with pytest.raises(NotReadable) as refused:
        brought("A completely different text about nothing in particular, and quite long.")
    assert refused.value.args == (NotReadable.OTHER,)
    with pytest.raises(NotReadable):
        brought("。。。")


@quick
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "林"]), st.text("我们好走来 ab，。“”\n", min_size=1)), min_size=1, max_size=6
    ),
    st.data(),
)
def test_nothing_is_lost_and_time_runs_on(rows: list[tuple[str, str]], data: st.DataObject) -> None:
    spoken = [row for row in transcript(*rows) if row.words]
    said = [
        ImportedRow(0, 1, text) for text in data.draw(st.lists(st.text("我们好走来 ab，。“”", min_size=1), max_size=6))
    ]
    try:
        found = place_alongside(said, spoken)
    except NotReadable:
        return
    wanted = [token.text for row in said for token in tokenize(row.text)]
    assert [token.text for row in found for token in tokenize(row.text)] == wanted
    assert all(row.start_ms < row.end_ms for row in found)


@pytest.mark.long
def test_two_hours_are_laid_out_at_once() -> None:
    chance = random.Random(7)
    signs = "的一是了我不人在他有这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会"
    rows = tuple(("", "".join(chance.choice(signs) for _ in range(20)) + "。") for _ in range(1500))
    text = "".join(said.replace("的", "得") for _, said in rows)
    found = brought(text, rows=rows)
    assert [row[3] for row in found] == [said.replace("的", "得") for _, said in rows]
