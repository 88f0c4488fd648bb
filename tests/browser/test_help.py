"""Help for newcomers: a recording to try, and the short tour."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import running
from tests.browser.people import NAME, PASSWORD, answer_of, field_of, opened, recognised, status
from tests.conftest import ANSWER
from tests.processes import Site
from transcripts.flashserver.server import FlashServer


@pytest.fixture
def empty(tmp_path_factory: pytest.TempPathFactory, service_port: int) -> Iterator[Site]:
    """A site on which nobody has a recording yet."""
    address = f"http://127.0.0.1:{service_port}/api/v3/auc/bigmodel/recognize/flash"
    yield from running(Site(tmp_path_factory.mktemp("empty"), FLASH_API_URL=address, FLASH_API_KEY="key-of-the-tests"))


def test_newcomer_edits_the_sample(
    empty: Site, service: Callable[..., FlashServer], visit: Callable[..., BrowserContext]
) -> None:
    service({"body": ANSWER})
    page = visit().new_page()
    page.goto(empty.url)
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("MIT licence")).to_be_visible()
    page.get_by_role("button", name="Try a sample recording").click()
    page.get_by_role("link", name="Sample recording").click()
    page.wait_for_function("() => document.querySelector('flash-transcript')?.rows?.length")
    page.locator("[data-text]").first.dblclick()
    field_of(page).fill("欢迎 Bob 来。")
    page.keyboard.press("Escape")
    expect(status(page)).to_have_text("Saved")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


@pytest.fixture
def transcript(scripted: Site, service_port: int) -> str:
    return recognised(scripted, service_port, "zh_welcome.wav", answer_of((0, 2400, "The first row.")))


def open_as_newcomer(page: Page, transcript: str) -> None:
    """Whatever the account has seen in other tests."""
    opened(page, transcript)
    forgotten = """async () => {
        const token = document.cookie.match(/csrftoken=([^;]*)/)[1];
        const body = new URLSearchParams({tour_seen: "false"});
        return (await fetch("/preferences/", {method: "POST", headers: {"X-CSRFToken": token}, body})).ok;
    }"""
    assert page.evaluate(forgotten)
    opened(page, transcript)


def test_tour_is_offered_once_and_opens_again_from_the_menu(page: Page, transcript: str) -> None:
    open_as_newcomer(page, transcript)
    page.get_by_role("button", name="Start the tour").focus()
    page.keyboard.press("Enter")
    tour = page.get_by_role("dialog", name="Quick tour")
    for step, title in enumerate(("Listen", "Correct", "Keep your hands on the keyboard", "Finish"), 1):
        expect(tour.get_by_role("heading", level=3)).to_have_text([title])
        expect(tour).to_contain_text(f"{step} of 4")
        expect(tour.get_by_role("button", name="Done" if step == 4 else "Next step")).to_be_focused()
        page.keyboard.press("Enter")
    expect(tour).to_be_hidden()
    page.reload()
    expect(page.locator("[data-utterance]").first).to_be_visible()
    expect(page.get_by_role("button", name="Start the tour")).to_be_hidden()
    page.locator("details.person > summary").click()
    page.get_by_role("button", name="Quick tour").click()
    page.keyboard.press("Enter")
    tour.get_by_role("button", name="Back").click()
    expect(tour.get_by_role("heading", level=3)).to_have_text(["Listen"])
    page.keyboard.press("Escape")
    expect(tour).to_be_hidden()


def test_offer_of_the_tour_is_declined_for_good(page: Page, transcript: str) -> None:
    open_as_newcomer(page, transcript)
    page.get_by_role("button", name="No, thanks").click()
    expect(page.get_by_role("button", name="Start the tour")).to_be_hidden()
    opened(page, transcript)
    expect(page.get_by_role("button", name="Start the tour")).to_be_hidden()
