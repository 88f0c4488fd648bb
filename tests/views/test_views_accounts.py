from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from transcripts.services import accounts


@pytest.fixture
def link(db: None) -> str:
    token = accounts.first_sign_in_token()
    assert token is not None
    return reverse("first_sign_in", args=[token])


def whoami(client: Client) -> str:
    return str(client.get("/").context["user"]) if client.get("/").status_code == 200 else ""


def test_first_link_signs_the_administrator_in_once(client: Client, link: str) -> None:
    response = client.get(link)
    assert (response.status_code, response.url) == (302, "/")
    assert whoami(client) == "admin"
    assert 'href="/accounts/"' in client.get("/").text
    again = Client()
    response = again.get(link)
    assert (response.status_code, response.url, whoami(again)) == (302, "/accounts/login/", "")
    assert User.objects.count() == 1


@pytest.mark.parametrize("token", ["forged", "admin:1abcde:forged", "%2e%2e"])
def test_forged_link_leads_to_sign_in(client: Client, db: None, token: str) -> None:
    response = client.get(f"/accounts/first/{token}/")
    assert (response.status_code, response.url) == (302, "/accounts/login/")
    assert not User.objects.exists()


def test_link_older_than_a_day_leads_to_sign_in(client: Client, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "FIRST_SIGN_IN_SECONDS", -1)
    assert client.get(link).url == "/accounts/login/"  # type: ignore[attr-defined]
    assert not User.objects.exists()


def test_link_is_not_used_up_by_a_look_at_it(client: Client, link: str) -> None:
    """Mail and chat programs ask with HEAD for what a link is."""
    assert client.head(link).status_code == 302
    assert not User.objects.exists()
    assert client.post(link).status_code == 405


def test_account_of_the_first_link_gets_a_name_and_a_password(client: Client, link: str) -> None:
    client.get(link)
    assert client.get(reverse("account")).status_code == 200
    form = {"username": "lin", "password1": "correct horse 1", "password2": "correct horse 1"}
    response = client.post(reverse("account"), form)
    assert (response.status_code, response.url) == (302, "/")  # type: ignore[attr-defined]
    assert whoami(client) == "lin"
    assert 'href="/accounts/"' not in client.get("/").text
    assert client.get(reverse("account")).status_code == 302
    other = Client()
    assert other.login(username="lin", password="correct horse 1")
    assert (User.objects.count(), User.objects.get().is_superuser) == (1, True)


@pytest.mark.parametrize(
    "form",
    [
        {"username": "", "password1": "correct horse 1", "password2": "correct horse 1"},
        {"username": "lin", "password1": "correct horse 1", "password2": "another"},
        {"username": "lin", "password1": "12345678", "password2": "12345678"},
        {"username": "taken", "password1": "correct horse 1", "password2": "correct horse 1"},
        {},
    ],
)
def test_account_that_cannot_be_is_422(client: Client, link: str, form: dict[str, str]) -> None:
    client.get(link)
    User.objects.create_user("taken")
    response = client.post(reverse("account"), form)
    assert response.status_code == 422
    assert not User.objects.get(is_superuser=True).has_usable_password()
    assert User.objects.get(is_superuser=True).username == "admin"


def test_account_with_a_password_is_left_alone(lins_client: Client, lin: User) -> None:
    form = {"username": "root", "password1": "correct horse 1", "password2": "correct horse 1"}
    assert lins_client.post(reverse("account"), form).status_code == 302
    lin.refresh_from_db()
    assert (lin.username, lin.check_password("correct horse")) == ("lin", True)


def test_sign_in_leads_to_where_one_wanted_to_go(client: Client, lin: User) -> None:
    page = client.get("/accounts/login/?next=/recordings/x/")
    assert ('name="username"' in page.text, 'name="password"' in page.text) == (True, True)
    form = {"username": "lin", "password": "correct horse", "next": "/recordings/x/"}
    assert client.post("/accounts/login/", form).url == "/recordings/x/"  # type: ignore[attr-defined]
    assert client.get("/accounts/login/").status_code == 302


def test_sign_in_does_not_lead_elsewhere(client: Client, lin: User) -> None:
    form = {"username": "lin", "password": "correct horse", "next": "https://example.org/"}
    assert client.post("/accounts/login/", form).url == "/"  # type: ignore[attr-defined]


def test_wrong_password_signs_nobody_in(client: Client, lin: User) -> None:
    response = client.post("/accounts/login/", {"username": "lin", "password": "wrong"})
    assert (response.status_code, 'role="alert"' in response.text, whoami(client)) == (200, True, "")


def test_sign_out_ends_the_session(lins_client: Client) -> None:
    response: Any = lins_client.post("/accounts/logout/")
    assert (response.status_code, response.url, whoami(lins_client)) == (302, "/accounts/login/", "")
