"""A person's own settings: shortcuts and playback in the editor, the language of mails, the last export's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from transcripts.models import Preferences

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Keys = Mapping[str, list[str] | None]


def get_preferences(user: User) -> Preferences:
    """The stored preferences, or the defaults."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def change_preferences(*, by: User, keys: Keys | None = None, **habits: int | bool | str) -> Preferences:
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


def keep_language_of_request(request: HttpRequest, user: User) -> None:
    """Keeps the language in which the person signs in, if none is known or a cookie tells that they chose it."""
    language = get_language() or settings.LANGUAGE_CODE
    kept = Preferences.objects.filter(user=user).values_list("language", flat=True).first()
    if kept != language and (not kept or settings.LANGUAGE_COOKIE_NAME in request.COOKIES):
        change_preferences(by=user, language=language)


def get_export_format(user: User) -> str:
    """The format of the person's last export, or ""."""
    return Preferences.objects.filter(user=user).values_list("export_format", flat=True).first() or ""


def keep_export_format(*, by: User, name: str) -> None:
    if get_export_format(by) != name:
        change_preferences(by=by, export_format=name)
