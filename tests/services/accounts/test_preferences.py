from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from transcripts.models import Preferences
from transcripts.services.accounts.preferences import change_preferences, get_preferences

DEFAULTS = {
    "keys": {},
    "step_back_ms": 500,
    "pause_typing": False,
    "typing_wait_ms": 1500,
    "speed": 100,
    "tab_plays": False,
    "click_edits": False,
    "offers": True,
    "compact": False,
    "tour_seen": False,
    "space_plays": False,
    "hide_fillers": False,
    "abbreviations": {},
}


def test_who_changed_nothing_has_the_defaults_and_no_row(lin: User) -> None:
    assert get_preferences(lin).to_json() == DEFAULTS
    assert not Preferences.objects.exists()


def test_change_leaves_the_rest_and_other_people_alone(lin: User, ana: User) -> None:
    change_preferences(by=lin, keys={"play": ["F13"]}, speed=150)
    change_preferences(by=lin, step_back_ms=0, pause_typing=True)
    changed = DEFAULTS | {"keys": {"play": ["F13"]}, "speed": 150, "step_back_ms": 0, "pause_typing": True}
    assert get_preferences(lin).to_json() == changed
    assert get_preferences(ana).to_json() == DEFAULTS


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"back": ["F14"]}, {"play": ["F13"], "back": ["F14"]}),
        ({"play": []}, {"play": []}),
        ({"play": None}, {}),
        ({"never_set": None}, {"play": ["F13"]}),
        ({}, {"play": ["F13"]}),
    ],
)
def test_keys_change_command_by_command(
    lin: User, given: dict[str, list[str] | None], stored: dict[str, list[str]]
) -> None:
    change_preferences(by=lin, keys={"play": ["F13"]})
    assert change_preferences(by=lin, keys=given).keys == stored
    assert get_preferences(lin).keys == stored
