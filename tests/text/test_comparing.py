from __future__ import annotations

from collections import Counter
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.strategies import texts
from transcripts.text.comparing import pair_spans, share_out_texts
from transcripts.text.tokens import Word, tokenize

Row = tuple[str, list[Word]]


def said(text: str, start_ms: int, each_ms: int = 200) -> Row:
    """The text with a word for each of its tokens, one after the other."""
    words = []
    for number, token in enumerate(tokenize(text)):
        begin = start_ms + number * each_ms
        words.append(Word(text[token.start : token.end], begin, begin + each_ms))
    return text, words


@pytest.mark.parametrize(
    ("spans", "others", "expected"),
    [
        ([(0, 1000)], [], [""]),
        ([(0, 1000)], [said("你好。", 0)], ["你好。"]),
        ([(0, 600), (800, 1400)], [said("你好吗", 0), said("大家好", 800)], ["你好吗", "大家好"]),
        # Rows that are cut elsewhere.
        ([(0, 400), (400, 1000)], [said("你好，大家好。", 0)], ["你好，", "大家好。"]),
        ([(0, 1000)], [said("你好，", 0), said("大家好。", 400)], ["你好，大家好。"]),
        ([(0, 2000)], [said("Hello there.", 0), said("How are you?", 900)], ["Hello there. How are you?"]),
        ([(0, 400), (400, 800)], [said("Hello there, Lin Na.", 0)], ["Hello there, ", "Lin Na."]),
        # In a pause the nearer row has it; before the first and after the last row there is but one.
        ([(1000, 1400), (2400, 2800)], [said("甲", 1700), said("乙", 1900)], ["甲", "乙"]),
        ([(1000, 1400), (2400, 2800)], [said("甲", 0), said("乙", 9000)], ["甲", "乙"]),
        # Nobody has spoken there.
        ([(0, 400), (5000, 5400), (9000, 9400)], [said("你好", 0), said("再见", 9000)], ["你好", "", "再见"]),
        # A text without a word stays with what was before it.
        ([(0, 400), (5000, 5400)], [said("你好", 5000), ("……", [])], ["", "你好……"]),
        # Rows that overlap, as two channels do: the border is the middle of what both claim.
        ([(0, 1000), (600, 1600)], [said("甲乙丙丁戊己庚辛", 0)], ["甲乙丙丁", "戊己庚辛"]),
    ],
)
def test_texts_at_their_times(spans: list[tuple[int, int]], others: list[Row], expected: list[str]) -> None:
    assert share_out_texts(spans, others) == expected


def test_without_rows_there_is_nothing_to_compare() -> None:
    assert share_out_texts([], [said("你好", 0)]) == []


@pytest.mark.parametrize(
    ("spans", "others", "expected"),
    [
        ([], [(0, 9)], []),
        ([(0, 1000)], [], [[]]),
        ([(0, 1000)], [(1000, 2000)], [[]]),
        ([(0, 1000), (1000, 2000)], [(0, 1000), (1000, 2000)], [[0], [1]]),
        ([(0, 1000), (1000, 2000)], [(0, 2000)], [[0], [0]]),
        ([(0, 2000)], [(0, 1000), (1000, 2000)], [[0, 1]]),
        # Later by more than half: what it shares most with.
        ([(0, 1000), (1000, 2000)], [(700, 1700), (1700, 2700)], [[0], [0]]),
        ([(0, 1000)], [(900, 3000)], [[0]]),
        # A row within another, on both sides, stands for itself; and what is heard as the same time is.
        ([(0, 9000), (2000, 4000)], [(0, 9000), (2030, 4000)], [[0], [1]]),
        # Two voices at once.
        ([(0, 1000), (0, 1000)], [(0, 1000), (0, 1000)], [[0, 1], [0, 1]]),
        ([(0, 1000), (8000, 9000)], [(0, 10000)], [[0], [0]]),
    ],
)
def test_rows_at_their_times(
    spans: list[tuple[int, int]], others: list[tuple[int, int]], expected: list[list[int]]
) -> None:
    assert pair_spans(spans, others) == expected


spans = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900)), min_size=1, max_size=8).map(
    lambda pairs: [
        (start, start + length)
        for start, (_gap, length) in zip(accumulate(gap for gap, _length in pairs), pairs, strict=True)
    ]
)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Rows one after the other, each with words that run forward in it."""
    found, now = [], 0
    for text in draw(st.lists(texts, max_size=6)):
        now += draw(st.integers(0, 1500))
        row = said(text, now, draw(st.integers(1, 700)))
        now = row[1][-1].end_ms if row[1] else now
        found.append(row)
    return found


def letters(text: str) -> str:
    return "".join(text.split())


@given(spans, rows())
def test_nothing_is_lost_doubled_or_moved(cut: list[tuple[int, int]], others: list[Row]) -> None:
    found = share_out_texts(cut, others)
    assert len(found) == len(cut)
    assert letters("".join(found)) == letters("".join(text for text, _words in others))


@given(spans, rows())
def test_nothing_is_lost_or_doubled_where_rows_overlap(cut: list[tuple[int, int]], others: list[Row]) -> None:
    """Two voices at once: what is said stays, only the order within a row may differ."""
    moved = [
        (text, [Word(word.text, max(0, word.start_ms - 800), max(0, word.end_ms - 800)) for word in words])
        for text, words in others[1::2]
    ]
    both = [*others[::2], *moved]
    found = share_out_texts(cut, both)
    assert Counter(letters("".join(found))) == Counter(letters("".join(text for text, _words in both)))


@given(rows())
def test_a_transcript_compared_with_itself_is_the_same(others: list[Row]) -> None:
    with_words = [(text, words) for text, words in others if words]
    cut = [(words[0].start_ms, words[-1].end_ms) for _text, words in with_words]
    found = share_out_texts(cut, with_words)
    assert [letters(text) for text in found] == [letters(text) for text, _words in with_words]
