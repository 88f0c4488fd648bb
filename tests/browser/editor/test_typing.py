"""Correcting with the keyboard alone, and with an input method."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.browser.people import answer_of, field_of, opened, recognised, row_with, status
from tests.processes import Site

PLAYING = "!document.querySelector('audio').paused"


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    """Rows for every test of this module: each test changes its own."""
    rows = ("Alpha comes first.", "Bravo comes second.", "Charlie comes third.", "Delta comes fourth.", "Echo ends it.")
    answer = answer_of(*((n * 1000, n * 1000 + 900, text) for n, text in enumerate(rows)))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def begin(page: Page, transcript: str, text: str) -> Locator:
    """The row, with the focus on it."""
    opened(page, transcript)
    row = row_with(page, text)
    row.focus()
    return page.locator(f"#{row.get_attribute('id')}")


def stored(page: Page, row: Locator) -> str:
    page.reload()
    return row.locator("[data-text]").text_content() or ""


def test_enter_opens_a_row_and_escape_saves_it(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Alpha")
    page.keyboard.press("Enter")
    expect(field_of(page)).to_be_focused()
    expect(field_of(page)).to_have_value("Alpha comes first.")
    page.keyboard.press("Home")
    page.keyboard.type("Well, ")
    page.keyboard.press("Escape")
    expect(field_of(page)).to_have_count(0)
    expect(row).to_be_focused()
    expect(status(page)).to_have_text("Saved")
    expect(row).to_be_focused()
    assert stored(page, row) == "Well, Alpha comes first."


def test_leaving_the_field_saves_it(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Bravo")
    row.get_by_role("button", name="Edit").click()
    field_of(page).fill("Bravo comes in second.")
    page.get_by_role("main").click(position={"x": 5, "y": 5})
    expect(field_of(page)).to_have_count(0)
    expect(status(page)).to_have_text("Saved")
    assert stored(page, row) == "Bravo comes in second."


def test_unchanged_row_is_closed_without_saving(page: Page, transcript: str) -> None:
    begin(page, transcript, "Delta")
    page.keyboard.press("Enter")
    sent: list[str] = []
    page.on("request", lambda request: request.url.endswith("/here/") or sent.append(request.url))
    page.keyboard.press("Control+Enter")
    expect(field_of(page)).to_have_count(0)
    expect(status(page)).to_have_text("")
    assert sent == []


@pytest.mark.usefixtures("habits")
def test_shortcuts_work_inside_the_text(page: Page, transcript: str) -> None:
    begin(page, transcript, "Delta")
    page.keyboard.press("Enter")
    page.keyboard.press("F8")
    page.wait_for_function(f"() => {PLAYING}")
    page.keyboard.press("Alt+k")
    page.wait_for_function(f"() => !({PLAYING})")
    page.keyboard.press("Alt+Equal")
    expect(page.get_by_label("Speed")).to_have_value("1.1")
    page.keyboard.press("Alt+p")
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 3")
    page.keyboard.press("Alt+k")
    page.keyboard.press("Alt+j")
    page.wait_for_function("() => document.querySelector('audio').currentTime < 2.5")
    expect(field_of(page)).to_have_value("Delta comes fourth.")
    page.keyboard.press("Alt+ArrowDown")
    expect(field_of(page)).to_have_value("Echo ends it.")
    expect(field_of(page)).to_be_focused()


def test_shortcuts_are_listed(page: Page, transcript: str) -> None:
    begin(page, transcript, "Delta")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts and playback")
    expect(dialog).to_be_visible()
    for key, meaning in {"Alt+K": "Play or pause", "Alt+J": "Back 3 seconds", "Ctrl+Z": "Undo"}.items():
        expect(dialog).to_contain_text(key)
        expect(dialog).to_contain_text(meaning)
    page.keyboard.press("Alt+k")
    assert not page.evaluate(PLAYING)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def compose(cdp: CDPSession, text: str) -> None:
    cdp.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})


def composing_key(cdp: CDPSession, key: str, code: str, **more: Any) -> None:
    """A key as the page gets it while an input method has the keyboard: key code 229."""
    for kind in ("rawKeyDown", "keyUp"):
        event = {"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": 229, **more}
        cdp.send("Input.dispatchKeyEvent", event)


def test_nothing_fires_while_an_input_method_composes(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Charlie")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    cdp = page.context.new_cdp_session(page)
    sent: list[str] = []
    page.on("request", lambda request: request.url.endswith("/here/") or sent.append(request.url))
    compose(cdp, "nihao")
    for key, code, more in (("Enter", "Enter", {}), ("Escape", "Escape", {}), ("k", "KeyK", {"modifiers": 1})):
        composing_key(cdp, key, code, **more)
    composing_key(cdp, "Enter", "Enter", modifiers=2)
    expect(field_of(page)).to_be_focused()
    expect(field_of(page)).to_have_value("Charlie comes third.nihao")
    assert not page.evaluate(PLAYING)
    cdp.send("Input.insertText", {"text": "你好"})
    expect(field_of(page)).to_have_value("Charlie comes third.你好")
    assert sent == []
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_have_text("Saved")
    assert stored(page, row) == "Charlie comes third.你好"


def test_text_being_composed_is_stored_when_the_field_is_left(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Echo")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    compose(page.context.new_cdp_session(page), "再见")
    page.get_by_role("main").click(position={"x": 5, "y": 5})
    expect(status(page)).to_have_text("Saved")
    assert stored(page, row) == "Echo ends it.再见"


@pytest.fixture
def abbreviations(page: Page, scripted: Site) -> Iterator[None]:
    """The person has two, of which the first was added on the page that the editor's settings lead to."""
    address = f"{scripted.url}/accounts/abbreviations/"
    for abbreviation, becomes in ((";fw", "Flashweb"), ("btw", "by the way")):
        page.goto(address)
        form = page.locator("form.abbreviation").first
        form.get_by_label("Abbreviation").fill(abbreviation)
        form.get_by_label("Becomes").fill(becomes)
        form.get_by_role("button", name="Add").click()
        expect(page.get_by_role("button", name=f"Delete {abbreviation}")).to_be_visible()
    yield
    for abbreviation in (";fw", "btw"):
        page.goto(address)
        page.get_by_role("button", name=f"Delete {abbreviation}").click()
        expect(page.get_by_role("button", name=f"Delete {abbreviation}")).to_have_count(0)


