"""Every page of accounts as people see it, from the first invitation to the second step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accessibility import PHONES, complaints, spilt
from tests.browser.people import NAME, PASSWORD, Troubles
from tests.identity import IdentityServer, as_provider, code_of, identity_server
from tests.processes import Site, Visitor

Visit = Callable[..., BrowserContext]
Open = Callable[[], Page]
Way = Iterator[tuple[str, Page]]


@pytest.fixture(scope="module")
def company() -> Iterator[IdentityServer]:
    with identity_server() as server:
        yield server


@pytest.fixture(scope="module")
def site(company: IdentityServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("accounts")
    site = Site(data, FLASH_API_KEY="key-of-the-tests", SOCIAL_PROVIDERS=as_provider(company))
    site.create_user(NAME, PASSWORD)
    site.start()
    yield site
    site.stop()


def invitation(site: Site) -> str:
    """The address of a new link into a new project, for one person."""
    lin = Visitor(site.url, NAME, PASSWORD)
    project = lin.post(f"{site.url}/projects/", data={"name": "Interviews"}).url.partition("?")[0]
    page = lin.post(f"{project}invitations/", data={"role": "editor", "days": "7", "people": "one"})
    link = re.search(r"/invitations/[^/\"<]+/", page.text)
    assert link is not None
    return f"{site.url}{link.group()}"


def link_in_mail(site: Site, subject: str) -> str:
    """That of the newest mail of this subject, which is kept before the page is answered."""
    kept = [line for line in site.manage("mails").splitlines() if f"  {subject}  " in line]
    link = re.search(r"http://\S+", site.manage("mails", kept[-1].split()[0]))
    assert link
    return link.group()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sees(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


def fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        page.locator(f"main [name={name}]").fill(text)


def signed_up(page: Page, site: Site, name: str) -> None:
    page.goto(invitation(site))
    page.get_by_role("link", name="Create an account").click()
    fill(page, username=name, email=f"{name}@example.org", password1="correct horse 1", password2="correct horse 1")
    press(page, "Create account")
    sees(page, "Recordings")


def before_signing_in(visit: Open, site: Site, company: IdentityServer) -> Way:
    page, accounts = visit(), f"{site.url}/accounts"
    page.goto(f"{accounts}/login/")
    yield "signing in", page
    fill(page, username="nobody", password="nothing")
    press(page, "Sign in")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "signing in in vain", page
    for title, path in (
        ("closed sign-up", "signup/"),
        ("forgotten password", "password/reset/"),
        ("mail of it", "password/reset/done/"),
        ("link that is over", "password/reset/key/1-x/"),
        ("confirmation that is over", "confirm-email/x/"),
        ("closed account", "inactive/"),
    ):
        page.goto(f"{accounts}/{path}")
        yield title, page


def of_signing_up(visit: Open, site: Site, company: IdentityServer) -> Way:
    page = visit()
    page.goto(invitation(site))
    page.get_by_role("link", name="Create an account").click()
    sees(page, "Create an account")
    yield "signing up", page
    fill(page, username="ida", email="ida@example.org", password1="12345678", password2="12345678")
    press(page, "Create account")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "signing up in vain", page
    fill(page, password1="correct horse 1", password2="correct horse 1")
    press(page, "Create account")
    sees(page, "Recordings")
    page.goto(f"{site.url}/accounts/")
    yield "account", page
    page.goto(f"{site.url}/accounts/logout/")
    yield "signing out", page


def of_the_address(visit: Open, site: Site, company: IdentityServer) -> Way:
    page, accounts, name = visit(), f"{site.url}/accounts", "eva"
    signed_up(page, site, name)
    page.goto(f"{accounts}/email/")
    yield "address to be confirmed", page
    page.goto(link_in_mail(site, "Flashweb: verify your email address"))
    yield "confirmation", page
    press(page, "Verify")
    expect(page.get_by_text("is verified.")).to_be_visible()
    page.goto(f"{accounts}/email/")
    fill(page, email=f"{name}@example.net")
    press(page, "Create a link")
    sees(page, "Confirm it is you")
    yield "the password once more", page
    fill(page, password="correct horse 1")
    press(page, "Continue")
    expect(page.get_by_role("alert")).to_contain_text("is not verified yet")
    yield "two addresses", page


def of_the_second_step(visit: Open, site: Site, company: IdentityServer) -> Way:
    page, accounts, name = visit(), f"{site.url}/accounts", "ada"
    signed_up(page, site, name)
    page.goto(f"{accounts}/2fa/")
    yield "no second step", page
    page.get_by_role("link", name="Set up").click()
    sees(page, "Confirm it is you")
    fill(page, password="correct horse 1")
    press(page, "Continue")
    sees(page, "Set up two-step verification")
    yield "setting it up", page
    secret = page.locator(".key").inner_text()
    fill(page, code=code_of(secret))
    press(page, "Turn on")
    sees(page, "Recovery codes")
    yield "recovery codes", page
    page.goto(f"{accounts}/2fa/")
    yield "two-step verification", page
    page.goto(f"{accounts}/2fa/recovery-codes/generate/")
    yield "new recovery codes", page
    other = visit()
    other.goto(f"{accounts}/login/")
    fill(other, username=name, password="correct horse 1")
    press(other, "Sign in")
    sees(other, "Two-step verification")
    yield "code", other
    fill(other, code=code_of(secret, later=1))
    press(other, "Sign in")
    sees(other, "Recordings")
    other.goto(f"{accounts}/2fa/reauthenticate/")
    yield "code once more", other
    page.goto(f"{accounts}/2fa/totp/deactivate/")
    yield "turning it off", page
    press(page, "Turn off")
    expect(page.get_by_role("link", name="Set up")).to_be_visible()


def of_the_password(visit: Open, site: Site, company: IdentityServer) -> Way:
    page, other, accounts, name = visit(), visit(), f"{site.url}/accounts", "amy"
    signed_up(page, site, name)
    page.goto(f"{accounts}/password/change/")
    yield "new password", page
    other.goto(f"{accounts}/password/reset/")
    fill(other, email=f"{name}@example.org")
    press(other, "Create a link")
    sees(other, "Ask the administrator")
    other.goto(link_in_mail(site, "Flashweb: choose a new password"))
    yield "password by mail", other
    fill(other, password1="correct horse 2", password2="correct horse 2")
    press(other, "Save")
    sees(other, "Sign in with your new password")
    yield "password chosen", other
    page.goto(f"{accounts}/login/")
    fill(page, username=f"{name}@example.org", password="correct horse 2")
    press(page, "Sign in")
    sees(page, "Recordings")


def of_the_name(visit: Open, site: Site, company: IdentityServer) -> Way:
    page, accounts, name = visit(), f"{site.url}/accounts", "uma"
    signed_up(page, site, name)
    page.goto(f"{accounts}/name/")
    fill(page, username=NAME)
    press(page, "Save")
    expect(page.get_by_role("alert")).to_be_visible()
    yield "another name", page
    fill(page, username=f"{name}2")
    press(page, "Save")
    page.get_by_role("link", name="Delete your account").click()
    sees(page, "Confirm it is you")
    fill(page, password="correct horse 1")
    press(page, "Continue")
    sees(page, "What is kept")
    yield "deleting the account", page
    fill(page, username=f"{name}2")
    press(page, "Delete my account")
    expect(page.get_by_text("Your account was deleted.")).to_be_visible()


def of_the_provider(visit: Open, site: Site, company: IdentityServer) -> Way:
    page, accounts, name = visit(), f"{site.url}/accounts", f"may-{uuid4().hex}"
    company.person = {"sub": name, "preferred_username": name, "email": f"{name}@example.net"}
    signed_up(page, site, name)
    page.goto(f"{accounts}/3rdparty/")
    yield "no linked account", page
    page.goto(f"{accounts}/oidc/company/login/?process=connect")
    yield "linking", page
    press(page, "Continue")
    sees(page, "Confirm it is you")
    fill(page, password="correct horse 1")
    press(page, "Continue")
    expect(page.get_by_text("The account was linked.")).to_be_visible()
    yield "linked account", page
    page.goto(f"{accounts}/logout/")
    press(page, "Sign out")
    press(page, "Continue with Company")
    sees(page, "Recordings")
    page.goto(f"{accounts}/logout/")
    press(page, "Sign out")
    sees(page, "Sign in")
    company.person = None
    press(page, "Continue with Company")
    sees(page, "Sign-in was not completed")
    yield "no from the provider", page
    company.person = {"sub": f"another {name}", "preferred_username": name, "email": f"{NAME}@example.org"}
    page.goto(invitation(site))
    page.goto(f"{accounts}/login/")
    press(page, "Continue with Company")
    sees(page, "Create an account")
    yield "account from the provider", page


PARTS: dict[str, Callable[[Open, Site, IdentityServer], Way]] = {
    "signing in": before_signing_in,
    "signing up": of_signing_up,
    "address": of_the_address,
    "two-step verification": of_the_second_step,
    "password": of_the_password,
    "name": of_the_name,
    "provider": of_the_provider,
}


@pytest.mark.parametrize("part", PARTS)
def test_accounts_are_accessible_and_do_not_scroll_sideways(
    site: Site, company: IdentityServer, visit: Visit, troubles: Troubles, part: str
) -> None:
    troubles.expect("status of 422")  # A name that somebody has.
    found = {}
    for name, page in PARTS[part](lambda: visit(bypass_csp=True).new_page(), site, company):
        found[name] = complaints(page) + spilt(page, PHONES)
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_policy_lets_a_provider_be_reached(
    site: Site, company: IdentityServer, visit: Visit, troubles: Troubles
) -> None:
    for _name, _page in of_the_provider(lambda: visit().new_page(), site, company):
        pass
