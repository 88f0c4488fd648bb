"""One clip from upload to download with nothing but the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import NAME, PASSWORD, answer_of, current_ms, field_of, status
from tests.conftest import AUDIO
from tests.files import unlike_others
from tests.processes import Site
from transcripts.flashserver.server import FlashServer

HEARD = answer_of(
    (300, 3200, "And so, my fellow Americans,"),
    (3300, 7600, "ask not what your country can do for you,"),
    (8100, 10600, "ask what you can do for your country."),
)
HELD = "() => document.activeElement.matches('[data-utterance]') || document.activeElement === document.body"


@pytest.fixture
def no_mouse(visit: Callable[..., BrowserContext]) -> Page:
    """A page on which pointers do nothing: whatever is done is done by keys."""
    page = visit().new_page()
    page.add_init_script(
        """for (const name of ["pointerdown", "mousedown", "touchstart"]) {
            addEventListener(name, (event) => event.stopImmediatePropagation(), true);
        }
        addEventListener("click", (event) => event.detail && event.stopImmediatePropagation(), true);"""
    )
    page.on("filechooser", lambda chooser: None)  # From now on, so that no press comes before somebody listens.
    return page


def tab_to(page: Page, selector: str, *, key: str = "Tab", most: int = 80) -> None:
    """Presses Tab until the element has the focus, as somebody does who cannot point at it."""
    for _press in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{most} times {key} do not lead to {selector}")


@pytest.mark.timeout(240)
def test_clip_goes_from_upload_to_download_by_keys_alone(
    scripted: Site, service: Callable[..., FlashServer], no_mouse: Page, tmp_path: Path
) -> None:
    service({"body": HEARD})
    page = no_mouse
    signs_in(page, scripted)
    uploads(page)
    opens(page)
    listens(page)
    edited = corrects(page)
    verifies(page)
    finds(page)
    takes_home(page, edited, tmp_path)


def signs_in(page: Page, site: Site) -> None:
    page.goto(site.url)
    tab_to(page, "[name=username]")
    page.keyboard.type(NAME)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recordings")).to_be_visible()


def uploads(page: Page) -> None:
    """The dialog of the system is not the page's: there the file is handed over."""
    tab_to(page, "input[type=file]")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    content = unlike_others((AUDIO / "en_jfk.flac").read_bytes())
    chooser.value.set_files([{"name": "by_keys.flac", "mimeType": "audio/flac", "buffer": content}])
    expect(page.get_by_role("link", name="by_keys")).to_be_visible(timeout=60_000)


def opens(page: Page) -> None:
    tab_to(page, "a.recording-link")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator("flash-transcript")).to_contain_text("ask what you can do for your country")


def listens(page: Page) -> None:
    page.wait_for_load_state()  # Until its scripts run, a key does nothing.
    tab_to(page, "[data-utterance]")
    page.keyboard.press("Alt+k")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 1")
    expect(page.locator("[aria-current=true]")).to_have_count(1)
    page.keyboard.press("Alt+k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    before = current_ms(page)
    page.keyboard.press("Alt+l")
    page.wait_for_function("before => document.querySelector('audio').currentTime * 1000 > before + 1000", arg=before)


def corrects(page: Page) -> str:
    rows = page.locator("[data-utterance]")
    for _row in range(rows.count()):
        page.keyboard.press("Alt+ArrowDown")
    expect(rows.last).to_be_focused()
    page.keyboard.press("Enter")
    expect(field_of(page)).to_be_focused()
    page.keyboard.press("Control+End")
    for _letter in "country.":
        page.keyboard.press("Backspace")
    page.keyboard.type("homeland.")
    edited = field_of(page).input_value()
    page.keyboard.press("Escape")
    expect(status(page)).to_have_text("Saved")
    expect(rows.last).to_be_focused()
    expect(rows.last).to_contain_text("for your homeland.")
    return edited


def verifies(page: Page) -> None:
    row = page.locator("[data-utterance]").last
    page.keyboard.press("Alt+Enter")
    expect(row).to_have_attribute("data-verified", re.compile(".*"))


def finds(page: Page) -> None:
    page.keyboard.press("Alt+Slash")
    expect(page.get_by_role("complementary", name="Find").locator("input:focus")).to_be_visible()
    page.keyboard.type("homeland")
    expect(page.locator("[data-hit]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.wait_for_function(HELD)


def takes_home(page: Page, edited: str, folder: Path) -> None:
    tab_to(page, ".bar details.menu:not(.person) > summary", key="Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, "[href$='/export/txt/']")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(folder / "by_keys.txt")
    assert edited in " ".join((folder / "by_keys.txt").read_text(encoding="utf-8").split())
