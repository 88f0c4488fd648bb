"""Rows that are selected: shown, counted, acted on by every command, and dropped when one goes elsewhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import answer_of, field_of, opened, point_of, recognised, row_with, status
from tests.processes import Site

WORDS = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot")
VOICES = "111222"
HUMAN_MS = 120  # between two keys of somebody in a hurry


@pytest.fixture(scope="module")
def answer() -> dict[str, object]:
    found = answer_of(*((n * 600, n * 600 + 500, f"{word} speaks.") for n, word in enumerate(WORDS)))
    for voice, utterance in zip(VOICES, found["result"]["utterances"], strict=True):
        utterance["additions"] = {"speaker": voice}
    return found


@pytest.fixture
def transcript(scripted: Site, service_port: int, answer: dict[str, object]) -> str:
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def labels(page: Page) -> str:
    return "".join(text.removeprefix("Speaker ") for text in page.locator("[data-who]").all_text_contents())


def selected(page: Page) -> list[str]:
    texts = page.locator("[data-selected] [data-text]").all_text_contents()
    return [text.split()[0] for text in texts]


def drag(page: Page, one: str, other: str) -> None:
    page.mouse.move(*point_of(page, row_with(page, one), one))
    page.mouse.down()
    page.mouse.move(*point_of(page, row_with(page, other), other), steps=5)
    page.mouse.up()


def notice(page: Page) -> Locator:
    return page.locator("[data-notice]")


def bar(page: Page) -> Locator:
    return page.get_by_role("group", name="Selected rows")


def test_selection_rules_the_keys_until_one_goes_elsewhere(page: Page, transcript: str) -> None:
    opened(page, transcript)
    drag(page, "Alpha", "Bravo")
    assert selected(page) == ["Alpha", "Bravo"]
    expect(bar(page)).to_contain_text("Rows selected: 2")
    page.keyboard.press("2")
    expect(notice(page)).to_contain_text("Speaker 2: rows 1 and 2")
    assert labels(page) == "221222"
    page.wait_for_timeout(HUMAN_MS)
    row_with(page, "Foxtrot").focus()
    expect(bar(page)).to_be_hidden()
    page.keyboard.press("1")
    expect(status(page)).to_have_text("Speaker 1: row 6")
    assert labels(page) == "221221"
    page.get_by_role("button", name="Undo").first.click()
    expect(status(page)).to_have_text("Undone")
    # By the keys, after a drag: the next row is another one, though it was selected.
    drag(page, "Alpha", "Charlie")
    page.keyboard.press("Alt+ArrowDown")
    assert selected(page) == []
    drag(page, "Alpha", "Charlie")
    page.keyboard.press("Escape")
    assert selected(page) == []
    drag(page, "Alpha", "Charlie")
    page.mouse.click(*point_of(page, row_with(page, "Bravo"), "speaks"))
    assert selected(page) == []
    drag(page, "Alpha", "Charlie")
    row_with(page, "Bravo").locator("[data-text]").dblclick()
    expect(field_of(page)).to_be_focused()
    assert selected(page) == []


def test_rows_are_selected_by_click_keys_and_turn(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row_with(page, "Bravo").focus()
    x, y = point_of(page, row_with(page, "Delta"), "Delta")
    page.keyboard.down("Shift")
    page.mouse.click(x, y)
    page.keyboard.up("Shift")
    assert selected(page) == ["Bravo", "Charlie", "Delta"]
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowUp")
    assert selected(page) == ["Alpha", "Bravo"]
    page.keyboard.press("Escape")
    row_with(page, "Bravo").focus()
    for key, expected in (
        ("Shift+PageDown", "Bravo Charlie"),
        ("Shift+End", "Bravo Charlie Delta Echo Foxtrot"),
        ("Shift+Home", "Alpha Bravo"),
        ("Control+a", "Alpha Bravo Charlie Delta Echo Foxtrot"),
    ):
        page.keyboard.press(key)
        assert " ".join(selected(page)) == expected
    page.keyboard.press("Escape")
    row_with(page, "Foxtrot").focus()
    page.keyboard.press("Shift+PageUp")
    assert selected(page) == ["Delta", "Echo", "Foxtrot"]


def test_every_command_takes_all_selected_rows_and_tells_which(page: Page, transcript: str) -> None:
    opened(page, transcript)

    def select_two(word: str) -> None:
        row_with(page, word).focus()
        page.keyboard.press("Shift+ArrowDown")

    select_two("Bravo")
    page.keyboard.press("Alt+KeyQ")
    expect(notice(page)).to_contain_text("Flagged for review: rows 2 and 3")
    expect(page.locator("[data-flagged]")).to_have_count(2)
    select_two("Bravo")
    bar(page).get_by_role("button", name="Verify rows").click()
    expect(notice(page)).to_contain_text("Verified: rows 2 and 3")
    row_with(page, "Echo").focus()
    page.keyboard.press("Alt+Shift+Enter")
    expect(notice(page)).to_contain_text("Verified: rows 1, 4, and 5")
    select_two("Echo")
    page.keyboard.press("Alt+Period")
    expect(notice(page)).to_contain_text("Time saved: rows 5 and 6")
    expect(row_with(page, "Foxtrot")).to_have_attribute("data-start", "3050")
    select_two("Alpha")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Alt+m")
    expect(notice(page)).to_contain_text("Rows merged: rows 1–3")
    expect(page.locator("[data-text]").first).to_have_text("Alpha speaks. Bravo speaks. Charlie speaks.")
    select_two("Delta")
    page.keyboard.press("Alt+x")
    expect(notice(page)).to_contain_text("Deleted: rows 2 and 3")
    expect(page.locator("[data-utterance]")).to_have_count(2)
    for count in (4, 6):
        page.keyboard.press("Control+z")
        expect(page.locator("[data-utterance]")).to_have_count(count)
    select_two("Charlie")
    bar(page).get_by_role("button", name="Export").click()
    page.wait_for_url(re.compile(r"/export/\?from_ms=1200&to_ms=2300"))


def test_number_without_a_speaker_asks_for_the_name(page: Page, transcript: str) -> None:
    opened(page, transcript)
    menu = page.get_by_role("dialog", name="Speaker of the row")
    row_with(page, "Alpha").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("4")
    expect(menu.get_by_label("Name of speaker 4")).to_be_focused()
    page.keyboard.type("Michelle")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("Michelle: rows 1 and 2")
    row_with(page, "Foxtrot").focus()
    page.keyboard.press("4")
    expect(row_with(page, "Foxtrot").locator("[data-who]")).to_have_text("Michelle")
    # The menu's field chooses by what is typed, or makes a new one.
    row_with(page, "Echo").focus()
    page.keyboard.press("Alt+n")
    expect(menu.get_by_role("textbox")).to_be_focused()
    page.keyboard.type("mich")
    expect(menu.locator("[data-taken]")).to_have_text(re.compile("Michelle"))
    page.keyboard.press("Enter")
    expect(row_with(page, "Echo").locator("[data-who]")).to_have_text("Michelle")
    row_with(page, "Delta").locator("[data-who]").click()
    page.keyboard.type("Jack")
    menu.get_by_role("button", name="Add “Jack”").click()
    expect(row_with(page, "Delta").locator("[data-who]")).to_have_text("Jack")
    expect(row_with(page, "Delta")).to_be_focused()


def test_row_opens_at_the_word_that_was_clicked_or_is_spoken(page: Page, transcript: str) -> None:
    opened(page, transcript)

    def chosen() -> str:
        text: str = field_of(page).evaluate("(field) => field.value.slice(field.selectionStart, field.selectionEnd)")
        return text

    page.mouse.dblclick(*point_of(page, row_with(page, "Bravo"), "speaks"))
    expect(field_of(page)).to_be_focused()
    assert chosen() == "speaks"
    page.keyboard.type("sings")
    expect(field_of(page)).to_have_value("Bravo sings.")
    page.keyboard.press("Alt+Enter")
    expect(row_with(page, "Charlie").locator("textarea")).to_be_focused()
    assert field_of(page).evaluate("(field) => field.selectionEnd") == 0
    page.keyboard.press("Escape")
    page.evaluate("() => { const audio = document.querySelector('audio'); audio.pause(); audio.currentTime = 2.2; }")
    expect(row_with(page, "Delta")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Alt+i")
    expect(row_with(page, "Delta").locator("textarea")).to_be_focused()
    assert chosen() == "speaks."[:-1]
    page.keyboard.press("Escape")
    row_with(page, "Alpha").focus()
    page.keyboard.press("Alt+g")
    expect(row_with(page, "Delta")).to_be_focused()
