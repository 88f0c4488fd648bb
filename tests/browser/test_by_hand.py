"""Small ways that save the hands: words passed on, halves verified, undo through a field, letters that open a row."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import answer_of, field_of, opened, point_of, recognised, row_with, status
from tests.processes import Site

TEXTS = ("Alpha comes first.", "Bravo comes second.", "Charlie comes third.")


@pytest.fixture
def transcript(scripted: Site, service_port: int) -> str:
    answer = answer_of(*((n * 1000, n * 1000 + 900, text) for n, text in enumerate(TEXTS)))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def texts(page: Page) -> list[str]:
    return page.locator("[data-text]").all_text_contents()


def put_caret(page: Page, at: int) -> None:
    field_of(page).evaluate("(field, at) => field.setSelectionRange(at, at)", at)


def test_words_move_to_the_neighbour_and_undo_goes_through_the_field(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row_with(page, "Bravo").focus()
    page.keyboard.press("Enter")
    put_caret(page, 12)
    page.keyboard.press("Alt+Shift+u")
    expect(status(page)).to_have_text("Words moved to the row below")
    expect(page.locator("[data-text]").nth(2)).to_have_text("second. Charlie comes third.")
    expect(field_of(page)).to_have_value("Bravo comes")
    put_caret(page, 5)
    page.keyboard.press("Alt+u")
    expect(page.locator("[data-text]").first).to_have_text("Alpha comes first. Bravo")
    expect(field_of(page)).to_have_value("comes")
    expect(field_of(page)).to_be_focused()
    # The field has nothing to take back: the transcript has.
    page.keyboard.press("Control+z")
    expect(page.locator("[data-text]").first).to_have_text(TEXTS[0])
    page.keyboard.press("Control+z")
    expect(page.locator("[data-text]")).to_have_text(list(TEXTS))
    # What was typed is taken back by the field first.
    row_with(page, "Charlie").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("!")
    page.keyboard.press("Control+z")
    expect(field_of(page)).to_have_value(TEXTS[2])
    page.keyboard.press("Escape")
    assert texts(page) == list(TEXTS)


def test_both_halves_are_verified_and_going_back_up_is_told(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row_with(page, "Bravo").focus()
    page.keyboard.press("Enter")
    put_caret(page, 6)
    page.keyboard.press("Shift+Enter")
    expect(field_of(page)).to_have_value("comes second.")
    page.keyboard.press("Alt+Enter")
    expect(page.locator("[data-notice]")).to_contain_text("Verified: rows 2 and 3")
    expect(row_with(page, "Charlie").locator("textarea")).to_be_focused()
    assert field_of(page).evaluate("(field) => field.selectionStart") == 0
    page.keyboard.press("Alt+PageDown")
    expect(status(page)).to_have_text("None below: back up to row 1.")
    expect(row_with(page, "Alpha").locator("textarea")).to_be_focused()


def test_letters_and_clicks_open_a_row_as_one_likes(
    page: Page, transcript: str, habits: Callable[..., None], visit: Callable[..., BrowserContext]
) -> None:
    opened(page, transcript)
    row_with(page, "Alpha").focus()
    page.keyboard.type("X")
    expect(field_of(page)).to_have_value(f"{TEXTS[0]}X")
    expect(page.locator(".row-hint")).to_have_text(
        "Enter saves · Alt+Enter verifies and goes on · Ctrl+click plays from a word"
    )
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    mouse = page.locator("#shortcuts-dialog .mouse")
    expect(mouse).to_contain_text(re.compile(r"Edit a word\s*Double click"))
    page.get_by_label("A click on a word edits it").check()
    expect(mouse).to_contain_text(re.compile(r"Edit a word\s*Click"))
    page.keyboard.press("Escape")
    page.mouse.click(*point_of(page, row_with(page, "Bravo"), "comes"))
    expect(row_with(page, "Bravo").locator("textarea")).to_be_focused()
    assert 6 <= field_of(page).evaluate("(field) => field.selectionStart") <= 11
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.down("Control")
    page.mouse.click(*point_of(page, row_with(page, "Charlie"), "comes"))
    page.keyboard.up("Control")
    expect(row_with(page, "Charlie")).to_have_attribute("aria-current", "true")
    expect(field_of(page)).to_have_count(0)


def test_find_leads_to_replace_and_enter_replaces(page: Page, transcript: str) -> None:
    opened(page, transcript)
    page.keyboard.press("Alt+Backslash")
    page.keyboard.type("comes")
    page.keyboard.press("Tab")
    panel = page.get_by_role("complementary", name="Find")
    expect(panel.get_by_role("textbox", name="Replace with")).to_be_focused()
    page.keyboard.type("goes")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Replaced")
    assert texts(page) == [text.replace("comes", "goes") for text in TEXTS]
    page.keyboard.press("Shift+Tab")
    expect(panel.get_by_role("searchbox", name="Find")).to_be_focused()


def test_export_menu_is_used_by_keys(page: Page, transcript: str) -> None:
    opened(page, transcript)
    page.keyboard.press("Alt+Shift+S")
    page.keyboard.press("s")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith(".srt")
