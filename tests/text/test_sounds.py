from __future__ import annotations

import pytest

from transcripts.text.readings import list_readings, share_reading
from transcripts.text.sounds import compare_sounds
from transcripts.text.tokens import fold


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("他", "她", True),
        ("门", "们", True),
        ("行", "航", True),  # one of its readings
        ("是", "四", True),  # sh heard as s
        ("民", "名", True),  # n heard as ng
        ("他", "我", False),
        ("their", "there", True),
        ("cat", "dog", False),
        ("GPT", "gpt", True),
        ("他", "ta", False),
    ],
)
def test_tokens_sound_alike_by_pinyin_and_by_spelling(one: str, other: str, expected: bool) -> None:
    assert compare_sounds([fold(one)], [fold(other)])[0, 0] == expected


def test_readings_are_all_of_a_character_without_tones() -> None:
    assert list_readings("重") >= {"zon", "con"}


def test_characters_share_a_reading_and_signs_only_themselves() -> None:
    assert share_reading("灵", "林")
    assert share_reading("x", "x")
    assert not share_reading("灵", "图")
    assert not share_reading("x", "y")
