from __future__ import annotations

import pytest

from transcripts.text.scripts import get_language_tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("", ""),
        ("12:30, 50 %!", ""),
        ("We are moving.", "en"),
        ("Déjà vu à Zürich", "en"),
        ("我们下个月要在上海开会。", "zh"),
        ("把 roadmap 先定下来。", "zh"),
        ("The word 道 means way.", "en"),
        ("会議は来月です。", "ja"),
        ("優の良品店", "zh"),
        ("다음 달에 만나요", "ko"),
        ("مرحبا بكم في office", "ar"),
        ("שלום לכולם", "he"),
        ("Привет всем", "ru"),
        ("καλημέρα", "el"),
        ("नमस्ते", "hi"),
        ("สวัสดีครับ ok", "th"),
    ],
)
def test_tag_is_that_of_the_script_which_has_most_of_the_text(text: str, tag: str) -> None:
    assert get_language_tag(text) == tag
