"""Corrections tell terms: words as they are, and single characters with what is around them."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.text.strategies import texts
from transcripts.text.corrections import WordCorrection, find_corrections, find_original, list_cores, propose_terms


def propose(*edits: tuple[str, str]) -> dict[str, dict[str, int]]:
    corrections = [each for original, text in edits for each in find_corrections(original, text)]
    return {proposal.term: dict(proposal.mishearings) for proposal in propose_terms(corrections)}


def test_correction_has_the_characters_around_it_that_stayed() -> None:
    assert find_corrections("研究图林机的人", "研究图灵机的人") == [WordCorrection("林", "灵", "研究图", "机的人")]
    assert find_corrections("图林，和土灵", "图灵，和图灵") == [
        WordCorrection("林", "灵", "图", ""),
        WordCorrection("土", "图", "和", "灵"),
    ]
    assert find_corrections("use flesh web now", "use Flashweb now") == [WordCorrection("flesh web", "Flashweb")]
    for same in (("好的", "好的"), ("好的", "好的。"), ("", "好的"), ("Well yes", "well, yes"), ("好", "好的")):
        assert find_corrections(*same) == []


@pytest.mark.parametrize(
    ("edits", "proposed"),
    [
        ([("图林机", "图灵机")], {}),
        ([("图林机", "图灵机"), ("图林奖", "图灵奖")], {"图灵": {"图林": 2}}),
        ([("图林机", "图灵机"), ("说图领", "说图灵")], {"图灵": {"图林": 1, "图领": 1}}),
        ([("他的灵活", "他的林活"), ("图林机", "图灵机")], {}),
        (
            [("林魂", "灵魂"), ("图林", "图灵"), ("林魂的", "灵魂的"), ("个图林", "个图灵")],
            {"灵魂": {"林魂": 2}, "图灵": {"图林": 2}},
        ),
        ([("研究图林机的人", "研究图灵机的人")] * 2, {"图灵": {"图林": 2}}),
        ([("林的", "灵的"), ("林了", "灵了")], {}),
        ([("他说", "她说")] * 3, {}),
        ([("福来西网", "Flashweb")] * 2, {"Flashweb": {"福来西网": 2}}),
        ([("a flesh web", "a Flashweb"), ("flash wept", "Flashweb")], {"Flashweb": {"flesh web": 1, "flash wept": 1}}),
        (
            [("cooper netties", "Kubernetes"), ("Cooper Netties.", "kubernetes.")],
            {"Kubernetes": {"cooper netties": 1, "Cooper Netties": 1}},
        ),
        ([("there", "their")] * 3, {}),
        ([("the", "a")] * 3, {}),
        ([("eight abs", "AWS")] * 2, {"AWS": {"eight abs": 2}}),
        ([("fifteen", "50")] * 3, {}),
        ([("张卫国", "章威国")] * 2, {"章威": {"张卫": 2}}),
    ],
)
def test_two_corrections_of_one_kind_propose_a_term(
    edits: list[tuple[str, str]], proposed: dict[str, dict[str, int]]
) -> None:
    assert propose(*edits) == proposed


def test_term_knows_what_of_it_may_have_been_replaced() -> None:
    assert list_cores("图灵机") == {"图", "灵", "机", "图灵", "灵机", "图灵机"}
    assert list_cores("Flash Web") == {"flash web"}
    assert WordCorrection("林", "灵", "究图", "机").list_forms()["图灵"] == "图林"


@pytest.mark.parametrize(
    ("original", "text", "term", "misheard"),
    [
        ("研究图林机的", "研究图灵机的", "图灵", "图林"),
        ("研究图林机的", "研究图灵机的", "图灵机", "图林机"),
        ("研究图林机的", "研究图灵机的", "研究", ""),
        ("use flesh web now", "use Flashweb now", "Flashweb", "flesh web"),
        ("use flesh web now", "use the Flashweb now", "Flashweb", ""),
        ("Allan touring said", "Alan Turing said", "Alan Turing", "Allan touring"),
        ("", "Alan Turing said", "Alan", ""),
    ],
)
def test_selected_words_know_what_stood_in_their_place(original: str, text: str, term: str, misheard: str) -> None:
    start = text.index(term)
    assert find_original(original, text, start, start + len(term)) == misheard


@given(texts, texts)
def test_each_correction_is_one_of_its_terms(original: str, text: str) -> None:
    for each in find_corrections(original, text):
        assert each.original in original
        assert f"{each.before}{each.corrected}{each.after}" in text
