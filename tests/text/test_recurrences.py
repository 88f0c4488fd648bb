from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from tests.text.strategies import texts
from transcripts.text.finding import Hit
from transcripts.text.recurrences import SoundSearch, fit_case, is_exact


def list_hits(rows: list[str], heard: str, right: str) -> list[tuple[int, Hit]]:
    found_in_rows = enumerate(SoundSearch(heard, replace=right).find_in_rows(rows))
    return [(row, hit) for row, hits in found_in_rows for _number, hit in hits]


def found(rows: list[str], heard: str, right: str) -> list[tuple[int, str, bool, str]]:
    hits = list_hits(rows, heard, right)
    return [(row, rows[row][hit.start : hit.end], is_exact(hit), hit.after) for row, hit in hits]


@pytest.mark.parametrize(
    ("row", "heard", "right", "place", "exact"),
    [
        ("这是图林的测试", "图林", "图灵", "图林", True),
        ("这是徒玲的测试", "图林", "图灵", "徒玲", False),  # in and ing
        ("他叫刘兰", "牛兰", "牛楠", "刘兰", False),  # n and l
        ("到了四川", "是船", "四川", "", False),
        ("这个湖难", "湖南", "湖南省", "湖难", False),
        ("在胡安那边", "湖南", "福安", "胡安", False),  # h and f
        ("参加张会", "掌会", "脏会", "张会", False),  # zh and z
        ("银行还款", "音航", "银行", "", False),
        ("打开音杭", "音航", "银行", "音杭", False),  # one of the readings of 行
        ("Ask Turin about it", "Turin", "Turing", "Turin", True),
        ("Ask Turin's wife", "Turin", "Turing", "Turin", True),
        ("ask TURIN.", "Turin", "Turing", "TURIN", True),
        ("We use flesh wob here", "flash web", "Flashweb", "flesh wob", False),
        ("Deploy coopernetties now", "cooper netties", "Kubernetes", "coopernetties", False),
        ("Deploy cooper nettis now", "cooper netties", "Kubernetes", "cooper nettis", False),
        ("Mr Filips said so", "Philips", "Phillips", "Filips", False),
        ("Volkengine works", "Volcengin", "Volcengine", "", False),
        ("用夫莱士吧", "夫莱士", "Flash", "夫莱士", True),
        ("A cat sat", "dog", "dock", "", False),
    ],
)
def test_a_place_is_found_as_heard_or_by_sound(row: str, heard: str, right: str, place: str, exact: bool) -> None:
    assert found([row], heard, right) == ([(0, place, exact, right)] if place else [])


def test_what_is_right_already_is_no_place() -> None:
    assert found(["图灵和图林", "flash web and web"], "图林", "图灵") == [(0, "图林", True, "图灵")]
    assert found(["flash web and web"], "web", "flash web") == [(0, "web", True, "flash web")]
    assert found(["林伟来了，林来了"], "林", "林伟") == [(0, "林", True, "林伟")]


def test_a_syllable_alone_is_found_as_heard_only() -> None:
    assert found(["他她它"], "他", "她") == [(0, "他", True, "她")]


def test_a_form_more_frequent_than_the_term_is_a_word_of_its_own() -> None:
    rows = ["事实如此", "说的事实", "事实上", "史诗", "施食"]
    assert [place[1] for place in found(rows, "试试", "实施")] == ["史诗", "施食"]


def test_places_are_in_order_and_in_the_candidates() -> None:
    rows = ["图林", "", "没有", "图林说图玲"]
    places = [(row, hit.start, hit.end, is_exact(hit), hit.after) for row, hit in list_hits(rows, "图林", "图灵")]
    assert places == [(0, 0, 2, True, "图灵"), (3, 0, 2, True, "图灵"), (3, 3, 5, False, "图灵")]
    assert SoundSearch("图林", replace="图灵").find_candidates(rows) == [0, 3]


@pytest.mark.parametrize(
    ("right", "text", "start", "end", "expected"),
    [
        ("their", "There car", 0, 5, "Their"),
        ("their", "So. There car", 4, 9, "Their"),
        ("their", "go There", 3, 8, "their"),
        ("Turing", "turin", 0, 5, "Turing"),
        ("图灵", "图林", 0, 2, "图灵"),
    ],
)
def test_case_is_kept_where_a_sentence_begins(right: str, text: str, start: int, end: int, expected: str) -> None:
    assert fit_case(right, text, start, end) == expected


@given(texts, texts, texts)
def test_places_lie_in_their_rows_apart(text: str, heard: str, right: str) -> None:
    places = [hit for _row, hit in list_hits([text], heard, right)]
    assert all(0 <= place.start < place.end <= len(text) for place in places)
    assert all(one.end <= other.start for one, other in pairwise(places))
