from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from transcripts.flash.answer import MAX_TIME_MS
from transcripts.forms.fields import ClockField
from transcripts.templatetags.flashweb import signed_clock


@given(st.integers(1 - MAX_TIME_MS, MAX_TIME_MS - 1))
def test_a_time_is_read_as_it_was_shown(shift_ms: int) -> None:
    assert ClockField(signed=True).clean(signed_clock(shift_ms)) == shift_ms


@pytest.mark.parametrize(
    ("typed", "time_ms"),
    [
        ("1:02:03.5", 3_723_500),
        ("02:03", 123_000),
        ("90", 90_000),
        ("1.25", 1250),
        ("12 s", 12_000),
        ("1,5秒", 1500),
        ("2 min 3.25 s", 123_250),
        ("２分钟", 120_000),
        (" 0：00：０２，5 ", 2500),
        ("", None),
    ],
)
def test_times_are_read_as_people_type_them(typed: str, time_ms: int | None) -> None:
    assert ClockField(required=False).clean(typed) == time_ms


@pytest.mark.parametrize(
    "typed", ["soon", "-1:00", "1:-2", "--5", "999:00:00", "9" * 9, "1:2:3:4:5", "s", "1 s 2 min", "9" * 50]
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        ClockField().clean(typed)


def test_a_shift_may_be_negative_with_any_sign() -> None:
    field = ClockField(signed=True)
    assert [field.clean(typed) for typed in ("-10:00:00", "−2.5", "+3", "3")] == [-36_000_000, -2500, 3000, 3000]
