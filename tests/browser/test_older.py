"""Browsers that lack what the newest have: each feature is taken away before the page's scripts run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.people import answer_of, field_of, opened, recognised, row_with, status, visitor_of
from tests.processes import Site

TAKE_AWAY = """
    delete CSS.highlights;
    delete window.requestIdleCallback;
    delete crypto.randomUUID;
    delete Intl.Segmenter;
    delete document.caretPositionFromPoint;
    const supports = CSS.supports.bind(CSS);
    CSS.supports = (...words) => !/field-sizing|overflow-anchor|attr\\(/.test(words.join()) && supports(...words);
    // Which nothing closes but the page.
    new MutationObserver(() => {
        for (const menu of document.querySelectorAll("[popover]:not([popover=manual])")) menu.popover = "manual";
    }).observe(document, {childList: true, subtree: true});
"""
KEPT_FROM_STYLES = re.compile(r'field-sizing|overflow-anchor|scrollbar-gutter|content-visibility|text-wrap|(?<= / )""')
ROWS = [f"Row {number} has some words that somebody said." for number in range(30)]


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    answer = answer_of(*((n * 180, n * 180 + 170, text) for n, text in enumerate(ROWS)))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


@pytest.fixture
def older(page: Page) -> Page:
    page.add_init_script(TAKE_AWAY)

    def older_style(route: Route) -> None:
        answer = route.fetch()
        style = KEPT_FROM_STYLES.sub("unknown", answer.text()) + " * { overflow-anchor: none; }"
        route.fulfill(response=answer, body=style)

    page.route("**/*.css", older_style)
    return page


def test_editor_works_in_an_older_browser(older: Page, scripted: Site, transcript: str) -> None:
    page = opened(older, transcript)
    has_signs_without_alternatives(page)
    closes_menu_when_tapped_elsewhere(page)
    sizes_fields_itself(page)
    opens_every_panel(page)
    keeps_the_place(page, scripted)


def has_signs_without_alternatives(page: Page) -> None:
    """The dots of a row's menu, whose other text is for screen readers."""
    row_with(page, "Row 1 has").hover()
    sign = "getComputedStyle(document.querySelector('.row:hover [data-more]'), '::before').content"
    assert page.evaluate(sign) == '"⋯"'


def closes_menu_when_tapped_elsewhere(page: Page) -> None:
    menu = page.get_by_role("group", name="Row actions")
    more = row_with(page, "Row 1 has").get_by_role("button", name="More")
    for _ in range(2):  # The second press of its button closes it, too.
        more.click()
        expect(menu).to_be_visible()
        more.click()
        expect(menu).to_be_hidden()
    more.click()
    expect(menu).to_be_visible()
    page.mouse.click(10, 500)
    expect(menu).to_be_hidden()


def sizes_fields_itself(page: Page) -> None:
    row_with(page, "Row 2 has").get_by_role("button", name="Edit").click()
    hidden = "field => field.scrollHeight - field.clientHeight"
    height = "field => field.clientHeight"
    low = field_of(page).evaluate(height)
    field_of(page).press_sequentially(" And it goes on, and on, and on, and on, and on, and on, till the line is full.")
    two = field_of(page).evaluate(height)
    assert two > low
    assert field_of(page).evaluate(hidden) <= 0
    page.set_viewport_size({"width": 420, "height": 800})
    page.wait_for_function("two => document.querySelector('textarea[name=text]').clientHeight > two", arg=two)
    assert field_of(page).evaluate(hidden) <= 0
    page.set_viewport_size({"width": 1280, "height": 800})
    page.keyboard.press("Escape")
    expect(status(page)).to_have_text("Saved")


def opens_every_panel(page: Page) -> None:
    """Without marks in the text, and without an error."""
    page.get_by_role("button", name="Panels").click()
    for tab in reversed(
        page.locator("[data-panel-tabs] [data-open-panel]").all()
    ):  # Find, which is open now, comes last.
        tab.click()
        expect(tab).to_have_attribute("aria-expanded", "true")
    page.get_by_role("searchbox", name="Find").fill("words")
    expect(page.locator("find-panel li").first).to_be_visible()
    page.keyboard.press("Escape")
    row_with(page, "Row 3 has").locator("[data-play]").click()
    expect(page.locator("[aria-current=true]")).to_have_count(1)
    page.evaluate("document.querySelector('audio').pause()")


def keeps_the_place(page: Page, site: Site) -> None:
    """A colleague's words come in above what one reads."""
    page.evaluate("() => document.querySelectorAll('[data-utterance]')[20].scrollIntoView({behavior: 'instant'})")
    page.wait_for_timeout(400)  # The place is taken when scrolling has come to rest, which nothing tells.
    top = "() => document.querySelectorAll('[data-utterance]')[22].getBoundingClientRect().top"
    before = page.evaluate(top)
    row = row_with(page, "Row 0 has")
    fields = {"text": "Row 0 has more words. " * 20, "base_version": row.get_attribute("data-version") or ""}
    pk = row.get_attribute("data-utterance")
    assert visitor_of(site.url).post(f"{site.url}/utterances/{pk}/", data=fields).status_code == 200
    expect(row).to_contain_text("has more words. Row 0 has more words.")
    page.wait_for_function(f"before => Math.abs(({top})() - before) < 2", arg=before)
