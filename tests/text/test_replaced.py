from __future__ import annotations

import pytest
from hypothesis import given

from tests.text.strategies import texts
from transcripts.text.replaced import Replaced, find_replaced


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("我们用图林机", "我们用图灵机", [("林", "灵")]),
        ("I met Ann Turin today", "I met Anne Turing today.", [("Ann Turin", "Anne Turing")]),
        ("用 flesh wob 吧", "用 Flashweb 吧", [("flesh wob", "Flashweb")]),
        (
            "cooper netties is up, and its grate",
            "Kubernetes is up and it's great",
            [
                ("cooper netties", "Kubernetes"),
                ("grate", "great"),
            ],
        ),
        ("打模样来了", "达摩院来了", [("打模样", "达摩院")]),
        ("你好", "你好。", []),
        ("hello, world", "Hello world", []),
        ("flash web", "flashweb", []),
        ("我去北京", "我明天去北京", []),
        ("我我去北京", "我去北京", []),
        ("", "新的", []),
        ("ＧＰＴ", "GPT", []),
    ],
)
def test_words_that_were_replaced(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.heard, each.right) for each in find_replaced(old, new)] == expected


def test_places_are_those_in_both_texts() -> None:
    assert find_replaced("Well, Turin is here", "Oh well, Turing is here") == [Replaced("Turin", "Turing", 6, 9)]


def test_a_row_written_anew_teaches_nothing() -> None:
    assert find_replaced("一二三四五六七八九十百千万", "天地玄黄宇宙洪荒日月盈昃辰") == []


@given(texts, texts)
def test_what_is_given_stands_in_the_texts(old: str, new: str) -> None:
    for each in find_replaced(old, new):
        assert old[each.start :].startswith(each.heard)
        assert new[each.right_start :].startswith(each.right)
        assert each.heard != each.right


@given(texts)
def test_no_edit_replaces_nothing(text: str) -> None:
    assert find_replaced(text, text + "。") == []