def caret(page: Page) -> list[int]:
    found: list[int] = field_of(page).evaluate("(field) => [field.selectionStart, field.selectionEnd]")
    return found


@pytest.mark.usefixtures("abbreviations")
def test_abbreviations_expand_as_they_are_typed(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Delta")
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    field = field_of(page)
    before = field.input_value()

    # At the end of a word, and not before; the caret goes on behind what was typed.
    page.keyboard.type("See ;fw")
    expect(field).to_have_value(f"See ;fw{before}")
    page.keyboard.type(", ")
    expect(field).to_have_value(f"See Flashweb, {before}")
    assert caret(page) == [14, 14]

    # One Backspace brings back what was typed, and the next ones delete it; it is let be from then on.
    page.keyboard.type("btw.")
    expect(field).to_have_value(f"See Flashweb, by the way.{before}")
    page.keyboard.press("Backspace")
    expect(field).to_have_value(f"See Flashweb, btw.{before}")
    page.keyboard.press("Backspace")
    expect(field).to_have_value(f"See Flashweb, btw{before}")
    page.keyboard.type("! ")
    expect(field).to_have_value(f"See Flashweb, btw! {before}")

    # After another key, Backspace deletes as ever.
    page.keyboard.type(";fw ")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Backspace")
    expect(field).to_have_value(f"See Flashweb, btw! Flashweb{before}")

    # The browser's own undo takes back step by step, down to the text as it was.
    page.keyboard.type(" ;fw ")
    expect(field).to_have_value(f"See Flashweb, btw! Flashweb Flashweb {before}")
    page.keyboard.press("Control+z")
    expect(field).to_have_value(f"See Flashweb, btw! Flashweb ;fw {before}")
    assert caret(page) == [32, 32]
    for _step in range(60):
        if field.input_value() == before:
            break
        page.keyboard.press("Control+z")
    expect(field).to_have_value(before)
    page.keyboard.press("Home")

    # What is pasted, or written by a script, stays.
    field.evaluate(
        """(field) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", ";fw\\n;fw ");
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }"""
    )
    expect(field).to_have_value(f";fw ;fw {before}")
    field.fill("btw ")
    expect(field).to_have_value("btw ")
    field.fill("")

    # Never while an input method composes; what it commits ends the word, as a Chinese sign does.
    cdp = page.context.new_cdp_session(page)
    page.keyboard.type("我们用;fw")
    compose(cdp, "hen")
    expect(field).to_have_value("我们用;fwhen")
    cdp.send("Input.insertText", {"text": "很久"})
    expect(field).to_have_value("我们用Flashweb很久")
    page.keyboard.press("Backspace")
    expect(field).to_have_value("我们用;fw很久")
    page.keyboard.type("；fw。")
    expect(field).to_have_value("我们用;fw很久Flashweb。")

    # Enter ends a word, too.
    page.keyboard.type(" btw")
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("Saved")
    assert stored(page, row) == "我们用;fw很久Flashweb。 by the way"
