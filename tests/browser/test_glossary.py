"""A name is taught once: the next recording has it, and where it was misheard before, the checks point."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.accessibility import complaints
from tests.browser.people import Troubles, answer_of, field_of, opened, recognised, row_with, status
from tests.browser.test_checks import open_checks
from tests.processes import Site

MISHEARD = "Then Zeenith Wong spoke about it."


def test_name_is_taught_and_the_next_recording_has_it(
    page: Page, scripted: Site, service_port: int, troubles: Troubles
) -> None:
    troubles.expect("status of 422")  # No words are selected.
    answer = answer_of((0, 2000, MISHEARD), (2000, 4000, "And Zeenith Wong went home."))
    first = recognised(scripted, service_port, "zh_welcome.wav", answer)
    opened(page, first)
    row_with(page, MISHEARD).focus()
    page.keyboard.press("Alt+Shift+G")
    expect(status(page)).to_contain_text("Select the words of a name or term first.")
    page.keyboard.press("Enter")
    field = field_of(page)
    field.fill("Then Zenith Wang spoke about it.")
    field.evaluate("(field) => field.setSelectionRange(5, 16)")
    page.keyboard.press("Alt+Shift+G")
    expect(status(page)).to_contain_text("“Zenith Wang” is in the glossary.")
    page.keyboard.press("Escape")
    expect(row_with(page, "And Zeenith Wong went home.")).to_be_visible()  # Nothing changes by itself.
    open_checks(page)
    found = page.locator("[data-rule=misheard] [data-check]")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("heard 1 time as “Zeenith Wong”")

    opened(page, recognised(scripted, service_port, "zh_welcome.wav", answer, anew=True))
    page.get_by_role("button", name="Details").click()
    expect(page.locator("#details-dialog")).to_contain_text("1 term went along as a hot word.")
    page.keyboard.press("Escape")

    page.goto(f"{scripted.url}/projects/")
    page.get_by_role("link", name="Personal", exact=True).click()
    page.get_by_role("link", name="Glossary").click()
    expect(page.get_by_role("heading", name="Terms")).to_be_visible()
    page.get_by_role("textbox", name="Term", exact=True).fill("Aster")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Select all").check()
    expect(page.get_by_label("Select “Zenith Wang”")).to_be_checked()
    page.get_by_label("Select “Aster”").uncheck()
    assert page.get_by_label("Select all").evaluate("(all) => all.indeterminate")
    assert complaints(page) == []
    page.get_by_role("link", name="Zenith Wang").click()
    expect(page.get_by_role("heading", name="Zenith Wang")).to_be_visible()
    assert complaints(page) == []
    page.get_by_role("link", name="Then Zenith Wang spoke about it.").click()
    page.wait_for_url(f"{first}#u*")
    page.go_back()
    page.get_by_role("button", name="Delete term").click()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
