from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.strategies import texts
from transcripts.text.joining import join, join_all
from transcripts.text.tokens import tokenize


@pytest.mark.parametrize(
    ("left", "right", "joined"),
    [
        ("今天", "天气", "今天天气"),
        ("今天。", "天气", "今天。天气"),
        ("Hello.", "World", "Hello. World"),
        ("Hello", "world", "Hello world"),
        ("Hello,", "“world”", "Hello, “world”"),
        ("你好。", "Hello", "你好。Hello"),
        ("Hello.", "你好", "Hello. 你好"),
        ("我用", "iPhone", "我用 iPhone"),
        ("2019", "年", "2019年"),
        ("共", "50%", "共50%"),
        ("テスト", "です", "テストです"),
        ("안녕", "하세요", "안녕 하세요"),
        ("so", "…", "so…"),
        ("(a", "b)", "(a b)"),
        ("“", "yes”", "“yes”"),
        ("good", ", then", "good, then"),
        ("好", "😀", "好😀"),
        ("שלום", "עולם", "שלום עולם"),
        ("a  ", "  b", "a b"),
        ("今  ", "  天", "今天"),
        ("", "a", "a"),
        ("a", "", "a"),
        ("", "", ""),
    ],
)
def test_join_puts_a_space_only_where_the_script_wants_one(left: str, right: str, joined: str) -> None:
    assert join(left, right) == joined


@given(texts, texts)
def test_join_loses_no_token_but_at_a_seam_of_spaces(left: str, right: str) -> None:
    together = "".join(token.text for token in tokenize(join(left, right)))
    apart = "".join(token.text for token in tokenize(left) + tokenize(right))
    assert [c for c in together if c.isalnum()] == [c for c in apart if c.isalnum()]


@given(st.lists(texts.filter(str.strip), max_size=6))
def test_many_texts_are_joined_as_one_after_the_other(parts: list[str]) -> None:
    assert join_all(parts) == reduce(join, parts, "")
