from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.services.accounts.test_preferences import DEFAULTS
from transcripts.models import Preferences

URL = "/preferences/"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_people_read_and_change_their_own(lins_client: Client, stranger: Client, headers: dict[str, str]) -> None:
    assert lins_client.get(URL, headers=headers).json() == DEFAULTS
    given = {"keys": json.dumps({"play": ["F13", "Mod+Shift+KeyP"], "help": ["?"]}), "tab_plays": "true", "speed": "75"}
    changed = DEFAULTS | {"keys": json.loads(given["keys"]), "tab_plays": True, "speed": 75}
    response = lins_client.post(URL, given, headers=headers)
    assert (response.status_code, response.json()) == (200, changed)
    assert lins_client.get(URL, headers=headers).json() == changed
    assert stranger.get(URL, headers=headers).json() == DEFAULTS


def test_switched_on_can_be_switched_off(lins_client: Client) -> None:
    lins_client.post(URL, {"pause_typing": "true", "space_plays": "true"})
    assert lins_client.post(URL, {"pause_typing": "false"}).json() == DEFAULTS | {"space_plays": True}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step_back_ms", "5001"),
        ("step_back_ms", "-1"),
        ("step_back_ms", "much"),
        ("typing_wait_ms", "499"),
        ("typing_wait_ms", "10001"),
        ("speed", "49"),
        ("speed", "301"),
        ("tab_plays", "perhaps"),
        ("keys", "not JSON"),
        ("keys", "[]"),
        ("keys", '"play"'),
        ("keys", '{"Play": []}'),
        ("keys", '{"play": "F8"}'),
        ("keys", '{"play": [1]}'),
        ("keys", '{"play": ["Alt+<b>"]}'),
        ("keys", '{"play": ["Hyper+F8"]}'),
        ("keys", json.dumps({"play": ["F8"] * 9})),
        ("keys", json.dumps({f"command_{n}": [] for n in range(201)})),
    ],
)
def test_nonsense_is_refused_whole(lins_client: Client, lin: User, field: str, value: str) -> None:
    response: Any = lins_client.post(URL, {"space_plays": "true", field: value})
    assert (response.status_code, list(response.json()["errors"])) == (422, [field])
    assert not Preferences.objects.exists()


# --- The language of mails ----------------------------------------------------------------------------------------


def language_of(user: User) -> str:
    return Preferences.objects.values_list("language", flat=True).get(user=user)


def sign_in(client: Client, language: str) -> None:
    form = {"username": "lin", "password": "correct horse"}
    response = client.post(reverse("account_login"), form, headers={"Accept-Language": language})
    assert response.status_code == 302


def test_language_of_the_first_sign_in_is_kept_until_another_is_chosen(lin: User) -> None:
    client = Client()
    sign_in(client, "zh-CN")
    sign_in(Client(), "en")  # on somebody else's computer
    assert language_of(lin) == "zh-hans"
    client.post(reverse("set_language"), {"language": "en"})
    assert language_of(lin) == "en"


def test_language_chosen_before_signing_in_is_kept(lin: User) -> None:
    sign_in(Client(), "en")
    client = Client()
    client.post(reverse("set_language"), {"language": "zh-hans"})
    sign_in(client, "en")
    assert language_of(lin) == "zh-hans"


@pytest.mark.parametrize("language", ["", "xx", "de", "zh"])
def test_language_that_the_site_does_not_have_is_not_kept(lins_client: Client, language: str) -> None:
    lins_client.post(reverse("set_language"), {"language": language})
    assert not Preferences.objects.exclude(language="").exists()


def test_settings_and_language_leave_each_other_alone(lins_client: Client, lin: User) -> None:
    lins_client.post(URL, {"speed": "75"})
    lins_client.post(reverse("set_language"), {"language": "zh-hans"})
    assert lins_client.post(URL, {"tab_plays": "true"}).json() == DEFAULTS | {"speed": 75, "tab_plays": True}
    assert language_of(lin) == "zh-hans"
