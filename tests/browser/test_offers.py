"""After a correction, a quiet line offers the other places that have the same, or what sounds like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.accessibility import faults
from tests.browser.people import answer_of, field_of, opened, recognised, row_with, status
from tests.browser.test_finding import hits, panel, texts
from tests.processes import Site

CHINESE = ["我们研究图林机。", "图林奖在昨天。", "他说到图玲。", "森林很大。"]
ENGLISH = ["We deploy cooper netties here.", "The cooper netties way.", "Is coopernettis good?", "Nothing else."]


@pytest.fixture(params=[CHINESE, ENGLISH], ids=["zh", "en"])
def rows(request: pytest.FixtureRequest) -> list[str]:
    rows: list[str] = request.param
    return rows


@pytest.fixture
def own(scripted: Site, service_port: int, rows: list[str]) -> str:
    answer = answer_of(*((n * 80, n * 80 + 70, text) for n, text in enumerate(rows)))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def offer(page: Page) -> Locator:
    return page.locator("[data-offer]")


def correct(page: Page, row: str, text: str) -> None:
    row_with(page, row).get_by_role("button", name="Edit").click()
    field_of(page).fill(text)
    field_of(page).press("Enter")
    expect(status(page)).to_have_text("Saved")


def test_other_places_are_offered_and_replaced_if_ticked(
    own: str,
    rows: list[str],
    scripted: Site,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[..., StorageState],
) -> None:
    # What looks for barriers styles what it measures, which the pages' policy forbids.
    page = visit(bypass_csp=True, reduced_motion="reduce", storage_state=sign_in(scripted)).new_page()
    opened(page, own)
    wrong, right = ("图林", "图灵") if rows is CHINESE else ("cooper netties", "Kubernetes")
    correct(page, rows[0], rows[0].replace(wrong, right))
    expect(offer(page).locator("p")).to_have_text(f"1 more place has “{wrong}”, 1 sounds like it")
    expect(row_with(page, right)).to_be_focused()
    page.keyboard.press("Alt+Shift+KeyO")
    expect(offer(page)).to_be_hidden()
    ticks = hits(page).get_by_role("checkbox")
    expect(ticks).to_have_count(2)
    expect(ticks.nth(0)).to_be_checked()
    expect(ticks.nth(1)).not_to_be_checked()
    expect(hits(page).nth(1)).to_contain_text("sounds alike")
    expect(hits(page).nth(1).locator("ins")).to_have_text(right)
    expect(panel(page).locator("[data-found]")).to_be_focused()
    assert faults(page) == []
    page.get_by_role("link", name="All recordings of this project").click()
    expect(page.get_by_role("heading", name="Find by sound")).to_be_visible()
    assert faults(page) == []
    identifier = own.rstrip("/").rpartition("/")[2]
    page.locator(f'.result h2 a[href*="{identifier}"]').click()
    expect(ticks).to_have_count(2)
    expect(ticks.nth(0)).to_be_checked()
    expect(ticks.nth(1)).not_to_be_checked()
    ticks.nth(1).check()
    panel(page).get_by_role("button", name="Replace 2").click()
    expect(status(page)).to_have_text("Replaced")
    assert all(right in text for text in texts(page)[:3])
    page.get_by_role("button", name="Undo").click()
    expect(status(page)).to_have_text("Undone")
    assert texts(page) == [rows[0].replace(wrong, right), *rows[1:]]


@pytest.mark.parametrize("rows", [CHINESE], indirect=True)
def test_offer_leaves_what_is_typed_alone_and_can_be_dismissed(page: Page, own: str) -> None:
    opened(page, own)
    correct(page, CHINESE[0], "我们研究图灵机。")
    row_with(page, CHINESE[3]).get_by_role("button", name="Edit").click()
    field_of(page).press("End")
    expect(offer(page)).to_be_visible()
    expect(field_of(page)).to_be_focused()
    field_of(page).press_sequentially("吗")
    expect(field_of(page)).to_have_value("森林很大。吗")
    offer(page).get_by_role("button", name="Dismiss").click()
    expect(offer(page)).to_be_hidden()


@pytest.mark.parametrize("rows", [CHINESE], indirect=True)
def test_offer_goes_when_its_row_changes_again(page: Page, own: str) -> None:
    opened(page, own)
    correct(page, CHINESE[0], "我们研究图灵机。")
    expect(offer(page)).to_be_visible()
    page.keyboard.press("Control+KeyZ")
    expect(status(page)).to_have_text("Undone")
    expect(offer(page)).to_be_hidden()


@pytest.mark.parametrize("rows", [CHINESE], indirect=True)
def test_selected_words_are_looked_for_by_sound(page: Page, own: str) -> None:
    opened(page, own)
    page.keyboard.press("Alt+Shift+KeyO")
    expect(status(page)).to_have_text("Select the words to look for first.")
    row_with(page, CHINESE[1]).get_by_role("button", name="Edit").click()
    field_of(page).evaluate("(field) => field.setSelectionRange(0, 2)")
    page.keyboard.press("Alt+Shift+KeyO")
    replacement = panel(page).get_by_role("textbox", name="Replace with")
    expect(replacement).to_be_focused()
    expect(replacement).to_have_value("图林")
    expect(hits(page)).to_have_count(1)
    replacement.fill("图灵")
    expect(hits(page)).to_have_count(3)
    expect(panel(page).get_by_role("button", name="Replace 2")).to_be_enabled()


@pytest.mark.parametrize("rows", [CHINESE], indirect=True)
def test_nothing_is_asked_where_the_offers_are_switched_off(page: Page, own: str, habits: Callable[..., None]) -> None:
    habits(offers=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, own)
    correct(page, CHINESE[0], "我们研究图灵机。")
    correct(page, CHINESE[1], "图灵奖在昨天。")
    assert not [url for url in asked if "/offers/" in url]
    expect(offer(page)).to_be_hidden()
