"""Finding and replacing beside the text, and over all recordings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.accessibility import faults
from tests.browser.people import Troubles, answer_of, current_ms, field_of, opened, recognised, reload, row_with, status
from tests.processes import Site


def recognise(site: Site, port: int) -> str:
    rows = ["The roadmap comes first.", "Nothing is here.", "A Roadmap and a ＲＯＡＤＭＡＰ.", "Roads lead home."]
    rows += [f"Row {n} says little." for n in range(60)] + ["The last roadmap."]
    answer = answer_of(*((n * 80, n * 80 + 70, text) for n, text in enumerate(rows)))
    return recognised(site, port, "zh_welcome.wav", answer)


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    """What the tests only read."""
    return recognise(scripted, service_port)


@pytest.fixture
def own(scripted: Site, service_port: int) -> str:
    """What a test may change."""
    return recognise(scripted, service_port)


def panel(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Find")


def hits(page: Page) -> Locator:
    return panel(page).get_by_role("listitem")


def find(page: Page, text: str) -> None:
    page.keyboard.press("Alt+Slash")
    field = panel(page).get_by_role("searchbox", name="Find")
    expect(field).to_be_focused()
    field.fill(text)


def marked(page: Page, name: str) -> list[str]:
    """The texts under a highlight of the page."""
    found: list[str] = page.evaluate(
        "(name) => [...(CSS.highlights.get(name) ?? [])].map((range) => range.toString())", name
    )
    return found


def texts(page: Page) -> list[str]:
    return page.locator("[data-text]").all_text_contents()[:4]


def test_ticked_hits_are_replaced_and_taken_back_at_once(page: Page, own: str) -> None:
    opened(page, own)
    before = texts(page)
    find(page, "roadmap")
    expect(hits(page)).to_have_count(4)
    assert marked(page, "find") == ["roadmap", "Roadmap", "ＲＯＡＤＭＡＰ", "roadmap"]
    page.keyboard.press("Alt+Backslash")
    replacement = panel(page).get_by_role("textbox", name="Replace with")
    replacement.fill("plan")
    ticks = hits(page).get_by_role("checkbox")
    expect(ticks).to_have_count(4)
    expect(hits(page).nth(1).locator("del")).to_have_text("Roadmap")
    expect(hits(page).nth(1).locator("ins")).to_have_text("plan")
    ticks.nth(1).uncheck()
    panel(page).get_by_role("button", name="Replace 3").click()
    expect(status(page)).to_have_text("Replaced")
    expect(hits(page)).to_have_count(1)
    after = ["The plan comes first.", "Nothing is here.", "A Roadmap and a plan.", "Roads lead home."]
    assert texts(page) == after
    assert marked(page, "find") == ["Roadmap"]
    reload(page)
    assert texts(page) == after
    page.get_by_role("button", name="Undo").click()
    expect(status(page)).to_have_text("Undone")
    assert texts(page) == before


def test_button_replaces_by_what_the_field_says_when_it_is_clicked(page: Page, own: str) -> None:
    opened(page, own)
    find(page, "roadmap")
    page.keyboard.press("Alt+Backslash")
    replacement = panel(page).get_by_role("textbox", name="Replace with")
    replacement.fill("pla")
    expect(hits(page).nth(1).locator("ins")).to_have_text("pla")
    hits(page).get_by_role("checkbox").nth(1).uncheck()
    # Sooner than the list follows, which then comes anew once more.
    replacement.evaluate("""(field) => {
        field.value = "plan";
        field.dispatchEvent(new InputEvent("input", {bubbles: true}));
        const panel = field.closest("find-panel");
        panel.querySelector("[data-replace]").click();
        panel.refresh();
    }""")
    expect(status(page)).to_have_text("Replaced")
    assert texts(page) == ["The plan comes first.", "Nothing is here.", "A Roadmap and a plan.", "Roads lead home."]


def test_what_nobody_has_seen_is_not_replaced(page: Page, own: str, troubles: Troubles) -> None:
    opened(page, own)
    before = texts(page)
    find(page, "roadmap")
    page.keyboard.press("Alt+Backslash")
    replacement = panel(page).get_by_role("textbox", name="Replace with")
    replacement.fill("plan")
    expect(hits(page).nth(1).locator("ins")).to_have_text("plan")
    panel(page).get_by_role("searchbox", name="Find").evaluate("""(field) => {
        field.value = "road";
        field.dispatchEvent(new InputEvent("input", {bubbles: true}));
        field.closest("find-panel").querySelector("[data-replace]").click();
    }""")
    expect(panel(page).get_by_role("button", name="Replace 5")).to_be_visible()
    assert texts(page) == before
    troubles.expect("ERR_FAILED")
    page.route("**/find/?*", lambda route: route.abort())
    replacement.fill("way")
    panel(page).get_by_role("button", name="Replace 5").click()
    expect(panel(page).locator("[data-found-said]")).to_have_text("The server is not responding. Try again.")
    assert texts(page) == before
    page.unroute_all()
    replacement.press("Enter")
    expect(status(page)).to_have_text("Replaced")
    assert texts(page)[0] == "The waymap comes first."


def test_hits_are_gone_through_by_keys_and_leave_the_open_field_alone(page: Page, own: str) -> None:
    opened(page, own)
    find(page, "roadmap")
    expect(hits(page)).to_have_count(4)
    for hit in ("roadmap", "Roadmap", "ＲＯＡＤＭＡＰ"):
        page.keyboard.press("Enter")
        assert marked(page, "find-current") == [hit]
    page.keyboard.press("Shift+Enter")
    assert marked(page, "find-current") == ["Roadmap"]
    row = row_with(page, "Nothing is here.")
    row.get_by_role("button", name="Edit").click()
    field_of(page).fill("Something is here.")
    field_of(page).evaluate("(field) => field.setSelectionRange(4, 6)")
    page.keyboard.press("Alt+Shift+ArrowDown")
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(row_with(page, "The last roadmap.")).to_be_in_viewport()
    expect(field_of(page)).to_be_focused()
    expect(field_of(page)).to_have_value("Something is here.")
    assert field_of(page).evaluate("(field) => [field.selectionStart, field.selectionEnd]") == [4, 6]
    page.keyboard.press("Escape")
    expect(status(page)).to_have_text("Saved")


def test_hit_is_played_and_gone_to(page: Page, transcript: str) -> None:
    opened(page, transcript)
    find(page, "last")
    hits(page).get_by_role("button").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 5.1")
    page.evaluate("document.querySelector('audio').pause()")
    assert current_ms(page) < 6000
    hits(page).get_by_role("link").click()
    expect(row_with(page, "The last roadmap.")).to_be_focused()
    expect(row_with(page, "The last roadmap.")).to_be_in_viewport()


def test_text_typed_meanwhile_is_stored_first_and_the_list_follows(page: Page, own: str) -> None:
    opened(page, own)
    find(page, "roads")
    expect(hits(page)).to_have_count(1)
    row_with(page, "Nothing is here.").get_by_role("button", name="Edit").click()
    field_of(page).fill("No roads here.")
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_have_text("Saved")
    expect(hits(page)).to_have_count(2)
    assert marked(page, "find") == ["roads", "Roads"]


def test_escape_folds_the_panel_and_gives_the_focus_back(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row = row_with(page, "Roads")
    row.focus()
    find(page, "road")
    expect(hits(page)).to_have_count(5)
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect(row).to_be_focused()
    assert marked(page, "find") == []
    page.keyboard.press("Alt+Slash")
    expect(hits(page)).to_have_count(5)
    reload(page)
    expect(panel(page)).to_be_visible()
    expect(page.locator("body")).to_be_focused()


def test_regular_expression_that_is_not_complete_is_said(page: Page, transcript: str, troubles: Any) -> None:
    troubles.expect("422")
    opened(page, transcript)
    page.keyboard.press("Alt+Slash")
    panel(page).get_by_label("Search mode").select_option("Regular expression")
    find(page, "(road")
    expect(panel(page)).to_contain_text("This is not a valid regular expression")
    find(page, "(road)s")
    expect(hits(page)).to_have_count(1)


def test_library_leads_to_the_row(page: Page, scripted: Site, transcript: str) -> None:
    page.goto(scripted.url)
    page.get_by_role("searchbox", name="Search all recordings").fill("Last roadmap")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search/"))
    identifier = transcript.rstrip("/").rpartition("/")[2]
    link = page.locator(f'a.hit-text[href*="{identifier}"]')
    expect(link.locator("mark")).to_have_text("last roadmap")
    row = link.locator("xpath=..")
    button = row.get_by_role("button")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_have_attribute("aria-pressed", "false")
    link.click()
    page.wait_for_url(re.compile(identifier))
    expect(hits(page)).to_have_count(1)
    expect(row_with(page, "The last roadmap.")).to_be_in_viewport()
    assert marked(page, "find") == ["last roadmap"]


def complaints(page: Page) -> list[str]:
    sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*faults(page), *(["wider than the window"] if sideways else [])]


# The checker itself styles what it measures, which the pages' policy forbids.
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_panel_and_search_are_accessible_and_fit(
    scripted: Site,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
    transcript: str,
    width: int,
    scheme: str,
) -> None:
    viewport = {"width": width, "height": 800}
    options = {"viewport": viewport, "color_scheme": scheme, "bypass_csp": True}
    page = visit(storage_state=sign_in(scripted), **options).new_page()
    opened(page, transcript)
    find(page, "road")
    page.keyboard.press("Alt+Backslash")
    panel(page).get_by_role("textbox", name="Replace with").fill("path")
    expect(hits(page).get_by_role("checkbox")).to_have_count(5)
    assert complaints(page) == []
    page.goto(f"{scripted.url}/search/?q=road")
    expect(page.locator(".hit-text").first).to_be_visible()
    assert complaints(page) == []
