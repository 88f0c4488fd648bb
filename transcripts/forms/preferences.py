"""The form for preferences."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _

from transcripts.forms.fields import parse_truth
from transcripts.models.people import LONGEST_STEP_BACK_MS, SPEED, TYPING_WAIT_MS

COMMAND = re.compile(r"[a-z][a-z0-9_]{0,39}")
COMBINATION = re.compile(r"((Mod|Ctrl|Meta|Alt|Shift)\+){0,4}(\?|\w{1,40})")
MOST_COMMANDS, MOST_COMBINATIONS = 200, 8


class PreferencesForm(forms.Form):
    """Any of a person's preferences; if valid, `changes` has those that were given."""

    keys = forms.JSONField(required=False)
    step_back_ms = forms.IntegerField(required=False, min_value=0, max_value=LONGEST_STEP_BACK_MS)
    pause_typing = parse_truth()
    typing_wait_ms = forms.IntegerField(required=False, min_value=TYPING_WAIT_MS[0], max_value=TYPING_WAIT_MS[1])
    speed = forms.IntegerField(required=False, min_value=SPEED[0], max_value=SPEED[1])
    tab_plays = parse_truth()
    space_plays = parse_truth()
    click_edits = parse_truth()
    offers = parse_truth()
    compact = parse_truth()
    tour_seen = parse_truth()
    hide_fillers = parse_truth()

    def clean_keys(self) -> dict[str, list[str] | None] | None:
        """Checks only the shape: which commands exist, only the page knows."""
        keys = self.cleaned_data["keys"]
        if keys is None:
            return None
        shaped = isinstance(keys, dict) and len(keys) <= MOST_COMMANDS
        if not shaped or not all(COMMAND.fullmatch(name) and _are_keys(its) for name, its in keys.items()):
            raise forms.ValidationError(_("These are not valid shortcuts."))
        return cast(dict[str, list[str] | None], keys)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


def _are_keys(value: object) -> bool:
    """Whether it is a list of key combinations, or None for the defaults."""
    if value is None:
        return True
    listed = isinstance(value, list) and len(value) <= MOST_COMBINATIONS
    return listed and all(isinstance(keys, str) and COMBINATION.fullmatch(keys) for keys in cast(list[object], value))
