"""A transcript shared by a link: what its owner does, and what somebody without an account sees of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.accessibility import PHONES, complaints, spilt
from tests.browser.people import Troubles, answer_of, field_of, opened, recognised, row_with
from tests.processes import Site

Visit = Callable[..., BrowserContext]
SignIn = Callable[[Site], StorageState]


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    answer = answer_of((0, 2400, "The first row has some words."), (2500, 5000, "The second row has more of them."))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def dialog_of(page: Page, transcript: str) -> Locator:
    opened(page, transcript)
    if page.viewport_size and page.viewport_size["width"] < 640:
        page.locator("details.person > summary").click()
    page.get_by_role("link", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share")
    expect(dialog).to_be_visible()
    return dialog


def shared(page: Page, transcript: str, *, comments: bool = False) -> str:
    """The address of a link that was made in the dialog, which stays open."""
    dialog = dialog_of(page, transcript)
    dialog.get_by_label("Anyone with the link").select_option(
        "Can read, listen and comment" if comments else "Can read and listen"
    )
    dialog.get_by_label("Who it is for").fill("Eve")
    dialog.get_by_role("button", name="Create link").click()
    copy = dialog.locator("[data-made]").get_by_role("button", name="Copy")
    expect(copy).to_be_focused()
    return copy.get_attribute("data-copy") or ""


def test_link_is_made_copied_and_opened_without_an_account(
    scripted: Site, transcript: str, visit: Visit, sign_in: SignIn
) -> None:
    context = visit(storage_state=sign_in(scripted), permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    address = shared(page, transcript)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    guest = opened(visit().new_page(), address)
    expect(guest.locator("[data-utterance]")).to_have_count(2)
    expect(guest.get_by_role("link")).to_have_text(["Skip to content"])
    row_with(guest, "second").locator("[data-play]").click()
    expect(guest.locator("[aria-current=true]")).to_contain_text("second")
    row_with(guest, "first").dblclick()
    guest.keyboard.press("Alt+o")
    guest.keyboard.press("Alt+Slash")
    guest.get_by_role("searchbox", name="Find").fill("more")
    expect(guest.locator("[data-hit]")).to_have_count(1)
    assert (field_of(guest).count(), guest.locator(".original").count()) == (0, 0)
    guest.evaluate("document.querySelector('side-panel').open('review')")
    hides = guest.get_by_role("button", name="Hide fillers")
    with guest.expect_response("**/fillers.json"):
        hides.click()
    with guest.expect_response("**/fillers.json"):
        guest.reload()
    expect(guest.locator("[data-command=hide_fillers]")).to_have_attribute("aria-pressed", "true")


def test_guest_sees_what_changes_until_the_link_is_revoked(
    scripted: Site, transcript: str, page: Page, visit: Visit, troubles: Troubles
) -> None:
    troubles.expect("status of 404")  # of the link, afterwards
    address = shared(page, transcript)
    guest = opened(visit().new_page(), address)
    page.keyboard.press("Escape")
    row_with(page, "first").locator("[data-edit]").click()
    field_of(page).fill("The first row has other words.")
    page.keyboard.press("Control+Enter")
    expect(row_with(guest, "first").locator("[data-text]")).to_have_text("The first row has other words.")
    expect(guest.locator("[data-people] li")).to_have_count(0)
    page.get_by_role("link", name="Share").click()
    links = page.locator(".share-link")
    expect(links.first).to_be_visible()
    for left in range(links.count() - 1, -1, -1):
        links.first.get_by_role("button", name="Revoke").click()
        expect(links).to_have_count(left)
    expect(guest.get_by_role("heading", name="This link does not work")).to_be_visible()
    assert guest.goto(address).status == 404  # type: ignore[union-attr]


def test_guest_comments_and_keeps_their_habits(scripted: Site, transcript: str, page: Page, visit: Visit) -> None:
    address = shared(page, transcript, comments=True)
    page.keyboard.press("Escape")
    guest = opened(visit().new_page(), address)
    row_with(guest, "second").locator("[data-play]").click()
    expect(guest.locator("[aria-current=true]")).to_contain_text("second")
    guest.locator("[data-command=play]").click()
    guest.locator("[data-open-panel]:visible").first.click()
    guest.locator(".panel-tab", has_text="Comments").click()
    guest.get_by_role("button", name="Comment on this row").click()
    guest.get_by_label("Your name").fill("Eve")
    guest.get_by_role("textbox", name="Comment", exact=True).fill("More of what?")
    guest.get_by_role("button", name="Send").click()
    expect(guest.locator(".comment-body")).to_have_text("More of what?")
    expect(row_with(page, "second").locator(".row-talk")).to_have_text("1")
    guest.get_by_label("Speed").select_option("1.5")
    guest.reload()
    expect(guest.get_by_label("Speed")).to_have_value("1.5")


def test_sharing_is_accessible(
    scripted: Site, transcript: str, visit: Visit, sign_in: SignIn, troubles: Troubles
) -> None:
    troubles.expect("status of 404")
    page = visit(bypass_csp=True, storage_state=sign_in(scripted)).new_page()
    address = shared(page, transcript, comments=True)
    found = {"dialog": complaints(page)}
    page.goto(f"{transcript}share-links/")
    found["page of links"] = complaints(page)
    guest = opened(visit(bypass_csp=True).new_page(), address)
    found["shared"] = complaints(guest)
    guest.locator("[data-open-panel]:visible").first.click()
    for tab in guest.locator(".panel-tab").all():
        if tab.get_attribute("aria-expanded") != "true":
            tab.click()
        expect(guest.locator(".panel:not([hidden]) [aria-busy=true]")).to_have_count(0)
        found[f"panel {tab.text_content()}"] = complaints(guest)
    guest.goto(f"{scripted.url}/shared/nothing/")
    found["gone"] = complaints(guest)
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_sharing_fits_a_small_phone(
    scripted: Site, transcript: str, visit: Visit, sign_in: SignIn, troubles: Troubles
) -> None:
    troubles.expect("status of 404")
    width, height = PHONES["320"]
    phone = {"viewport": {"width": width, "height": height}, "is_mobile": True, "has_touch": True}
    page = visit(storage_state=sign_in(scripted), **phone).new_page()
    address = shared(page, transcript)
    found = {"dialog": spilt(page, PHONES)}
    page.goto(f"{transcript}share-links/")
    found["page of links"] = spilt(page, PHONES)
    guest = opened(visit(**phone).new_page(), address)
    found["shared"] = spilt(guest, PHONES)
    guest.goto(f"{scripted.url}/shared/nothing/")
    found["gone"] = spilt(guest, PHONES)
    assert {name: parts for name, parts in found.items() if parts} == {}
