from __future__ import annotations

import pytest

from transcripts.text.sounds import list_readings, sound_alike


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
def test_sound_alike_goes_by_pinyin_and_by_spelling(one: str, other: str, expected: bool) -> None:
    assert sound_alike(one, other) is expected


def test_readings_are_all_of_a_character_without_tones() -> None:
    assert list_readings("重") >= {"zon", "con"}
