"""What is seen at a glance: the text stands still, names once, the map, and all of it within a thumb's reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.people import answer_of, opened, recognised, row_with
from tests.processes import Site

WORDS = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot")
VOICES = ("1", "2", "2", "1", "3", "")
NAME = "Professor Friederike von Hohenstein-Waldburg"
# Unlike shades in the map, and how many pixels of each.
SHADES = """canvas => {
    const copy = Object.assign(document.createElement("canvas"), {width: canvas.width, height: canvas.height});
    const context = copy.getContext("2d", {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    const {data} = context.getImageData(0, canvas.height - 2, canvas.width, 1);
    const shades = [];
    for (let at = 0; at < data.length; at += 4) shades.push(data.slice(at, at + 4).join());
    return new Set(shades.filter((shade) => !shade.endsWith(",0"))).size;
}"""
SMALL = """() => [...document.querySelectorAll("button, a, input:not([type=checkbox]), select, summary")]
    .filter((part) => part.checkVisibility({opacityProperty: true}) && !part.closest(".visually-hidden, .skip"))
    .map((part) => [part.className || part.name, part.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < 44 || box.height < 44))
    .map(([name, box]) => `${name} ${Math.round(box.width)}x${Math.round(box.height)}`)"""


@pytest.fixture
def transcript(scripted: Site, service_port: int) -> str:
    answer = answer_of(*((n * 600, n * 600 + 500, f"{word} speaks.") for n, word in enumerate(WORDS)))
    for voice, utterance in zip(VOICES, answer["result"]["utterances"], strict=True):
        utterance["additions"] = {"speaker": voice} if voice else {}
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def top_and_left(row: Locator) -> tuple[float, float]:
    box = row.locator("[data-text]").bounding_box()
    assert box
    return box["x"], box["y"]


def height_of(row: Locator) -> float:
    box = row.bounding_box()
    assert box
    return box["height"]


def test_text_stands_still_and_names_stand_once(page: Page, transcript: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    opened(page, transcript)
    names = page.locator(".row-speaker")
    seen = "names => names.map((name) => getComputedStyle(name).opacity)"
    expect(page.locator(".overview-map")).to_be_attached()
    assert names.evaluate_all(seen) == ["1", "1", "0", "1", "1", "0"]
    assert height_of(row_with(page, "Foxtrot")) < height_of(row_with(page, "Echo"))

    row_with(page, "Foxtrot").hover()
    label, text = (row_with(page, "Foxtrot").locator(part).bounding_box() for part in ("[data-who]", "[data-text]"))
    assert label
    assert text
    assert 0 < text["x"] - label["x"] - label["width"] < 40
    assert 0 < label["y"] - text["y"] < text["height"]

    # No panel moves what one is reading.
    before = top_and_left(row_with(page, "Delta"))
    tabs = page.locator(".panel-tab")
    for name in ("speakers", "review"):
        tabs.and_(page.locator(f"[data-open-panel={name}]")).click()
        assert top_and_left(row_with(page, "Delta")) == before
    expect(tabs.filter(has_text="Speakers").locator(".panel-count")).to_have_text("3")

    # The map shows four voices, then also what is verified; the count what is flagged; the ring how far one is.
    drawn = page.locator(".overview-map")
    assert drawn.evaluate(SHADES) == 4
    row_with(page, "Alpha").focus()
    page.keyboard.press("Alt+Q")
    row_with(page, "Alpha").locator("[data-verify]").click()
    expect(page.locator("[data-review-progress]").first).to_have_text("16% verified")
    expect(tabs.filter(has_text="Review").locator(".panel-count")).to_have_text("1")
    page.wait_for_function(f"() => ({SHADES})(document.querySelector('.overview-map')) === 5")

    # A speaker given to a row moves the names, and what is too long is in the title.
    page.keyboard.press("Escape")
    row_with(page, "Delta").focus()
    page.keyboard.press("2")
    expect(row_with(page, "Delta")).to_have_attribute("data-continues", "")
    row_with(page, "Bravo").locator("[data-who]").click()
    page.locator("speaker-menu [name=name]").fill(NAME)
    page.keyboard.press("Enter")
    expect(row_with(page, "Bravo").locator("[data-who]")).to_have_text(NAME)
    expect(row_with(page, "Charlie")).not_to_have_attribute("data-continues", "")
    row_with(page, "Bravo").locator("[data-who]").hover()
    expect(row_with(page, "Bravo").locator("[data-who]")).to_have_attribute("title", NAME)

    # What cannot be done is not offered.
    row_with(page, "Alpha").hover()
    row_with(page, "Alpha").locator("[data-more]").click()
    menu = page.locator("row-menu")
    for shown, hidden in (("Merge with the row below", "Merge with the row above"), ("Flag", "Split at the caret")):
        expect(menu.get_by_role("button", name=shown)).to_be_visible()
        expect(menu.get_by_role("button", name=hidden)).to_be_hidden()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('flash-transcript').chosen")

    # Several rows that are merged: whose words go to whom.
    row_with(page, "Charlie").focus()
    for _ in range(2):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Alt+M")
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("The words of row 5 (Speaker 3) now belong to Speaker 2.")
    notice.get_by_role("button", name="Undo").click()
    expect(row_with(page, "Echo").locator("[data-who]")).to_have_text("Speaker 3")

    # Closer together.
    tall = height_of(row_with(page, "Foxtrot"))
    page.keyboard.press("?")
    with page.expect_response("**/preferences/"):
        page.get_by_label("Rows stand closer together").check()
    page.keyboard.press("Escape")
    assert height_of(row_with(page, "Foxtrot")) < tall * 0.75
    opened(page, transcript)
    expect(page.locator("flash-transcript")).to_have_attribute("data-compact", "")
    page.keyboard.press("?")
    with page.expect_response("**/preferences/"):
        page.get_by_label("Rows stand closer together").uncheck()


def test_phone_has_large_targets_one_line_and_sheets(
    scripted: Site,
    transcript: str,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
) -> None:
    size = {"width": 390, "height": 844}
    page = visit(viewport=size, has_touch=True, is_mobile=True, storage_state=sign_in(scripted)).new_page()
    opened(page, transcript)
    expect(page.locator(".overview-map")).to_be_attached()
    expect(page.locator("wave-zoom")).to_be_hidden()
    assert height_of(page.locator(".bar")) < 52
    assert page.evaluate(SMALL) == []
    row_with(page, "Delta").locator("[data-more]").tap()
    menu = page.locator("row-menu").bounding_box()
    assert menu
    assert (menu["x"], menu["width"], round(menu["y"] + menu["height"])) == (0, 390, 844)
    assert menu["height"] <= 0.85 * 844
    assert page.evaluate(SMALL) == []
    page.keyboard.press("Escape")
    page.locator(".panels-button").tap()
    assert page.evaluate(SMALL) == []
    for name in ("speakers", "review"):
        page.locator(f".panel-tab[data-open-panel={name}]").tap()
        assert page.evaluate(SMALL) == [], name
    sheet = page.locator("side-panel")
    assert height_of(sheet) <= 0.46 * 844
    page.locator("[data-panel-rise]").tap()
    assert 0.75 * 844 < height_of(sheet) <= 0.85 * 844
    page.locator("[data-panel-close]").tap()
    page.locator("details.person > summary").tap()
    for name in ("Export", "Share", "Details", "Projects"):
        expect(page.locator("details.person").get_by_text(name, exact=True)).to_be_visible()
