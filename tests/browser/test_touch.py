"""Phones: fingers, thumbs, and the keyboard on the screen, which a test has to stand in for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, StorageState, expect

from tests.browser.people import current_ms, field_of, opened, point_of, recognised, row_with
from tests.conftest import ANSWER
from tests.processes import Site, wait_for

# A keyboard makes what is seen of the window smaller, and the window not.
KEYBOARD = """
    class View extends EventTarget {
        offsetTop = 0;
        scale = 1;
        covered = 0;
        get height() { return innerHeight - this.covered; }
    }
    const view = new View();
    Object.defineProperty(window, "visualViewport", {value: view});
    window.showKeyboard = (covered) => {
        view.covered = covered;
        view.dispatchEvent(new Event("resize"));
    };
"""
APART_MS = 700  # Two taps within less are a double tap, which opens a row.
SIZES = """() => [...document.querySelectorAll("input, select, textarea")]
    .filter((field) => field.checkVisibility() && !/checkbox|radio|file|range/.test(field.type))
    .map((field) => [field.name || field.id, parseFloat(getComputedStyle(field).fontSize)])
    .filter(([, size]) => size < 16)"""


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    return recognised(scripted, service_port, "zh_welcome.wav", ANSWER)


@pytest.fixture
def phone(
    scripted: Site, visit: Callable[..., BrowserContext], sign_in: Callable[[Site], StorageState]
) -> Callable[..., Page]:
    def begin(width: int = 390, height: int = 844) -> Page:
        size = {"width": width, "height": height}
        page = visit(viewport=size, has_touch=True, is_mobile=True, storage_state=sign_in(scripted)).new_page()
        page.add_init_script(KEYBOARD)
        return page

    return begin


def touch(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def at(x: float, y: float) -> dict[str, Any]:
    return {"touchPoints": [{"x": x, "y": y}]}


@pytest.mark.parametrize(("width", "height", "keyboard"), [(390, 844, 340), (360, 640, 260), (844, 390, 190)])
def test_row_and_player_stand_above_the_keyboard(
    phone: Callable[..., Page], transcript: str, width: int, height: int, keyboard: int
) -> None:
    page = opened(phone(width, height), transcript)
    row = row_with(page, "大家好")
    row.get_by_role("button", name="Edit").tap()
    expect(field_of(page)).to_be_focused()
    page.evaluate("window.scrollTo(0, 0)")
    page.evaluate("covered => showKeyboard(covered)", keyboard)
    seen = height - keyboard

    def stands_in_sight() -> bool:
        field = field_of(page).bounding_box()
        player = page.locator("#player").bounding_box()
        assert field
        assert player
        if player["y"] > field["y"]:  # below, as on phones that are held upright
            return field["y"] + field["height"] <= player["y"] and player["y"] + player["height"] <= seen + 1
        return player["y"] + player["height"] <= field["y"] and field["y"] + field["height"] <= seen

    wait_for("row and player in sight", stands_in_sight, seconds=10)
    page.evaluate("showKeyboard(0)")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--keyboard')") == "0px"


def test_panels_stand_above_the_keyboard(phone: Callable[..., Page], transcript: str) -> None:
    page = opened(phone(), transcript)
    page.get_by_role("button", name="Panels").tap()
    field = page.get_by_role("searchbox").first
    field.tap()
    page.evaluate("showKeyboard(340)")
    box = field.bounding_box()
    assert box
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 844 - 340


def test_menu_of_a_row_has_the_whole_height_of_a_phone_on_its_side(phone: Callable[..., Page], transcript: str) -> None:
    page = opened(phone(844, 390), transcript)
    row_with(page, "大家好").get_by_role("button", name="More").tap()
    menu = page.locator("row-menu").bounding_box()
    assert menu
    assert menu["y"] >= 0
    assert 300 < menu["height"] <= 390 - menu["y"]


def test_no_field_makes_a_phone_zoom_in(
    scripted: Site, phone: Callable[..., Page], visit: Callable[..., BrowserContext], transcript: str
) -> None:
    page = phone()
    small = {}
    for path in ("/", "/projects/", "/projects/1/", "/accounts/", "/search/?q=a", "/imports/", "/exports/", "/audit/"):
        page.goto(scripted.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((closed) => { closed.open = true; })")
        small[path] = page.evaluate(SIZES)
    opened(page, transcript)
    page.locator(".row-more").first.tap()
    small["row menu"] = page.evaluate(SIZES)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Edit").first.tap()
    page.get_by_role("button", name="Panels").tap()
    for tab in page.locator(".panel-tab").all():
        if tab.get_attribute("aria-expanded") != "true":
            tab.tap()
        small[tab.inner_text()] = page.evaluate(SIZES)
    stranger = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    stranger.goto(scripted.url)
    small["sign in"] = stranger.evaluate(SIZES)
    assert {place: fields for place, fields in small.items() if fields} == {}


def test_long_press_and_selection_do_not_play(phone: Callable[..., Page], transcript: str) -> None:
    page = opened(phone(), transcript)
    row = row_with(page, "大家好")
    x, y = point_of(page, row, "好")
    fingers = touch(page)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", **at(x, y)})
    page.wait_for_timeout(900)  # as long as a finger rests
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    playing = page.get_by_role("button", name="Pause", exact=True)
    expect(playing).to_have_count(0)
    page.wait_for_timeout(APART_MS)
    row.locator("[data-text]").evaluate("text => getSelection().selectAllChildren(text)")
    page.touchscreen.tap(x, y)
    expect(playing).to_have_count(0)
    page.evaluate("getSelection().removeAllRanges()")
    page.wait_for_timeout(APART_MS)
    page.touchscreen.tap(*point_of(page, row_with(page, "欢迎"), "迎"))
    expect(playing).to_be_visible()


@pytest.mark.parametrize("slip", [0, 30])
def test_thumb_drags_the_edge_of_a_row(phone: Callable[..., Page], transcript: str, slip: int) -> None:
    """Also if it slips up or down at first."""
    page = opened(phone(), transcript)
    row = row_with(page, "大家好")
    before = int(row.get_attribute("data-end") or "")
    zoom = page.locator("wave-zoom")
    page.locator("[data-fold]").tap()
    zoom.wait_for()
    box = zoom.bounding_box()
    assert box
    length = min(5547, max(8000, box["width"] / 40 * 1000))
    x, y = box["x"] + before / length * box["width"] + 14, box["y"] + box["height"] / 2
    fingers = touch(page)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", **at(x, y)})
    for step in range(1, 9):
        fingers.send("Input.dispatchTouchEvent", {"type": "touchMove", **at(x + step * 8, y - slip)})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_for("later end", lambda: int(row.get_attribute("data-end") or "") > before + 400, seconds=10)
    assert current_ms(page) == 0
