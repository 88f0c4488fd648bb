from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.text.anchors import carry_span, find_mentions

BEFORE = "We meet in Shanghai next month."


def found(words: str, before: str, after: str) -> str | None:
    start = before.index(words)
    span = carry_span(start, start + len(words), before, after)
    return None if span is None else after[slice(*span)]


@pytest.mark.parametrize(
    ("words", "after", "there"),
    [
        ("Shanghai", BEFORE, "Shanghai"),
        ("Shanghai", "Then we meet in Shanghai.", "Shanghai"),
        ("Shanghai", "We meet in Beijing next month.", "Beijing"),
        ("Shanghai next", "We meet in Shanghai early next month.", "Shanghai early next"),
        ("in Shanghai", "We meet in", "in"),
        ("Shanghai", "We meet next month.", None),
        ("next month", "We meet in Shanghai", None),
    ],
)
def test_words_are_found_again(words: str, after: str, there: str | None) -> None:
    assert found(words, BEFORE, after) == there


def test_han_characters_are_found_again() -> None:
    assert found("上海", "我们下个月在上海开会。", "下个月，我们在上海开会。") == "上海"


def test_whole_row_is_no_stretch() -> None:
    assert carry_span(0, 0, "a", "a") is None


@given(st.text("ab ,天。", max_size=20), st.text("ab ,天。", max_size=20), st.data())
def test_found_stretch_lies_in_the_text(before: str, after: str, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(before))] * 2)))
    span = carry_span(start, end, before, after)
    assert span is None or 0 <= span[0] < span[1] <= len(after)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@lin look", ["lin"]),
        ("@Lin, @ana: both", ["lin", "ana"]),
        ("lin@lin.org and @linda", []),
        ("@lin wei and not @lin", ["lin wei", "lin"]),
        ("请@王芳看一下", ["王芳"]),
        ("@@lin", ["lin"]),
        ("@ lin", []),
        ("İ @lin", ["lin"]),
        ("", []),
    ],
)
def test_people_are_named_behind_an_at(text: str, names: list[str]) -> None:
    assert [name for _start, _end, name in find_mentions(text, {"lin", "lin wei", "ana", "王芳"})] == names


def test_places_of_names_are_told() -> None:
    assert list(find_mentions("看 @ana。", ["ana"])) == [(2, 6, "ana")]
