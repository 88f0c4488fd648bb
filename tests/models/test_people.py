from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from transcripts.models import Preferences


@pytest.mark.parametrize(
    ("constraint", "habits"),
    [
        ("preferences_step_back_short", {"step_back_ms": 5001}),
        ("preferences_typing_wait_bounded", {"typing_wait_ms": 499}),
        ("preferences_typing_wait_bounded", {"typing_wait_ms": 10_001}),
        ("preferences_speed_bounded", {"speed": 49}),
        ("preferences_speed_bounded", {"speed": 301}),
    ],
)
def test_database_refuses_habits_out_of_bounds(lin: User, constraint: str, habits: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Preferences.objects.create(user=lin, **habits)
    assert constraint in {one.name for one in Preferences._meta.constraints}


def test_people_have_one_set_which_goes_with_them(lin: User) -> None:
    Preferences.objects.create(user=lin)
    with pytest.raises(IntegrityError), transaction.atomic():
        Preferences.objects.create(user=lin)
    assert str(lin.preferences) == "lin"  # type: ignore[attr-defined]
    lin.delete()
    assert not Preferences.objects.exists()
