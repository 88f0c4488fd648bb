"""Accounts of another site open accounts here, switched on by the environment alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from tests.identity import IdentityServer, as_provider, identity_server
from tests.processes import Site, Visitor


@pytest.fixture(scope="module")
def company() -> Iterator[IdentityServer]:
    with identity_server() as server:
        yield server


@pytest.fixture(scope="module")
def site(company: IdentityServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site")
    site = Site(data, FLASH_API_KEY="key-of-the-tests", SOCIAL_PROVIDERS=as_provider(company))
    site.create_user("lin", "correct horse")
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def invitation(site: Site) -> str:
    """The address of a link into a project of Lin's, for as many people as like."""
    lin = Visitor(site.url, "lin", "correct horse")
    page = lin.post(f"{site.url}/projects/", data={"name": "Interviews"})
    project = re.search(r"/projects/\d+/", page.url)
    assert project is not None
    page = lin.post(f"{site.url}{project.group()}invitations/", data={"role": "editor", "days": "7", "people": "all"})
    link = re.search(r"/invitations/[^/\"<]+/", page.text)
    assert link is not None
    return f"{site.url}{link.group()}"


class Guest(requests.Session):
    """A browser without scripts: it sends forms and follows links and redirections."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.trust_env = False
        self.site = site

    def go_on(self, process: str = "login") -> requests.Response:
        """Presses the provider's button; the policy of the page lets no form lead to another site."""
        page = self.get(f"{self.site.url}/accounts/{'login' if process == 'login' else '3rdparty'}/", timeout=120).text
        form = re.search(r'action="(/accounts/oidc/company/login/[^"]*)"', page)
        assert form is not None
        token = self.cookies["csrftoken"]
        address = f"{self.site.url}{form.group(1).replace('&amp;', '&')}"
        leaving = self.post(address, data={"csrfmiddlewaretoken": token}, timeout=120, allow_redirects=False)
        assert leaving.status_code == 200
        link = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]+)"', leaving.text)
        assert link is not None
        return self.get(link.group(1).replace("&amp;", "&"), timeout=120)

    def name(self) -> str:
        found = re.search(r'<span class="label">([^<]+)</span>', self.get(f"{self.site.url}/", timeout=120).text)
        return found.group(1) if found else ""


@pytest.fixture(autouse=True)
def somebody(company: IdentityServer) -> None:
    company.person = {"sub": "7", "preferred_username": "wei", "email": "wei@example.org"}


def test_provider_makes_an_account_for_who_is_invited_and_opens_it_again(site: Site, invitation: str) -> None:
    guest = Guest(site)
    assert "You need an invitation to create an account" in guest.go_on().text
    assert guest.name() == "Settings"
    guest.get(invitation, timeout=120)
    assert "You are now a member of “Interviews”." in guest.go_on().text
    assert guest.name() == "wei"
    again = Guest(site)
    again.go_on()
    assert again.name() == "wei"
    page = again.get(f"{site.url}/accounts/", timeout=120).text
    assert ("Company" in page, "This account has no password yet" in page) == (True, False)


def test_address_that_somebody_has_elsewhere_opens_no_account_here(
    site: Site, company: IdentityServer, invitation: str
) -> None:
    """Who has Lin's address at the provider is asked for another one, and is not let in as Lin."""
    company.person = {"sub": "8", "preferred_username": "lin", "email": "lin@example.org"}
    guest = Guest(site)
    guest.get(invitation, timeout=120)
    assert guest.go_on().url == f"{site.url}/accounts/3rdparty/signup/"
    form = {"username": "lin2", "email": "lin@example.org", "csrfmiddlewaretoken": guest.cookies["csrftoken"]}
    page = guest.post(f"{site.url}/accounts/3rdparty/signup/", data=form, timeout=120)
    assert "An account already exists with this email address." in page.text
    assert guest.name() == "Settings"
    guest.post(f"{site.url}/accounts/3rdparty/signup/", data={**form, "email": ""}, timeout=120)
    assert guest.name() == "lin2"


def test_provider_is_linked_with_an_account_and_unlinked(site: Site, company: IdentityServer) -> None:
    company.person = {"sub": "9", "preferred_username": "another", "email": "another@example.org"}
    lin = Guest(site)
    lin.get(f"{site.url}/accounts/login/", timeout=120)
    sign_in = {"username": "lin", "password": "correct horse", "csrfmiddlewaretoken": lin.cookies["csrftoken"]}
    lin.post(f"{site.url}/accounts/login/", data=sign_in, timeout=120)
    back = lin.go_on("connect")
    if "/reauthenticate/" in back.url:
        again = {"password": "correct horse", "csrfmiddlewaretoken": lin.cookies["csrftoken"]}
        back = lin.post(back.url, data=again, timeout=120)
    assert "The account was linked." in back.text
    other = Guest(site)
    other.go_on()
    assert other.name() == "lin"
    pk = re.search(r'name="account" value="(\d+)"', back.text)
    assert pk is not None
    form = {"account": pk.group(1), "csrfmiddlewaretoken": lin.cookies["csrftoken"]}
    assert "None yet." in lin.post(f"{site.url}/accounts/3rdparty/", data=form, timeout=120).text


def test_who_says_no_at_the_provider_is_told_so(site: Site, company: IdentityServer) -> None:
    company.person = None
    guest = Guest(site)
    page = guest.go_on()
    assert (page.url, "Sign-in was not completed" in page.text) == (
        f"{site.url}/accounts/3rdparty/login/cancelled/",
        True,
    )
    assert guest.name() == "Settings"


def test_provider_that_does_not_answer_is_no_error_of_ours(site: Site, company: IdentityServer) -> None:
    company.is_down = True
    guest = Guest(site)
    guest.get(f"{site.url}/accounts/login/", timeout=120)
    form = {"csrfmiddlewaretoken": guest.cookies["csrftoken"]}
    page = guest.post(f"{site.url}/accounts/oidc/company/login/", data=form, timeout=120)
    company.is_down = False
    assert (page.status_code, "Sign-in was not completed" in page.text) == (502, True)
