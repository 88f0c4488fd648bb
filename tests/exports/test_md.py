from __future__ import annotations

import pytest

from tests.exports.sample import DOCUMENT, document, line, text_of


def test_a_paragraph_for_each_turn() -> None:
    assert text_of("md", DOCUMENT, times="on", breaks="on") == (
        "# 会议\n\n"
        "`00:00:00` **主持人:** 欢迎 Lin 来。大家好。\n\n"
        "`01:02:03` **Ann \\<b\\>:** Hello \\& \\<welcome\\> --\\> all\n\n"
        "`01:23:20` 第一行\\\n第二行\\\nthird\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("1. no list", "1\\. no list"),
        ("2) no list", "2\\) no list"),
        ("snake_case *x* `y` [z](u) ~~a~~ | b", "snake\\_case \\*x\\* \\`y\\` \\[z\\](u) \\~\\~a\\~\\~ \\| b"),
        ("---", "\\---"),
        ("C:\\x &amp;", "C:\\\\x \\&amp;"),
        ("3.14 and 1-2", "3.14 and 1-2"),
    ],
)
def test_text_means_nothing_to_markdown(text: str, written: str) -> None:
    assert text_of("md", document(line(text), title="")) == f"{written}\n"


def test_nothing_said_is_the_title() -> None:
    assert text_of("md", document()) == "# 会议\n"
