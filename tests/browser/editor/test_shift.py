"""Moving all rows by the same time, while somebody else types in one of them."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.people import Troubles, answer_of, field_of, opened, recognised, row_with, status
from tests.processes import Site

# More than come with a change: pages move their rows themselves.
ROWS = [(400 + n * 30, 425 + n * 30, f"Row number{n:03} here.") for n in range(120)]


def test_all_rows_are_moved_and_taken_back(
    page: Page,
    troubles: Troubles,
    scripted: Site,
    service_port: int,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
) -> None:
    troubles.expect("status of 422")  # too far
    address = recognised(scripted, service_port, "zh_autumn.ogg", answer_of(*ROWS))
    opened(page, address)
    other = opened(visit(storage_state=sign_in(scripted)).new_page(), address)
    row_with(other, "number060").locator("[data-text]").dblclick()
    field_of(other).fill("Row number060 is being typed")

    row = row_with(page, "number003")
    row.hover()
    row.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Move all rows by…").click()
    dialog = page.get_by_role("dialog", name="Move all rows")
    field, move = dialog.get_by_label("Move all rows by"), dialog.get_by_role("button", name="Move rows")
    expect(field).to_be_focused()
    field.fill("-2 s")
    expect(dialog.get_by_text("Rows can move at most 0:00:00.400 earlier.")).to_be_visible()
    expect(move).to_be_disabled()
    field.fill("+0:01.500")
    sentence = "120 rows; the first will begin at 0:00:01.900, the last will end at 0:00:05.495."
    expect(dialog.get_by_text(sentence)).to_be_visible()
    page.keyboard.press("Enter")
    expect(status(page)).to_have_text("All rows moved")
    expect(row).to_have_attribute("data-start", str(ROWS[3][0] + 1500))
    expect(row.locator("[data-play]")).to_have_text("0:00:01")

    moved = row_with(other, "number061")
    expect(moved).to_have_attribute("data-start", str(ROWS[61][0] + 1500))
    expect(field_of(other)).to_have_value("Row number060 is being typed")
    field_of(other).press_sequentially(" on")
    other.keyboard.press("Control+Enter")
    expect(status(other)).to_have_text("Saved")
    expect(row_with(page, "number060 is being typed on")).to_have_attribute("data-start", str(ROWS[60][0] + 1500))

    undo = page.get_by_role("button", name="Undo", exact=True)
    undo.click()
    # What was typed before the move may have been saved before it.
    expect(row_with(page, "number060")).not_to_contain_text("typed on")
    undo.click()
    for shown in (page, other):
        expect(row_with(shown, "number003")).to_have_attribute("data-start", str(ROWS[3][0]))
        expect(row_with(shown, "number060")).to_have_attribute("data-start", str(ROWS[60][0]))
