"""Languages, appearances, narrow screens, and what assistive technology finds."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.people import Troubles, answer_of, opened, point_of, recognised, row_with, uploaded
from tests.processes import ROOT, Site

NARROW = 360
PICTURE = ROOT / "docs/editor.png"


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    answer = answer_of(
        (0, 2400, "The first row has some words."), (2500, 5000, "The second row has some more of them.")
    )
    for number, utterance in enumerate(answer["result"]["utterances"], 1):
        utterance["additions"] = {"speaker": str(number)}
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def choose(page: Page, label: str, choice: str) -> None:
    """In the menu behind the person's name."""
    page.locator("details.person > summary").click()
    page.get_by_label(label).select_option(choice)


def test_language_is_switched_and_remembered(page: Page, scripted: Site) -> None:
    page.goto(scripted.url)
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "en")
    choose(page, "Language", "简体中文")
    expect(html).to_have_attribute("lang", "zh-hans")
    page.reload()
    expect(html).to_have_attribute("lang", "zh-hans")
    page.locator("details.person > summary").click()
    page.locator("#language").select_option("English")
    expect(html).to_have_attribute("lang", "en")


def test_language_is_that_of_the_browser(scripted: Site, visit: Callable[..., BrowserContext]) -> None:
    page = visit(locale="zh-CN").new_page()
    page.goto(scripted.url)
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


def test_appearance_is_switched_and_remembered(page: Page, scripted: Site) -> None:
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    page.goto(scripted.url)
    light = page.evaluate(ground)
    choose(page, "Appearance", "Dark")
    assert page.evaluate(ground) != light
    page.reload()
    assert page.evaluate(ground) != light
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    choose(page, "Appearance", "Light")
    assert page.evaluate(ground) == light


def complaints(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


# The checker itself styles what it measures, which the pages' policy forbids.
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible(
    scripted: Site,
    transcript: str,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
    theme: str,
) -> None:
    stranger = visit(color_scheme=theme, bypass_csp=True).new_page()
    stranger.goto(scripted.url)
    assert complaints(stranger) == []
    page = visit(color_scheme=theme, bypass_csp=True, storage_state=sign_in(scripted)).new_page()
    page.goto(scripted.url)
    expect(page.get_by_role("link", name="zh_welcome").first).to_be_visible()
    assert complaints(page) == []
    opened(page, transcript)
    page.mouse.click(*point_of(page, row_with(page, "second"), "second"))
    expect(page.locator("[aria-current=true]")).to_contain_text("second")
    page.get_by_role("button", name="Pause", exact=True).click()
    assert complaints(page) == []
    row_with(page, "first").get_by_role("button", name="Edit").click()
    assert complaints(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and playback")).to_be_visible()
    assert complaints(page) == []


def test_pages_fit_a_narrow_screen(
    scripted: Site,
    transcript: str,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
    troubles: Troubles,
) -> None:
    troubles.expect("status of 404")
    page = visit(
        viewport={"width": NARROW, "height": 640}, has_touch=True, is_mobile=True, storage_state=sign_in(scripted)
    ).new_page()
    width = "() => Math.max(document.documentElement.scrollWidth, innerWidth)"
    for address in (scripted.url, transcript, f"{scripted.url}/nothing/"):
        page.goto(address)
        assert (address, page.evaluate(width)) == (address, NARROW)
    opened(page, transcript)
    row_with(page, "first").get_by_role("button", name="Edit").tap()
    expect(page.locator("textarea[name=text]")).to_be_focused()
    page.get_by_role("button", name="Play", exact=True).tap()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    assert page.evaluate(width) == NARROW


@pytest.mark.skipif(not os.environ.get("FLASHWEB_PICTURE"), reason="docs/editor.png is drawn on demand only")
def test_picture_of_the_readme(
    site: Site, visit: Callable[..., BrowserContext], sign_in: Callable[[Site], StorageState]
) -> None:
    page = visit(viewport={"width": 1440, "height": 900}, storage_state=sign_in(site)).new_page()
    opened(page, uploaded(site, "zh_en_alternating.wav"))
    page.locator("[data-play]").nth(2).click()
    page.mouse.move(1400, 800)
    page.wait_for_timeout(1200)
    page.wait_for_function("() => CSS.highlights.get('current-word').size > 0")
    PICTURE.parent.mkdir(exist_ok=True)
    page.screenshot(path=PICTURE)
