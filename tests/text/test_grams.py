"""A text has all grams that are sought for any part of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcripts.text.grams import MOST_SOUGHT, _shorten, list_grams, list_sought_grams


def test_grams_are_characters_pairs_and_threes_and_long_ones_by_number() -> None:
    threes = [_shorten(three) for three in ("我们o", "们ok", "k 的")]
    assert list_grams("我们ok 的") == {*"我们ok 的", "我们", "们o", "ok", "k ", " 的", "ok ", *threes}
    assert list_grams("meetin") - {_shorten("meetin")} == {
        *"metin",
        *["me", "ee", "et", "ti", "in"],
        *["mee", "eet", "eti", "tin"],
    }
    assert list_grams("") == set()


def test_numbers_of_grams_stay() -> None:
    """The index has them."""
    assert (_shorten("我们的"), _shorten("meetin")) == ("\U00102a88", "\U00101e16")


@pytest.mark.parametrize(
    ("query", "sought"),
    [
        ("我", ["我"]),
        ("我们", ["我们"]),
        ("我们的", [_shorten("我们的"), "我们", "们的"]),
        ("我们的问", [_shorten("我们的"), _shorten("们的问"), "我们", "的问"]),
        ("ok", ["ok"]),
        ("okay", ["oka", "kay"]),
        ("doctor", [_shorten("doctor"), "doc", "oct", "cto", "tor"]),
        ("我okay们", [_shorten("我ok"), _shorten("ay们"), "我o", "kay"]),
        ("我ok", [_shorten("我ok"), "我o", "ok"]),
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
