"""When saving goes wrong: what was typed is never lost, and the page says how it stands."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, StorageState, expect

from tests.browser.people import (
    NAME,
    PASSWORD,
    Troubles,
    answer_of,
    field_of,
    opened,
    recognised,
    reload,
    row_with,
    status,
)
from tests.conftest import AUDIO
from tests.processes import Site, wait_for

RETRYING = "Not saved: retrying. Your text is kept in this browser."
SIGNED_OUT = "Not saved: you are signed out. Sign in again in another tab. Your text is kept in this browser."


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    """Rows for every test of this module: each test changes its own."""
    rows = ("Alpha comes first.", "Bravo comes second.", "Charlie comes third.", "Delta comes fourth.", "Echo ends it.")
    answer = answer_of(*((n * 1000, n * 1000 + 900, text) for n, text in enumerate(rows)))
    return recognised(scripted, service_port, "zh_welcome.wav", answer)


def edit(page: Page, row: Locator, text: str) -> None:
    row.locator("[data-text]").dblclick()
    field_of(page).fill(text)
    page.keyboard.press("Control+Enter")


def row_by_id(page: Page, text: str) -> Locator:
    """The row that has this text now, whatever it has later."""
    return page.locator(f"#{row_with(page, text).get_attribute('id')}")


def shown(row: Locator) -> Locator:
    return row.locator("[data-text]")


@pytest.mark.drill
def test_edit_is_stored_when_the_killed_server_is_back(
    page: Page, scripted: Site, transcript: str, troubles: Troubles
) -> None:
    troubles.expect("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED")
    opened(page, transcript)
    row = row_by_id(page, "Alpha")
    row.locator("[data-text]").dblclick()
    field_of(page).fill("Alpha comes late.")
    os.kill(scripted.children()["web"], signal.SIGKILL)
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_have_text(RETRYING)
    expect(shown(row)).to_have_text("Alpha comes late.")
    expect(status(page)).to_have_text("Saved")
    wait_for("answer", scripted.answers)
    reload(page)
    expect(shown(row)).to_have_text("Alpha comes late.")
    expect(page.get_by_text("Unsaved text")).to_be_hidden()


def test_unsaved_text_survives_a_reload(page: Page, transcript: str, troubles: Troubles) -> None:
    troubles.expect("ERR_FAILED")
    opened(page, transcript)
    row = row_by_id(page, "Bravo")
    page.route("**/utterances/**", lambda route: route.abort())
    edit(page, row, "Bravo comes later.")
    expect(status(page)).to_have_text(RETRYING)
    reload(page)
    expect(page.get_by_text("Unsaved text was restored. Rows: 1.")).to_be_visible()
    expect(shown(row)).to_have_text("Bravo comes later.")
    expect(status(page)).to_have_text(RETRYING)
    page.unroute_all()
    expect(status(page)).to_have_text("Saved")
    reload(page)
    expect(shown(row)).to_have_text("Bravo comes later.")
    expect(page.get_by_text("Unsaved text")).to_be_hidden()


def test_text_being_typed_survives_a_crash_of_the_page(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row = row_by_id(page, "Echo")
    row.locator("[data-text]").dblclick()
    page.keyboard.press("End")
    page.keyboard.type(" Perhaps")
    address, context = page.url, page.context
    page.close()
    again = opened(context.new_page(), address)
    expect(again.get_by_text("Unsaved text was restored. Rows: 1.")).to_be_visible()
    expect(status(again)).to_have_text("Saved")
    expect(again.locator("[data-text]").last).to_have_text("Echo ends it. Perhaps")


CHOICES = [
    ("Keep mine", "Charlie runs home.", "Charlie walks away.", "Charlie walks away."),
    ("Use the saved version", "Charlie sings loudly.", "Charlie sleeps well.", "Charlie sings loudly."),
    ("Edit a merged version", "Charlie eats fish.", "Charlie drinks fish now.", "Charlie does both."),
]
MERGED = "Charlie eats / drinks fish / fish now."


def test_conflict_shows_both_texts_and_lets_one_choose(
    page: Page,
    scripted: Site,
    transcript: str,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
    troubles: Troubles,
) -> None:
    troubles.expect("status of 409", "ERR_FAILED")
    # Somebody whose network lets no stream through does not hear of what others change.
    page.route("**/live/**", lambda route: route.abort())
    other = opened(visit(storage_state=sign_in(scripted)).new_page(), transcript)
    opened(page, transcript)
    row = row_by_id(page, "Charlie")
    for button, theirs, mine, expected in CHOICES:
        edit(other, row_by_id(other, "Charlie"), theirs)
        expect(status(other)).to_have_text("Saved")
        edit(page, row, mine)
        expect(status(page)).to_have_text("Not saved: someone changed the same words.")
        conflict = row.locator("[data-conflict]")
        expect(conflict.locator("dd")).to_have_count(3)
        expect(conflict.locator("[data-theirs]")).to_have_text(theirs)
        expect(conflict.locator("[data-mine]")).to_have_text(mine)
        expect(conflict.locator("[data-mine] mark").first).to_have_text(mine.split()[1])
        conflict.get_by_role("button", name=button).click()
        if button == "Edit a merged version":
            expect(field_of(page)).to_have_value(MERGED)
            selected = "(field) => field.value.slice(field.selectionStart, field.selectionEnd)"
            assert field_of(page).evaluate(selected) == "eats / drinks"
            field_of(page).fill(expected)
            page.keyboard.press("Control+Enter")
        expect(conflict).to_have_count(0)
        expect(row).to_be_focused()
        expect(status(page)).to_have_text("Saved")
        expect(shown(row)).to_have_text(expected)
        history = page.request.get(f"{page.url}history/").text()
        assert [word for word in re.findall(r"\w+", f"{theirs} {mine}") if word not in history] == []
        for each in (page, other):
            reload(each)
            expect(shown(row_by_id(each, "Charlie"))).to_have_text(expected)


def test_signed_out_meanwhile_keeps_the_text(page: Page, transcript: str, troubles: Troubles) -> None:
    troubles.expect("status of 401")
    opened(page, transcript)
    row = row_by_id(page, "Delta")
    page.context.clear_cookies(name="sessionid")
    edit(page, row, "Delta comes last.")
    expect(status(page)).to_have_text(SIGNED_OUT)
    expect(shown(row)).to_have_text("Delta comes last.")
    tab = page.context.new_page()
    tab.goto(re.sub(r"/transcripts/.*", "/", transcript))
    tab.get_by_label("User name").fill(NAME)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("heading", name="Recordings").wait_for()
    page.bring_to_front()
    expect(status(page)).to_have_text("Saved")
    reload(page)
    expect(shown(row)).to_have_text("Delta comes last.")


def test_what_was_written_without_a_connection_is_sent_oldest_first(
    page: Page, transcript: str, troubles: Troubles
) -> None:
    troubles.expect("ERR_FAILED")
    opened(page, transcript)
    page.route("**/utterances/**", lambda route: route.abort())
    rows = [page.locator("[data-utterance]").nth(number) for number in (3, 1, 4, 0)]
    texts = [f"Written offline as number {number}." for number in range(4)]
    for row, text in zip(rows, texts, strict=True):
        edit(page, row, text)
    expect(status(page)).to_have_text(RETRYING)
    page.unroute_all()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    reload(page)
    expect(status(page)).to_have_text("Saved")
    for row, text in zip(rows, texts, strict=True):
        expect(shown(row)).to_have_text(text)
    numbers = [found[1] for body in sent if (found := re.search(r"offline\+as\+number\+(\d)", body))]
    assert numbers == ["0", "1", "2", "3"]


def test_file_dropped_on_the_page_is_held(page: Page, transcript: str) -> None:
    opened(page, transcript)
    page.locator("[data-text]").first.dblclick()
    page.keyboard.type("Typed. ")
    expect(status(page)).to_have_text("Saved")
    address = page.url
    cdp = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(AUDIO / "zh_welcome.wav")], "dragOperationsMask": 1}
    for place in (field_of(page), page.locator("header.bar")):
        box = place.bounding_box()
        assert box
        for kind in ("dragEnter", "dragOver", "drop"):
            point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
            cdp.send("Input.dispatchDragEvent", {"type": kind, **point, "data": data})
        expect(status(page)).to_have_text("Files are added on the Recordings page.")
        page.evaluate("() => document.querySelector('[data-status]').replaceChildren()")
    assert page.url == address
    expect(field_of(page)).to_have_value(re.compile("Typed. "))
    page.keyboard.press("Escape")
