from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.text.strategies import engine_words, texts
from transcripts.text.joining import join
from transcripts.text.rows import TimedRow, merge_rows, move_bounds, split_row
from transcripts.text.tokens import Word, tokenize

SPACE = Word(" ", -1, -1)
ROW = TimedRow(
    "Hello 并且 icecream 好。",
    0,
    3000,
    (
        Word("Hello", 0, 400),
        SPACE,
        Word("并且", 500, 900),
        SPACE,
        Word("icecream", 1000, 1800),
        SPACE,
        Word("好", 2500, 3000),
    ),
)


def heard(*rows: TimedRow) -> str:
    return "".join(word.text for row in rows for word in row.words)


def test_split_at_a_token_parts_the_engine_words_there() -> None:
    assert split_row(ROW, 9) == (
        TimedRow("Hello 并且", 0, 950, ROW.words[:4]),
        TimedRow("icecream 好。", 950, 3000, ROW.words[4:]),
    )


def test_split_parts_the_engines_text_where_it_parts_the_words() -> None:
    heard = "Hello, 并且 icecream 嗯，好吧。"
    words = (*ROW.words[:6], Word("嗯", 1900, 2000), Word("好", 2500, 2700), Word("吧", 2700, 3000))
    row = TimedRow("Hello 并且 icecream 好。", 0, 3000, words, heard)
    assert [half.engine_text for half in split_row(row, 9)] == ["Hello, 并且", "icecream 嗯，好吧。"]
    assert [half.engine_text for half in split_row(row, 7)] == ["Hello, 并", "且 icecream 嗯，好吧。"]
    assert [half.engine_text for half in split_row(row, 12)] == ["Hello, 并且 ice", "cream 嗯，好吧。"]
    assert merge_rows(*split_row(row, 9)).engine_text == heard


def test_split_in_a_long_pause_leaves_each_half_a_margin() -> None:
    left, right = split_row(ROW, 18)
    assert (left.end_ms, right.start_ms) == (2000, 2300)


def test_split_inside_a_grouped_word_cuts_it_by_weight() -> None:
    assert split_row(ROW, 7) == (
        TimedRow("Hello 并", 0, 700, (*ROW.words[:2], Word("并", 500, 700))),
        TimedRow("且 icecream 好。", 700, 3000, (Word("且", 700, 900), *ROW.words[3:])),
    )


def test_split_inside_a_token_cuts_it_by_weight() -> None:
    assert split_row(ROW, 12) == (
        TimedRow("Hello 并且 ice", 0, 1300, (*ROW.words[:4], Word("ice", 1000, 1300))),
        TimedRow("cream 好。", 1300, 3000, (Word("cream", 1300, 1800), *ROW.words[5:])),
    )


def test_split_inside_a_corrected_token_parts_what_was_heard_by_time() -> None:
    words = tuple(Word(char, 200 * k, 200 * k + 200) for k, char in enumerate("一九七零年"))
    left, right = split_row(TimedRow("1970年", 0, 1000, words), 2)
    assert (left.words, right.words) == (words[:2], words[2:])


@pytest.mark.parametrize("offset", [0, 20, 21, 99])
def test_split_refuses_a_half_without_a_word(offset: int) -> None:
    with pytest.raises(ValueError, match="both halves"):
        split_row(ROW, offset)


@st.composite
def cuts(draw: st.DrawFn, *, at_tokens: bool) -> tuple[TimedRow, int]:
    """A row of two tokens at least, with a place to cut it."""
    words = draw(engine_words(min_size=1))
    heard = reduce(join, (word.text for word in words))
    text = heard if at_tokens else draw(texts)
    tokens = tokenize(text)
    assume(len(tokens) > 1)
    starts = [token.start for token in tokens[1:]]
    offset = draw(st.sampled_from(starts) if at_tokens else st.integers(tokens[0].end, tokens[-1].start))
    return TimedRow(text, 0, 20_000, tuple(words), heard), offset


@pytest.mark.long
@given(cuts(at_tokens=False))
def test_split_loses_no_engine_word_and_no_character(cut: tuple[TimedRow, int]) -> None:
    row, offset = cut
    left, right = split_row(row, offset)
    assert heard(left, right) == heard(row)
    assert "".join((left.text + right.text).split()) == "".join(row.text.split())
    assert "".join((left.engine_text + right.engine_text).split()) == "".join(row.engine_text.split())
    assert row.start_ms == left.start_ms < left.end_ms <= right.start_ms < right.end_ms == row.end_ms
    for half in (left, right):
        for word in half.align().words:
            assert half.start_ms <= word.start_ms < word.end_ms <= half.end_ms


@pytest.mark.long
@given(cuts(at_tokens=True))
def test_merge_after_split_at_a_token_gives_the_times_back(cut: tuple[TimedRow, int]) -> None:
    row, offset = cut
    assume(join(row.text[:offset], row.text[offset:]) == row.text)  # not so inside a word of Hangul
    again = merge_rows(*split_row(row, offset))
    assert (again.text, again.start_ms, again.end_ms) == (row.text, row.start_ms, row.end_ms)
    assert again.align().words == row.align().words


def test_merge_joins_texts_and_words() -> None:
    one, other = (
        TimedRow("今天", 0, 400, (Word("今天", 0, 400),)),
        TimedRow("天气", 500, 900, (Word("天气", 500, 900),)),
    )
    assert merge_rows(one, other) == TimedRow("今天天气", 0, 900, (Word("今天", 0, 400), Word("天气", 500, 900)))


def test_moved_bounds_keep_the_words_and_moving_back_gives_the_times_back() -> None:
    moved = move_bounds(ROW, start_ms=450, end_ms=2000)
    assert moved.words == ROW.words
    assert moved.align().words[0].start_ms == 450
    assert move_bounds(moved, start_ms=0, end_ms=3000) == ROW


def test_moved_bounds_must_leave_something() -> None:
    with pytest.raises(ValueError, match="cannot last"):
        move_bounds(ROW, start_ms=500, end_ms=500)


def test_an_inserted_row_has_its_times_shared_out() -> None:
    found = TimedRow("你好", 1000, 1400).align()
    assert found.line_only
    assert [(w.start_ms, w.end_ms) for w in found.words] == [(1000, 1200), (1200, 1400)]
