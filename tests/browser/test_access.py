"""Every page and what opens on it: what assistive technology finds, narrow and enlarged screens, searching."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.accessibility import LAPTOP, PHONES, complaints, spilt
from tests.browser.people import Troubles, answer_of, field_of, opened, recognised, row_with
from tests.browser.test_help import open_as_newcomer
from tests.processes import Site

Visit = Callable[..., BrowserContext]
SignIn = Callable[[Site], StorageState]


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    """Two speakers, a warning, and a second recognition to compare with."""
    answer = answer_of((0, 2400, "The first row has  some words."), (2500, 5000, "The second row has more of them."))
    for number, utterance in enumerate(answer["result"]["utterances"], 1):
        utterance["additions"] = {"speaker": str(number)}
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def everything(page: Page, site: Site, transcript: str) -> Iterator[str]:
    """Goes from page to page and opens what can be opened; the name of each, while it is there."""
    yield from of_the_library(page, site)
    yield from of_the_editor(page, transcript)
    link = page.locator("[href*='/again/']").first
    again = f"{site.url}{link.get_attribute('href')}"
    for name, address in (
        ("export", f"{transcript}export/"),
        ("list of checks", f"{transcript}checks/"),
        ("hits", f"{transcript}find/?q=row"),
        ("search", f"{site.url}/search/?q=row"),
        ("history", f"{transcript}history/"),
        ("recognise again", again),
        ("import beside it", again.replace("/again/", "/import/")),
        ("import", f"{site.url}/imports/"),
        ("exports", f"{site.url}/exports/"),
        ("not found", f"{site.url}/nothing/"),
    ):
        page.goto(address)
        yield name


def of_the_library(page: Page, site: Site) -> Iterator[str]:
    page.goto(site.url)
    expect(page.get_by_role("link", name="zh_welcome").first).to_be_visible()
    yield "library"
    page.get_by_text("Options, or add from a web address").click()
    page.get_by_text("More options").click()
    yield "options"
    page.locator("details.person > summary").click()
    yield "menu of the person"
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("Delete zh_welcome")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "deleting"
    page.keyboard.press("Escape")


def of_the_editor(page: Page, transcript: str) -> Iterator[str]:
    open_as_newcomer(page, transcript)
    yield "editor with the offer of a tour"
    page.get_by_role("button", name="Start the tour").click()
    yield "tour"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    row_with(page, "second").locator("[data-play]").click()
    expect(page.locator("[aria-current=true]")).to_contain_text("second")
    page.get_by_role("button", name="Pause", exact=True).click()
    yield "editor at a place"
    row_with(page, "first").locator("[data-edit]").click()
    expect(field_of(page)).to_be_focused()
    yield "row being edited"
    page.keyboard.press("Escape")
    for opener, menu in (("[data-more]", "row-menu"), ("[data-who]", "speaker-menu")):
        row_with(page, "first").hover()
        row_with(page, "first").locator(opener).click()
        expect(page.locator(menu)).to_be_visible()
        yield f"{menu} of a row"
        page.keyboard.press("Escape")
        expect(page.locator(menu)).to_be_hidden()
    row_with(page, "first").focus()
    page.keyboard.press("Alt+o")
    expect(page.locator(".original")).to_be_visible()
    yield "original text"
    page.keyboard.press("Alt+o")
    for opener in page.locator("[data-dialog]:visible, [data-command=help]:visible").all():
        opener.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        yield f"dialog of {opener.text_content()}"
        page.keyboard.press("Escape")
    for summary in page.locator("details.menu > summary:visible").all():
        summary.click()
        yield f"menu of {summary.text_content()}"
        page.keyboard.press("Escape")
    if not page.locator("html[data-panel]").count():
        page.locator("[data-open-panel]:visible").first.click()
    for number in range(page.locator(".panel-tab").count()):
        tab = page.locator(".panel-tab").nth(number)
        if tab.get_attribute("aria-expanded") != "true":
            tab.click()
        expect(page.locator(".panel:not([hidden]) [aria-busy=true]")).to_have_count(0)
        yield f"panel {tab.text_content()}"
    page.locator(".panel-tab").first.click()
    page.locator("[data-replacing]").click()
    page.get_by_role("searchbox", name="Find").fill("row")
    expect(page.locator("[data-hit]")).to_have_count(2)
    yield "hits to be replaced"
    page.locator("[data-panel-close]").click()


MOVING = """() => [...document.querySelectorAll("*")].filter((part) => {
    const style = getComputedStyle(part);
    const lasts = (times) => times.split(",").some((time) => parseFloat(time) > 0);
    return lasts(style.transitionDuration) || (style.animationName !== "none" && lasts(style.animationDuration));
}).map((part) => `moves: ${part.outerHTML.slice(0, 120)}`)"""


# The checker itself styles what it measures, which the pages' policy forbids.
@pytest.mark.timeout(900)
def test_everything_is_accessible_and_fits_and_stands_still_for_who_wants_that(
    scripted: Site, transcript: str, visit: Visit, sign_in: SignIn, troubles: Troubles
) -> None:
    troubles.expect("status of 404")
    stranger = visit(bypass_csp=True).new_page()
    stranger.goto(scripted.url)
    found = {"sign-in": complaints(stranger)}
    page = visit(reduced_motion="reduce", bypass_csp=True, storage_state=sign_in(scripted)).new_page()
    for name in everything(page, scripted, transcript):
        found[name] = page.evaluate(MOVING) + complaints(page) + spilt(page, LAPTOP)
        found[name] += [f"{page.get_by_role('status').count()} status lines"] * (page.get_by_role("status").count() > 1)
    assert {name: errors for name, errors in found.items() if errors} == {}
    assert len(found) > 20


def test_nothing_scrolls_sideways_on_a_phone(
    scripted: Site, transcript: str, visit: Visit, sign_in: SignIn, troubles: Troubles
) -> None:
    troubles.expect("status of 404")
    width, height = PHONES["360"]
    context = visit(
        viewport={"width": width, "height": height},
        is_mobile=True,
        has_touch=True,
        storage_state=sign_in(scripted),
    )
    page = context.new_page()
    found = {name: spilt(page, PHONES) for name in everything(page, scripted, transcript)}
    assert {name: parts for name, parts in found.items() if parts} == {}
    assert len(found) > 20


FOUND = """word => {
    const found = getSelection().getRangeAt(0);
    const {top, bottom} = found.getBoundingClientRect();
    return String(found) === word && top > 0 && bottom < innerHeight;
}"""
MANY = [(500 * number, 500 * number + 450, f"Row {number} holds the word w{number:04}.") for number in range(400)]


@pytest.fixture(scope="module")
def long_transcript(scripted: Site, service_port: int) -> str:
    return recognised(scripted, service_port, "zh_welcome.wav", answer_of(*MANY))


def test_browsers_own_search_finds_any_word(page: Page, long_transcript: str) -> None:
    """Rows far from the window are not drawn, and found all the same."""
    opened(page, long_transcript)
    for word in ("w0399", "w0007", "w0200"):
        assert page.evaluate("word => find(word, false, false, true)", word), word
        page.wait_for_function(FOUND, arg=word)
