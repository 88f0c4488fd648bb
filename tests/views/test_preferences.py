from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.services.accounts.test_preferences import DEFAULTS
from transcripts.models import Preferences

URL = "/preferences/"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_one_reads_and_changes_his_own(lins_client: Client, stranger: Client, headers: dict[str, str]) -> None:
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
