"""A person's own settings: shortcuts, playback, abbreviations, the language of mails, the last export's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from transcripts.errors import NotPossible
from transcripts.models import Preferences
from transcripts.text.limits import MOST_ABBREVIATIONS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Keys = Mapping[str, list[str] | None]


def get_preferences(user: User) -> Preferences:
    """The stored preferences, or the defaults."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def change_preferences(
    *,
    by: User,
    keys: Keys | None = None,
    abbreviations: Mapping[str, str | None] | None = None,
    **habits: int | bool | str,
) -> Preferences:
    """Changes what is given and leaves the rest, so that two devices don't overwrite each other's changes.

    `keys` maps commands to their new shortcuts, None restores the default; `abbreviations` what is typed to what it
    becomes, None deletes it. Raises NotPossible where these would be too many.
    """
    with transaction.atomic():
        Preferences.objects.get_or_create(user=by)
        preferences = Preferences.objects.select_for_update().get(user=by)
        preferences.keys = _merge(preferences.keys, keys or {})
        if abbreviations is not None:
            preferences.abbreviations = _merge(preferences.abbreviations or {}, abbreviations)
            if len(preferences.abbreviations) > MOST_ABBREVIATIONS:
                raise NotPossible("abbreviations_full")
        for name, value in habits.items():
            setattr(preferences, name, value)
        preferences.save()
    return preferences


def _merge(kept: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**kept, **changed}.items() if value is not None}


def get_abbreviations(user: User) -> dict[str, str]:
    """What each abbreviation of the person becomes, in the order of the alphabet."""
    kept = Preferences.objects.filter(user=user).values_list("abbreviations", flat=True).first() or {}
    return dict(sorted(kept.items(), key=lambda entry: (entry[0].casefold(), entry[0])))


def keep_language_of_request(request: HttpRequest, user: User) -> None:
    """Keeps the language in which the person signs in, if none is known or a cookie tells that they chose it."""
    language = get_language() or settings.LANGUAGE_CODE
    kept = Preferences.objects.filter(user=user).values_list("language", flat=True).first()
    if kept != language and (not kept or settings.LANGUAGE_COOKIE_NAME in request.COOKIES):
        change_preferences(by=user, language=language)


def get_export_choice(user: User) -> tuple[str, bool]:
    """The format of the person's last export, or "", and whether fillers are left out of what they read and export."""
    chosen = Preferences.objects.filter(user=user).values_list("export_format", "hide_fillers").first()
    return chosen or ("", False)


def keep_export_choice(*, by: User, name: str, wording: str = "") -> None:
    """Keeps the format and, where one was asked for, the wording: for the next export, and for reading."""
    last, hide_fillers = get_export_choice(by)
    hides = wording == "clean" if wording else hide_fillers
    if (last, hide_fillers) != (name, hides):
        change_preferences(by=by, export_format=name, hide_fillers=hides)
