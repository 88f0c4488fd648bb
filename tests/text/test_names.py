from __future__ import annotations

import pytest

from transcripts.text.names import make_skeleton


@pytest.mark.parametrize(
    "alike",
    [
        "LIN",
        " l i n ",
        "ｌｉｎ",
        "l\u200bin",
        "li\u2060n\ufeff",
        "l\u00adin",
        "\u3164lin\u2800",
        "Iin",
        "1in",
        "lín",
        "li\u0301n",
        "lіn",  # Cyrillic
        "Lιn",  # Greek
        "lin\ufe0f",
        "\u202elin",
    ],
)
def test_names_that_look_alike_are_one(alike: str) -> None:
    assert make_skeleton(alike) == make_skeleton("lin")


@pytest.mark.parametrize(("one", "other"), [("Ana", "Аnа"), ("Maria", "МАRIА"), ("modern", "modem"), ("王伟", "王 伟")])
def test_letters_of_other_alphabets_do_not_tell_names_apart(one: str, other: str) -> None:
    assert make_skeleton(one) == make_skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("lin", "lina"), ("Anna", "Ana"), ("王伟", "王玮"), ("Иван", "Ивана")])
def test_other_names_stay_other_names(one: str, other: str) -> None:
    assert make_skeleton(one) != make_skeleton(other)


def test_nothing_shows_of_what_is_unseen() -> None:
    assert make_skeleton("\u200b \u3164\u2800") == ""
