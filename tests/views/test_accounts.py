"""The first account, signing in and out, and what people change about their accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.urls.resolvers import RegexPattern

from transcripts.enums import Role
from transcripts.models import Mail, Membership
from transcripts.services.accounts import accounts
from transcripts.services.accounts.accounts import WaysIn, make_first_sign_in_token
from transcripts.services.accounts.deferred import wait_until_done
from transcripts.services.projects.projects import create_project

pytestmark = pytest.mark.long

# Those of django-allauth: name -> status for nobody (302 leads to signing in), and for a person who is signed in.
ADDRESSES = {
    "account_login": (200, 302),
    "account_logout": (302, 200),
    "account_inactive": (200, 200),
    "account_signup": (200, 302),
    "account_reauthenticate": (302, 200),
    "account_email": (302, 200),
    "account_email_verification_sent": (200, 200),
    "account_change_password": (302, 200),
    "account_set_password": (302, 302),
    "account_reset_password": (200, 200),
    "account_confirm_login_code": (302, 302),
    "account_confirm_email": (200, 200),
    "account_reset_password_from_key_done": (200, 200),
    "account_reset_password_from_key": (200, 200),
    "account_reset_password_done": (200, 200),
    "mfa_index": (302, 200),
    "mfa_authenticate": (302, 302),
    "mfa_reauthenticate": (302, 302),
    "mfa_activate_totp": (302, 200),
    "mfa_deactivate_totp": (302, 404),
    "mfa_view_recovery_codes": (302, 404),
    "mfa_generate_recovery_codes": (302, 200),
    "mfa_download_recovery_codes": (302, 404),
    "socialaccount_login_cancelled": (200, 200),
    "socialaccount_login_error": (401, 401),
    "socialaccount_signup": (302, 302),
    "socialaccount_connections": (302, 200),
}
ARGUMENTS = {"account_confirm_email": ["x"], "account_reset_password_from_key": ["1", "x"]}
NEW = {"username": "wei", "password1": "correct horse 1", "password2": "correct horse 1"}


@pytest.fixture(autouse=True)
def unhurried(settings: Any) -> Iterator[None]:
    """No attempt of another test counts, and mails are kept in memory."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    yield
    wait_until_done()


