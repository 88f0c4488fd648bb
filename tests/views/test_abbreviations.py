"""A person's abbreviations: added, changed, deleted, brought in and out as CSV."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html

from tests.services.accounts.test_preferences import DEFAULTS
from transcripts.models import Preferences
from transcripts.services.accounts.preferences import change_preferences, get_abbreviations

URL = "/accounts/abbreviations/"
TABLE = "/accounts/abbreviations.csv"
IMPORT = f"{URL}import/"


def errors_of(response: Any) -> list[str]:
    assert response.status_code == 422
    return [error.text_content().strip() for error in html.fromstring(response.content).find_class("error")]


def add(client: Client, abbreviation: str, expansion: str, **more: str) -> Any:
    return client.post(URL, {"abbreviation": abbreviation, "expansion": expansion, **more})


def upload(client: Client, content: str | bytes) -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(IMPORT, {"file": SimpleUploadedFile("own.csv", data)}, follow=True)


def test_people_add_change_and_delete_their_own(lins_client: Client, stranger: Client, lin: User) -> None:
    assert add(lins_client, " ；ｆｗ ", "Flashweb").status_code == 302
    assert add(lins_client, ";b", "  by\tthe \n way ").status_code == 302
    assert get_abbreviations(lin) == {";b": "by the way", ";fw": "Flashweb"}
    assert add(lins_client, ";bw", "by the way", was=";b").status_code == 302
    assert add(lins_client, ";fw", "Flash web", was=";fw").status_code == 302
    assert get_abbreviations(lin) == {";bw": "by the way", ";fw": "Flash web"}
    page = html.fromstring(lins_client.get(URL).content)
    assert [field.get("value") for field in page.xpath("//ul//input[@name='expansion']")] == ["by the way", "Flash web"]
    assert lins_client.post(URL, {"delete": ";bw"}).status_code == 302
    assert get_abbreviations(lin) == {";fw": "Flash web"}
    assert b"Flash web" not in stranger.get(URL).content


@pytest.mark.parametrize(
    ("abbreviation", "expansion", "error"),
    [
        ("", "Flashweb", "Enter what you will type."),
        (";x", " ", "Enter what it becomes."),
        ("f w", "Flashweb", "An abbreviation has no spaces: a space ends it."),
        ("ｆ\u3000w", "Flashweb", "An abbreviation has no spaces: a space ends it."),
        (";", "Flashweb", "Use at least two characters: a single one would change ordinary text."),
        (";" * 31, "Flashweb", "An abbreviation has at most 30 characters."),
        (";x", "x" * 301, "An abbreviation becomes at most 300 characters."),
        (";x", ";x", "This is the abbreviation itself."),
        ("；fw", "Other", "You have this abbreviation already. Change it in the list."),
    ],
)
def test_what_cannot_be_one_is_refused(
    lins_client: Client, lin: User, abbreviation: str, expansion: str, error: str
) -> None:
    change_preferences(by=lin, abbreviations={";fw": "Flashweb", ";y": "why"})
    assert errors_of(add(lins_client, abbreviation, expansion)) == [error]
    assert errors_of(add(lins_client, abbreviation, expansion, was=";y")) == [error]
    assert get_abbreviations(lin) == {";fw": "Flashweb", ";y": "why"}


@pytest.mark.long
def test_there_is_room_for_200(lins_client: Client, lin: User) -> None:
    change_preferences(by=lin, abbreviations={f";{number}": "x" for number in range(200)})
    full = ["There is room for 200 abbreviations. Delete one that you no longer use."]
    assert errors_of(add(lins_client, ";fw", "Flashweb")) == full
    assert add(lins_client, ";fw", "Flashweb", was=";0").status_code == 302
    assert errors_of(upload(lins_client, ";new,x")) == full


def test_what_went_out_as_csv_comes_in_again(lins_client: Client, lin: User) -> None:
    own = {";fw": "Flashweb", "=x": '"equal", they said', "火速": "以最快的速度"}
    change_preferences(by=lin, abbreviations=own)
    response = lins_client.get(TABLE)
    assert response["Content-Disposition"].startswith('attachment; filename="abbreviations-')
    assert b"'=x" in response.content
    Preferences.objects.update(abbreviations={";fw": "another", ";y": "why"})
    assert b"3 abbreviations were imported." in upload(lins_client, response.content).content
    assert get_abbreviations(lin) == own | {";y": "why"}


@pytest.mark.parametrize(
    "table",
    [
        ";fw,Flashweb\n;b,by the way",
        "shortcut\tphrase\n;fw\tFlashweb\n;b\tby the way",
        '";fw";Flashweb\n";b";by the way',
    ],
)
def test_tables_of_other_programs_come_in(lins_client: Client, lin: User, table: str) -> None:
    upload(lins_client, table)
    assert get_abbreviations(lin) == {";b": "by the way", ";fw": "Flashweb"}


def test_bad_lines_are_left_out_and_told(lins_client: Client, lin: User) -> None:
    page = upload(lins_client, ";fw,Flashweb\nx,one letter\n;y,").content.decode()
    assert "1 abbreviation was imported." in page
    assert "x: Use at least two characters: a single one would change ordinary text." in page
    assert ";y: Enter what it becomes." in page
    assert get_abbreviations(lin) == {";fw": "Flashweb"}


@pytest.mark.parametrize("content", ["", " \n", "x," * 200_000])
def test_unreadable_files_are_refused(lins_client: Client, lin: User, content: str) -> None:
    assert errors_of(upload(lins_client, content))
    assert get_abbreviations(lin) == {}


def test_the_editor_gets_them_with_the_preferences(lins_client: Client, lin: User) -> None:
    change_preferences(by=lin, abbreviations={";fw": "Flashweb"}, speed=150)
    assert lins_client.get("/preferences/").json() == DEFAULTS | {"speed": 150, "abbreviations": {";fw": "Flashweb"}}
    lins_client.post("/preferences/", {"abbreviations": json.dumps({";x": "by another way"}), "speed": "75"})
    assert get_abbreviations(lin) == {";fw": "Flashweb"}


def test_the_account_says_how_many_there_are(lins_client: Client, lin: User) -> None:
    change_preferences(by=lin, abbreviations={";fw": "Flashweb"})
    page = html.fromstring(lins_client.get("/accounts/").content)
    link = page.xpath(f"//a[@href='{URL}']")[0]
    assert link.getparent().text_content().split() == ["1", "Change", "Abbreviations"]
