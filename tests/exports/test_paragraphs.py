from __future__ import annotations

import pytest

from tests.exports.sample import document, line, text_of

TALK = document(
    line("我们开始。", 0, 1000, speaker="林"),
    line("第一件事\n是 plan", 1200, 2000, speaker="林"),
    line("B.", 5000, 6000, speaker="林"),
    line("Hello.", 6100, 7000, speaker="Ana"),
    line("好。", 7100, 8000),
)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "林: 我们开始。\n第一件事是 plan\nB.\n\nAna: Hello.\n\n好。\n"),
        ({"paragraphs": "speaker"}, "林: 我们开始。第一件事是 plan B.\n\nAna: Hello.\n\n好。\n"),
        ({"paragraphs": "pause"}, "林: 我们开始。第一件事是 plan\n\n林: B.\n\nAna: Hello.\n\n好。\n"),
        (
            {"paragraphs": "pause", "paragraph_pause_ms": "5000"},
            "林: 我们开始。第一件事是 plan B.\n\nAna: Hello.\n\n好。\n",
        ),
        ({"paragraphs": "speaker", "names": "off"}, "我们开始。第一件事是 plan B.\n\nHello.\n\n好。\n"),
        ({"breaks": "on", "rows": "all"}, "林: 我们开始。\n第一件事\n是 plan\nB.\n\nAna: Hello.\n\n好。\n"),
        (
            {"paragraphs": "speaker", "times": "on"},
            "[00:00:00] 林: 我们开始。第一件事是 plan B.\n\n[00:00:06] Ana: Hello.\n\n[00:00:07] 好。\n",
        ),
    ],
)
def test_rows_become_paragraphs(options: dict[str, str], expected: str) -> None:
    assert text_of("txt", TALK, **options) == expected
