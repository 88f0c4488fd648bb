"""The checks' panel: what it lists, showing, fixing, ignoring, and where the focus stands after each."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import answer_of, field_of, opened, recognised, reload, row_with, status
from tests.processes import Site

ROWS = (
    (0, 2400, "We  meet all the others at the the office."),
    (2500, 3600, "They say （so too."),
    (3700, 5000, "And that is all of it."),
)
MARKED = "() => [...(CSS.highlights.get('warned-of') ?? [])].map(String)"
SHOWN = "() => document.querySelector('[data-check][aria-current=true]')?.dataset.key ?? ''"


@pytest.fixture
def checks(page: Page, scripted: Site, service_port: int) -> Locator:
    """The open panel of a transcript of its own."""
    opened(page, recognised(scripted, service_port, "zh_welcome.wav", answer_of(*ROWS)))
    return open_checks(page)


def open_checks(page: Page) -> Locator:
    page.get_by_role("button", name="Panels", exact=True).click()
    page.get_by_role("button", name="Checks", exact=True).click()
    panel = page.get_by_role("complementary", name="Checks")
    expect(panel.locator("[data-count]")).to_be_visible()
    return panel


def test_warnings_are_listed_shown_and_fixed(page: Page, checks: Locator) -> None:
    expect(checks).to_contain_text("4 warnings")
    checks.get_by_role("link", name="at the the").click()
    expect(row_with(page, "office")).to_be_focused()
    assert page.evaluate(MARKED) == ["the the"]
    checks.get_by_role("listitem").filter(has_text="at the the").get_by_role("button", name="Fix").click()
    expect(row_with(page, "at the office")).to_be_visible()
    expect(status(page)).to_have_text("Fixed")
    expect(checks).to_contain_text("3 warnings")
    page.get_by_role("button", name="Undo").click()
    expect(row_with(page, "the the office")).to_be_visible()
    expect(checks).to_contain_text("4 warnings")


def test_ignored_warning_stays_away_and_comes_back(page: Page, checks: Locator) -> None:
    item = (
        checks.get_by_role("listitem").filter(has_text="so too").filter(has_not=page.get_by_role("button", name="Fix"))
    )
    item.get_by_role("button", name="Ignore").click()
    expect(checks).to_contain_text("3 warnings")
    reload(page)
    expect(checks).to_contain_text("3 warnings")
    checks.get_by_text("1 ignored").click()
    checks.get_by_role("button", name="Stop ignoring").click()
    expect(checks).to_contain_text("4 warnings")


def test_focus_stays_in_the_list(page: Page, checks: Locator) -> None:
    while (count := checks.locator("[data-settle=dismiss]").count()) > 1:
        checks.locator("[data-settle=dismiss]").first.focus()
        page.keyboard.press("Enter")
        expect(checks.locator("[data-settle=dismiss]")).to_have_count(count - 1)
        expect(checks.locator("[data-settle=dismiss]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(checks).to_contain_text("No warnings")
    expect(checks.locator("[data-check-count]")).to_be_focused()


def test_key_goes_from_warning_to_warning(page: Page, checks: Locator) -> None:
    page.get_by_role("button", name="Collapse").click()
    seen = [""]
    for _press in range(5):
        page.keyboard.press("Alt+Quote")
        page.wait_for_function(f"before => ({SHOWN})() !== before", arg=seen[-1])
        seen.append(page.evaluate(SHOWN))
    assert seen[1:] == ["double_space:e  m", "twice: the the ", "unpaired: （s", "full_width: （s", "double_space:e  m"]
    expect(row_with(page, "office")).to_be_focused()


def test_list_follows_what_is_typed(page: Page, checks: Locator) -> None:
    row_with(page, "all of it").get_by_role("button", name="Edit").click()
    field_of(page).fill("And that  is all.")
    page.keyboard.press("Control+Enter")
    expect(checks).to_contain_text("Repeated spaces")


def test_style_of_spacing_is_kept_in_this_browser(page: Page, checks: Locator) -> None:
    checks.get_by_label("Between Chinese and Latin text").select_option("No space")
    reload(page)
    expect(checks.get_by_label("Between Chinese and Latin text")).to_have_value("none")
