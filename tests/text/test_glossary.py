"""What was misheard before is found by its words, and never inside the right ones."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.strategies import fragments
from transcripts.text.checks import check_text
from transcripts.text.glossary import EMPTY, Glossary, KnownMishearing
from transcripts.text.signs import Spacing

KNOWN = [
    KnownMishearing("图林", "图灵", 4),
    KnownMishearing("flesh web", "Flashweb", 2),
    KnownMishearing("web", "Webb"),
    KnownMishearing("Allan", "Alan Turing", 1),
    KnownMishearing("Alan touring", "Alan Turing", 3),
    KnownMishearing("alan", "Alan Turing", 9),
]
GLOSSARY = Glossary(KNOWN, ["图灵", "Flashweb", "Alan Turing", "Webb", "the web"])


def find(text: str, glossary: Glossary = GLOSSARY) -> list[tuple[str, str | None, float | None]]:
    return [(text[spot.start : spot.end], spot.mended, spot.figure) for spot in glossary.find_spots(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("图林和图灵。图林", [("图林", "图灵", 4), ("图林", "图灵", 4)]),
        ("用 Flesh-Web、FLESH  WEB", [("FLESH  WEB", "Flashweb", 2)]),
        ("a fleshweb, webs and cobweb", []),
        ("A Web?", [("Web", "Webb", None)]),
        ("The web.", []),
        ("Alan Turing, alan touring and Alan", [("alan touring", "Alan Turing", 3), ("Alan", "Alan Turing", 9)]),
        ("图 林", [("图 林", "图灵", 4)]),
    ],
)
def test_misheard_words_are_found(text: str, expected: list[tuple[str, str | None, float | None]]) -> None:
    assert find(text) == expected


def test_what_is_a_term_itself_is_never_misheard() -> None:
    swapped = Glossary([KnownMishearing("Jon", "John"), KnownMishearing("John", "Jon")], ["Jon", "John"])
    assert find("Jon and John", swapped) == []
    assert find("Jon", EMPTY) == []


def test_the_commoner_of_two_terms_is_offered() -> None:
    both = Glossary(
        [KnownMishearing("during", "Turing", 1), KnownMishearing("during", "Düring", 3)], ["Turing", "Düring"]
    )
    assert find("during", both) == [("during", "Düring", 3)]


@given(st.lists(st.one_of(fragments, st.sampled_from(("图林", "flesh", "web", "Alan", "Turing"))), max_size=12))
def test_places_come_in_order_and_do_not_overlap(parts: list[str]) -> None:
    text = " ".join(parts)
    spots = GLOSSARY.find_spots(text)
    assert all(one.end <= other.start for one, other in pairwise(spots))
    assert all(spot.start < spot.end for spot in spots)


def test_check_mends_one_place_at_a_time() -> None:
    warnings = check_text("图林和图林", Spacing.LATIN, GLOSSARY)
    assert [(one.key, one.fix, one.figure) for one in warnings] == [
        ("misheard:图林和", "图灵和图林", 4),
        ("misheard:和图林", "图林和图灵", 4),
    ]
