"""Who may make an account, and what comes of it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.services.at_once import at_once
from transcripts.enums import Role
from transcripts.models import Membership, Project
from transcripts.services.accounts.adapter import AccountAdapter
from transcripts.services.projects.invitations import SESSION_KEY, create_invitation, revoke_invitation

FORM = {"username": "wei", "email": "", "password1": "correct horse 1", "password2": "correct horse 1"}


@pytest.fixture(autouse=True)
def unhurried(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()


@pytest.fixture
def project(lin: User) -> Project:
    project = Project.objects.create(name="Interviews")
    Membership.objects.create(project=project, user=lin, role=Role.OWNER)
    return project


@pytest.fixture
def token(project: Project, lin: User) -> str:
    """Of an invitation for one person."""
    return create_invitation(project=project, role=Role.EDITOR, days=7, once=True, by=lin).token


def follow(client: Client, token: str) -> Any:
    return client.get(reverse("invitation", args=[token]))


def test_nobody_signs_up_without_an_invitation(client: Client, db: None) -> None:
    page = client.get("/accounts/signup/")
    assert "You need an invitation to create an account" in page.text
    assert "/accounts/signup/" not in client.get("/accounts/login/").text
    assert "You need an invitation to create an account" in client.post("/accounts/signup/", FORM).text
    assert not User.objects.exists()


def test_invitation_makes_an_account_that_is_a_member(client: Client, token: str, project: Project) -> None:
    assert reverse("account_signup") in follow(client, token).text
    assert "/accounts/signup/" in client.get("/accounts/login/").text
    done = client.post("/accounts/signup/", FORM, follow=True)
    assert done.redirect_chain == [(f"/?project={project.pk}", 302)]
    assert "You are now a member of “Interviews”." in done.text
    assert list(project.memberships.values_list("user__username", "role")) == [("lin", "owner"), ("wei", "editor")]
    assert str(client.get("/").context["user"]) == "wei"
    assert SESSION_KEY not in client.session


def test_invitation_for_one_makes_one_account(client: Client, token: str) -> None:
    other = Client()
    follow(other, token)
    follow(client, token)
    client.post("/accounts/signup/", FORM)
    assert (
        "You need an invitation to create an account"
        in other.post("/accounts/signup/", {**FORM, "username": "eva"}).text
    )
    assert set(User.objects.values_list("username", flat=True)) == {"lin", "wei"}


@pytest.mark.long
@pytest.mark.parametrize("sign_up_is_open", [False, True])
def test_invitation_for_one_makes_one_account_of_two_at_once(
    transactional_db: None, lin: User, token: str, project: Project, settings: Any, sign_up_is_open: bool
) -> None:
    """Both have been let in to the form before either account is stored."""
    settings.SIGN_UP_IS_OPEN = sign_up_is_open
    both_are_in = threading.Barrier(2)
    is_open = AccountAdapter.is_open_for_signup

    def wait_for_the_other(adapter: AccountAdapter, request: Any) -> bool:
        answer = is_open(adapter, request)
        if request.method == "POST":
            both_are_in.wait(30)
        return answer

    visitors = {name: Client() for name in ("wei", "eva")}
    for visitor in visitors.values():
        follow(visitor, token)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AccountAdapter, "is_open_for_signup", wait_for_the_other)
        answers: list[Any] = at_once(
            *(
                lambda name=name, visitor=visitor: visitor.post("/accounts/signup/", {**FORM, "username": name})
                for name, visitor in visitors.items()
            )
        )
    last = "/" if sign_up_is_open else reverse("account_signup")
    assert sorted(answer.url for answer in answers) == sorted([f"/?project={project.pk}", last])
    made = set(User.objects.values_list("username", flat=True))
    assert (len(made), project.memberships.count()) == (3 if sign_up_is_open else 2, 2)
    (late,) = [visitor for visitor, answer in zip(visitors.values(), answers, strict=True) if answer.url == last]
    assert "The last use of this invitation was just taken." in late.get(last).text


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_invitation_that_has_ended_opens_nothing(
    client: Client, token: str, project: Project, lin: User, end: str
) -> None:
    follow(client, token)
    if end == "expired":
        project.invitations.update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        revoke_invitation(invitation=project.invitations.get(), by=lin)
    assert "You need an invitation to create an account" in client.post("/accounts/signup/", FORM).text
    assert not User.objects.filter(username="wei").exists()


def test_invitation_of_nobody_is_not_believed(client: Client, db: None) -> None:
    session = client.session
    session[SESSION_KEY] = "forged"
    session.save()
    assert "You need an invitation to create an account" in client.post("/accounts/signup/", FORM).text


def test_who_signs_in_with_an_invitation_at_hand_gets_to_see_it(client: Client, token: str, ana: User) -> None:
    follow(client, token)
    response: Any = client.post("/accounts/login/", {"username": "ana", "password": "battery staple"})
    assert response.url == reverse("invitation", args=[token])
    client.post(response.url)
    client.post("/accounts/logout/")
    response = client.post("/accounts/login/", {"username": "ana", "password": "battery staple"})
    assert response.url == "/"


def test_everybody_signs_up_where_the_setting_opens_it(client: Client, db: None, settings: Any) -> None:
    settings.SIGN_UP_IS_OPEN = True
    assert "/accounts/signup/" in client.get("/accounts/login/").text
    done = client.post("/accounts/signup/", {**FORM, "email": "Wei@example.org"})
    assert (done.status_code, done.url) == (302, "/")  # type: ignore[attr-defined]
    user = User.objects.get()
    assert (user.username, user.email, user.is_staff, user.is_superuser) == ("wei", "wei@example.org", False, False)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("wei@example.org", False)]
    assert (mail.outbox[0].subject, mail.outbox[0].to) == ("Flashweb: verify your email address", ["wei@example.org"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "LIN"}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
        ({"email": "nonsense"}, "email"),
        ({"email": "lin@example.org"}, "email"),
        ({"password1": "12345678", "password2": "12345678"}, "password1"),
        ({"password2": "another"}, "password2"),
    ],
)
def test_account_that_cannot_be_is_not_made(
    client: Client, lin: User, settings: Any, change: dict[str, str], field: str
) -> None:
    settings.SIGN_UP_IS_OPEN = True
    EmailAddress.objects.create(user=lin, email="lin@example.org", primary=True, verified=True)
    page = client.post("/accounts/signup/", {**FORM, **change})
    assert (page.status_code, list(page.context["form"].errors)) == (200, [field])
    assert User.objects.count() == 1


def test_chinese_names_are_names(client: Client, db: None, settings: Any) -> None:
    settings.SIGN_UP_IS_OPEN = True
    client.post("/accounts/signup/", {**FORM, "username": "王伟"})
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"username": "王伟", "password": "correct horse 1"})
    assert str(client.get("/").context["user"]) == "王伟"


def test_address_is_asked_for_where_mail_is_sent(client: Client, db: None, settings: Any) -> None:
    settings.SIGN_UP_IS_OPEN = True
    assert client.get("/accounts/signup/").context["form"]["email"].label == "Email (optional)"
    settings.ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
    assert client.get("/accounts/signup/").context["form"]["email"].label == "Email"
    assert list(client.post("/accounts/signup/", FORM).context["form"].errors) == ["email"]


# --- What the page says -------------------------------------------------------------------------------------------

WHAT_IT_IS = "Flashweb turns recordings into transcripts."
NOT_SENT = "This site sends no email: messages for you are kept on the server"


def test_invited_are_told_by_whom_to_what(client: Client, token: str, lin: User) -> None:
    invitation = follow(client, token).text
    page = client.get("/accounts/signup/").text
    assert WHAT_IT_IS in invitation
    assert WHAT_IT_IS in page
    assert "lin invites you to the project “Interviews”. Your role: Editor." in page
    client.force_login(lin)
    assert WHAT_IT_IS not in follow(client, token).text


def test_who_needs_no_invitation_is_told_what_it_is(client: Client, db: None, settings: Any) -> None:
    settings.SIGN_UP_IS_OPEN = True
    page = client.get("/accounts/signup/").text
    assert (WHAT_IT_IS in page, "invites you" in page) == (True, False)


@pytest.mark.parametrize("kept", [True, False])
def test_pages_say_what_becomes_of_mail(client: Client, token: str, settings: Any, kept: bool) -> None:
    settings.MAIL_IS_KEPT = kept
    follow(client, token)
    page = client.get("/accounts/signup/").text
    assert (NOT_SENT in page, "It gets a link to verify it" in page) == (kept, not kept)
    done = client.post("/accounts/signup/", {**FORM, "email": "wei@example.org"}, follow=True).text
    told = "this site does not send email. Ask the administrator for the link."
    assert (f"wei@example.org is not verified yet: {told}" in done) == kept
    assert ("A verification link was sent to wei@example.org." in done) == (not kept)
    page = client.get("/accounts/email/").text
    assert (told in page, "Open the link in the message sent to it." in page) == (kept, not kept)
    client.logout()
    for address in ("/accounts/password/reset/", "/accounts/password/reset/done/"):
        assert ("This site does not send email" in client.get(address).text) == kept
