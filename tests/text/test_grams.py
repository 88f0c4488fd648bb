"""A text has all grams that are sought for any part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.text.grams import MOST_SOUGHT, list_grams, list_sought_grams


def test_grams_are_characters_pairs_and_threes_of_scripts_with_spaces() -> None:
    assert list_grams("我们ok 的") == {*"我们ok 的", "我们", "们o", "ok", "k ", " 的", "ok "}
    assert list_grams("") == set()


@pytest.mark.parametrize(
    ("query", "sought"),
    [
        ("我", ["我"]),
        ("我们", ["我们"]),
        ("我们的", ["我们", "们的"]),
        ("ok", ["ok"]),
        ("okay", ["oka", "kay"]),
        ("我okay们", ["我o", "oka", "kay", "y们"]),
        ("我ok", ["我o", "ok"]),
        ("", []),
    ],
)
def test_few_grams_tell_a_query(query: str, sought: list[str]) -> None:
    assert list_sought_grams(query) == sought


@given(before=st.text(), query=st.text(min_size=1), after=st.text())
def test_text_has_the_grams_of_its_parts(before: str, query: str, after: str) -> None:
    sought = list_sought_grams(query)
    assert 0 < len(sought) <= MOST_SOUGHT
    assert set(sought) <= list_grams(before + query + after)
