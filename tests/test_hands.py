"""The steps that `make bench` counts: what has to be mended, where rows are merged and cut, and the price of it."""

from __future__ import annotations

import pytest

from tests.bench._hands import B, Cut, H, Hands, K, M, Mistake, P, keys_of, mistakes, shape


@pytest.mark.parametrize(
    ("text", "true", "expected"),
    [
        ("the North West home", "the Northwest home", [Mistake(9, 11, "w")]),
        ("后重的外套", "厚重的外套", [Mistake(0, 1, "厚")]),
        ("on just a", "just a", [Mistake(0, 3, "")]),
        ("the same", "the same", []),
    ],
)
def test_mistakes_are_what_has_to_become_something_else(text: str, true: str, expected: list[Mistake]) -> None:
    found = mistakes(text, true)
    assert found == expected
    for start, end, right in reversed(found):
        text = text[:start] + right + text[end:]
    assert text == true


def test_rows_are_merged_and_cut_where_the_true_ones_end() -> None:
    rows = ["One two.", "three four five", "six seven"]
    assert shape(rows, ["One two. Three", "four five", "six seven"]) == ([1], [Cut(1, 6)])
    assert shape(rows, rows) == ([], [])
    assert shape(["One two.", "Uh, three four."], ["One two.", "Three four."]) == ([], [])


def test_steps_have_the_prices_of_the_model() -> None:
    hands = Hands()
    hands.decide()
    hands.press("Alt+Shift+Enter")
    hands.point(2)
    hands.write("Jack诗意")
    assert (hands.keys, hands.clicks, hands.decisions) == (3 + 5 + 7, 2, 1)
    assert hands.seconds == pytest.approx(M + 15 * K + P + 4 * B + 2 * H)
    assert hands.price(("press", "ArrowLeft", 5)) == pytest.approx(5 * K + M)
    assert hands.keys == 15
    assert keys_of("十分") == 7