@pytest.fixture
def signed_in(lin: User) -> Client:
    """Lin, who has given the password once more a moment ago."""
    client = Client()
    client.post("/accounts/login/", {"username": "lin", "password": "correct horse"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse"})
    return client


@pytest.fixture
def address_of_lin(lin: User) -> str:
    """Lin's address, confirmed."""
    lin.email = "lin@example.org"
    lin.save()
    EmailAddress.objects.create(user=lin, email=lin.email, primary=True, verified=True)
    return lin.email


def address(name: str) -> str:
    return reverse(name, args=ARGUMENTS.get(name, []))


def link_in_mail() -> str:
    """The path of the link in the newest mail."""
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found.group(1)


@pytest.fixture
def link(db: None) -> str:
    token = make_first_sign_in_token()
    assert token is not None
    return reverse("first_sign_in", args=[token])


def whoami(client: Client) -> str:
    return str(client.get("/").context["user"]) if client.get("/").status_code == 200 else ""


def test_first_link_signs_the_administrator_in_once(client: Client, link: str) -> None:
    response = client.get(link)
    assert (response.status_code, response.url) == (302, "/")
    assert whoami(client) == "admin"
    assert "This account has no password yet" in client.get("/").text
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
    assert "This account has no password yet" not in client.get("/").text
    assert client.get(reverse("account")).status_code == 200
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


def names_of(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= names_of(pattern.url_patterns)
        elif pattern.name:
            found.add(pattern.name)
    return found


def test_every_address_of_accounts_stands_in_the_table() -> None:
    resolvers = [
        one
        for one in URLResolver(RegexPattern(""), "transcripts.urls.accounts").url_patterns
        if str(one.pattern) == "accounts/"
    ]
    assert names_of([one for one in resolvers if isinstance(one, URLResolver)]) == ADDRESSES.keys()


@pytest.mark.parametrize("name", ADDRESSES)
def test_addresses_of_accounts_are_open_to_whom_they_are_meant_for(
    client: Client, signed_in: Client, name: str
) -> None:
    found = client.get(address(name)).status_code, signed_in.get(address(name)).status_code
    assert found == ADDRESSES[name]


@pytest.mark.parametrize("name", [name for name, (_nobody, person) in ADDRESSES.items() if person == 200])
def test_pages_of_accounts_hold_no_script_or_style_of_their_own(client: Client, signed_in: Client, name: str) -> None:
    for visitor in (client, signed_in):
        page = visitor.get(address(name), follow=True).text
        assert re.findall(r"<style|\son\w+=|\sstyle=|javascript:", page) == []
        assert page.count("<h1>") == 1


@pytest.mark.parametrize("name", ["account_login", "account_logout", "account_signup", "account_change_password"])
def test_forms_of_accounts_need_the_token_of_the_page(lin: User, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(lin)
    assert client.post(address(name), {}).status_code == 403


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


@pytest.mark.parametrize("name", ["LIN", " lin ", "lin@example.org", "Lin@Example.org"])
def test_sign_in_takes_the_name_or_the_address(client: Client, lin: User, name: str) -> None:
    lin.email = "lin@example.org"
    lin.save()
    client.post("/accounts/login/", {"username": name, "password": "correct horse"})
    assert whoami(client) == "lin"


def test_sign_in_without_a_name_says_what_is_missing(client: Client, lin: User) -> None:
    page = client.post("/accounts/login/", {"password": "correct horse"})
    assert page.context["form"].errors == {"username": ["This field is required."]}


def test_sign_in_of_a_closed_account_is_told_so(client: Client, lin: User) -> None:
    lin.is_active = False
    lin.save()
    page = client.post("/accounts/login/", {"username": "lin", "password": "correct horse"}, follow=True)
    assert ("This account is closed" in page.text, whoami(client)) == (True, "")


def try_passwords(client: Client, number: int, *names: str, **where: Any) -> None:
    for turn in range(number):
        client.post("/accounts/login/", {"username": names[turn % len(names)], "password": "wrong"}, **where)


def test_sixty_wrong_passwords_keep_out_who_tried_them_and_nobody_elsewhere(
    client: Client, lin: User, ana: User
) -> None:
    here, elsewhere = {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": "192.0.2.2"}
    right = {"username": "lin", "password": "correct horse"}
    try_passwords(client, 60, "lin", **here)
    page = client.post("/accounts/login/", right, **here)
    assert ("Too many attempts." in page.text, whoami(client)) == (True, "")
    client.post("/accounts/login/", {"username": "ana", "password": "battery staple"}, **here)
    assert whoami(client) == "ana"
    other = Client()
    other.post("/accounts/login/", right, **elsewhere)
    assert whoami(other) == "lin"


def test_user_name_and_mail_address_are_one_account(client: Client, lin: User, address_of_lin: str) -> None:
    names = ("lin", "LIN", address_of_lin, "Lin@Example.org")
    try_passwords(client, 60, *names)
    for name in names:
        page = client.post("/accounts/login/", {"username": name, "password": "correct horse"})
        assert ("Too many attempts." in page.text, whoami(client)) == (True, "")


@pytest.mark.drill
def test_wrong_passwords_for_many_names_slow_down_their_address(client: Client, lin: User) -> None:
    try_passwords(client, 300, *(f"person{number}" for number in range(10)), REMOTE_ADDR="192.0.2.1")
    right = {"username": "lin", "password": "correct horse"}
    for address, name in (("192.0.2.1", ""), ("192.0.2.2", "lin")):
        client.post("/accounts/login/", right, REMOTE_ADDR=address)
        assert whoami(client) == name


def test_right_passwords_are_not_counted(client: Client, lin: User) -> None:
    for _number in range(70):
        Client().post("/accounts/login/", {"username": "lin", "password": "correct horse"})
    client.post("/accounts/login/", {"username": "lin", "password": "correct horse"})
    assert whoami(client) == "lin"


def test_limit_of_an_address_answers_429_with_a_page(client: Client, db: None, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    client.post("/accounts/password/reset/", {"email": "a@example.org"})
    page = client.post("/accounts/password/reset/", {"email": "a@example.org"})
    assert (page.status_code, "Wait a few minutes" in page.text) == (429, True)


def test_administration_asks_for_the_sign_in_form_with_its_limits(client: Client, db: None) -> None:
    page: Any = client.get("/admin/login/?next=/admin/")
    assert (page.status_code, page.url) == (302, "/accounts/login/?next=%2Fadmin%2F")


def test_account_says_what_opens_it(signed_in: Client, lin: User) -> None:
    assert signed_in.get("/accounts/").context["ways"] == WaysIn(
        email="", email_is_confirmed=False, has_password=True, has_second_step=False, linked=[]
    )
    EmailAddress.objects.create(user=lin, email="lin@example.org", primary=True, verified=True)
    ways = signed_in.get("/accounts/").context["ways"]
    assert (ways.email, ways.email_is_confirmed) == ("lin@example.org", True)


def test_password_is_changed_and_other_browsers_are_signed_out(
    signed_in: Client, lins_client: Client, lin: User
) -> None:
    form = {"oldpassword": "correct horse", "password1": "correct horse 2", "password2": "correct horse 2"}
    response: Any = signed_in.post("/accounts/password/change/", form)
    assert (response.status_code, response.url) == (302, "/accounts/")
    lin.refresh_from_db()
    assert lin.check_password("correct horse 2")
    assert (whoami(signed_in), whoami(lins_client)) == ("lin", "")


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        (
            {"oldpassword": "wrong", "password1": "correct horse 2", "password2": "correct horse 2"},
            {"oldpassword": ["Wrong password."]},
        ),
        (
            {"oldpassword": "correct horse", "password1": "correct horse 2", "password2": "correct horse 3"},
            {"password2": ["You must type the same password each time."]},
        ),
        (
            {"oldpassword": "correct horse", "password1": "12345678", "password2": "12345678"},
            {"password1": ["This password is too common.", "This password is entirely numeric."]},
        ),
    ],
)
def test_password_that_cannot_be_is_refused(signed_in: Client, lin: User, form: Any, errors: Any) -> None:
    assert signed_in.post("/accounts/password/change/", form).context["form"].errors == errors
    lin.refresh_from_db()
    assert lin.check_password("correct horse")


@pytest.mark.django_db(transaction=True)
def test_forgotten_password_is_chosen_anew_by_a_link_once(client: Client, lin: User, address_of_lin: str) -> None:
    asked: Any = client.post("/accounts/password/reset/", {"email": "LIN@example.org"})
    wait_until_done()
    assert asked.url == "/accounts/password/reset/done/"
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("Flashweb: choose a new password", ["lin@example.org"])
    link = link_in_mail()
    page = client.get(link, follow=True)
    form = {"password1": "correct horse 2", "password2": "correct horse 2"}
    done = client.post(page.redirect_chain[-1][0], form, follow=True)
    assert "Sign in with your new password" in done.text
    lin.refresh_from_db()
    assert lin.check_password("correct horse 2")
    assert "This link is no longer valid" in Client().get(link, follow=True).text


@pytest.mark.django_db(transaction=True)
def test_forgotten_password_of_nobody_looks_the_same_and_sends_nothing(client: Client) -> None:
    asked: Any = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    wait_until_done()
    assert (asked.status_code, asked.url, mail.outbox) == (302, "/accounts/password/reset/done/", [])


@pytest.mark.django_db(transaction=True)
def test_mails_wait_for_a_mail_server_that_is_away(
    signed_in: Client, lin: User, address_of_lin: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No page waits for it, or tells by waiting whether there is an account."""
    settings.EMAIL_BACKEND, settings.MAIL_IS_KEPT = "transcripts.services.mails.Outbox", False
    page = signed_in.post("/accounts/email/", {"email": "lin@example.net", "action_add": ""}, follow=True)
    assert "lin@example.net is not verified yet" in page.text
    Client().post("/accounts/password/reset/", {"email": "lin@example.org"})
    wait_until_done()
    assert [waiting.to for waiting in Mail.objects.order_by("pk")] == ["lin@example.net", "lin@example.org"]


def test_pages_say_where_mail_lies_that_nobody_gets(client: Client, db: None, settings: Any) -> None:
    assert "This site does not send email" in client.get("/accounts/password/reset/").text
    settings.MAIL_IS_KEPT = False
    assert "This site does not send email" not in client.get("/accounts/password/reset/").text


def test_address_is_changed_when_its_link_is_opened(signed_in: Client, lin: User, address_of_lin: str) -> None:
    page = signed_in.post("/accounts/email/", {"email": "lin@example.net", "action_add": ""}, follow=True)
    assert "lin@example.net is not verified yet" in page.text
    lin.refresh_from_db()
    assert (lin.email, mail.outbox[-1].to) == ("lin@example.org", ["lin@example.net"])
    link = link_in_mail()
    assert "lin@example.net will be the email address" in signed_in.get(link).text
    signed_in.post(link)
    lin.refresh_from_db()
    assert lin.email == "lin@example.net"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("lin@example.net", True)]
    assert signed_in.get("/accounts/").context["ways"].email == "lin@example.net"


def test_address_is_kept_by_whoever_thinks_better_of_it(signed_in: Client, lin: User, address_of_lin: str) -> None:
    signed_in.post("/accounts/email/", {"email": "lin@example.net", "action_add": ""})
    assert EmailAddress.objects.count() == 2
    signed_in.post("/accounts/email/", {"email": "lin@example.net", "action_remove": ""})
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["lin@example.org"]


def test_address_is_changed_only_after_the_password_was_given_again(lins_client: Client, lin: User) -> None:
    """A browser that was left open is not enough."""
    form = {"email": "lin@example.net", "action_add": ""}
    asked: Any = lins_client.post("/accounts/email/", form)
    assert asked.url == "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F"
    wrong = lins_client.post(asked.url, {"password": "wrong", "next": "/accounts/email/"})
    assert wrong.context["form"].errors == {"password": ["Wrong password."]}
    assert not EmailAddress.objects.exists()
    lins_client.post(asked.url, {"password": "correct horse", "next": "/accounts/email/"})
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("lin@example.net", False)]


def test_sign_out_ends_the_session(lins_client: Client) -> None:
    response: Any = lins_client.post("/accounts/logout/")
    assert (response.status_code, response.url, whoami(lins_client)) == (302, "/accounts/login/", "")


def test_name_is_changed_and_signed_in_with(signed_in: Client, lin: User) -> None:
    changed: Any = signed_in.post("/accounts/name/", {"username": " Lin_明 "})
    assert (changed.status_code, changed.url, whoami(signed_in)) == (302, "/accounts/", "Lin_明")
    client = Client()
    client.post("/accounts/login/", {"username": "Lin_明", "password": "correct horse"})
    assert whoami(client) == "Lin_明"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "This field is required."),
        ("ANA", "A user with that username already exists."),
        ("lin lin", "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."),
    ],
)
def test_name_that_cannot_be_is_refused(signed_in: Client, lin: User, ana: User, name: str, error: str) -> None:
    page = signed_in.post("/accounts/name/", {"username": name})
    assert (page.status_code, page.context["form"].errors) == (422, {"username": [error]})
    lin.refresh_from_db()
    assert lin.username == "lin"


def test_own_name_is_written_otherwise(signed_in: Client, lin: User) -> None:
    assert signed_in.post("/accounts/name/", {"username": "LIN"}).status_code == 302
    assert whoami(signed_in) == "LIN"


def test_account_is_deleted_once_its_owner_has_said_so(signed_in: Client, lin: User, ana: User) -> None:
    page = signed_in.get("/accounts/delete/")
    assert (page.status_code, "What is deleted" in page.text, "What is kept" in page.text) == (200, True, True)
    for name in ("", "ana"):
        assert signed_in.post("/accounts/delete/", {"username": name}).status_code == 422
    page = signed_in.post("/accounts/delete/", {"username": "lin"}, follow=True)
    assert (page.redirect_chain, "Your account was deleted." in page.text) == ([("/accounts/login/", 302)], True)
    assert (whoami(signed_in), list(User.objects.all())) == ("", [ana])


def test_account_is_not_deleted_by_who_does_not_know_the_password(lins_client: Client, lin: User) -> None:
    answer: Any = lins_client.post("/accounts/delete/", {"username": "lin"})
    assert (answer.status_code, answer.url.startswith("/accounts/reauthenticate/")) == (302, True)
    assert User.objects.filter(pk=lin.pk).exists()


def test_account_on_which_others_depend_is_not_deleted(signed_in: Client, lin: User, ana: User) -> None:
    project = create_project(name="Interviews", by=lin)
    Membership.objects.create(project=project, user=ana, role=Role.EDITOR)
    User.objects.filter(pk=lin.pk).update(is_superuser=True)
    for page in (signed_in.get("/accounts/delete/"), signed_in.post("/accounts/delete/", {"username": "lin"})):
        assert ("Interviews" in page.text, "only administrator" in page.text) == (True, True)
        assert "Delete my account" not in page.text
    assert User.objects.filter(pk=lin.pk).exists()
