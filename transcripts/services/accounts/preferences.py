"""A person's own settings: keyboard shortcuts of the editor, and playback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from transcripts.models import Preferences

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Keys = Mapping[str, list[str] | None]


def get_preferences(user: User) -> Preferences:
    """The stored preferences, or the defaults."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def change_preferences(*, by: User, keys: Keys | None = None, **habits: int | bool) -> Preferences:
    """Changes what is given and leaves the rest, so that two devices don't overwrite each other's changes.

    `keys` maps commands to their new shortcuts; None restores the default.
    """
    with transaction.atomic():
        Preferences.objects.get_or_create(user=by)
        preferences = Preferences.objects.select_for_update().get(user=by)
        merged = {**preferences.keys, **(keys or {})}
        preferences.keys = {command: its for command, its in merged.items() if its is not None}
        for name, value in habits.items():
            setattr(preferences, name, value)
        preferences.save()
    return preferences
