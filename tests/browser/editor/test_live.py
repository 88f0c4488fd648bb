"""Two people on one page: each sees what the other changes, and nothing that is being typed is touched."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, StorageState, expect

from tests.browser.people import PASSWORD, Troubles, answer_of, field_of, opened, recognised, row_with, status
from tests.processes import Site, wait_for

ROWS = [f"{name} stands in its row." for name in ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf")]


@pytest.fixture(scope="module")
def transcript(scripted: Site, service_port: int) -> str:
    answer = answer_of(*((n * 700, n * 700 + 600, text) for n, text in enumerate(ROWS)))
    address = recognised(scripted, service_port, "zh_welcome.wav", answer)
    scripted.create_user("ana", PASSWORD, is_administrator=False)
    scripted.make_editor("ana", address)
    return address


@pytest.fixture
def lin(page: Page, transcript: str) -> Page:
    return opened(page, transcript)


@pytest.fixture
def ana(
    scripted: Site, visit: Callable[..., BrowserContext], sign_in: Callable[..., StorageState], transcript: str
) -> Page:
    return opened(visit(storage_state=sign_in(scripted, "ana")).new_page(), transcript)


def write(page: Page, text: str, new: str) -> None:
    row_with(page, text).locator("[data-text]").dblclick()
    field_of(page).fill(new)
    page.keyboard.press("Control+Enter")
    expect(status(page)).to_have_text("Saved")


def version(page: Page, text: str) -> str:
    return row_with(page, text).get_attribute("data-version") or ""


def test_change_of_another_appears_and_leaves_the_reader_where_they_are(lin: Page, ana: Page) -> None:
    lin.locator("[data-utterance]").last.focus()
    lin.evaluate("window.here = document.activeElement")
    write(ana, "Alpha", "Alpha has moved out.")
    expect(row_with(lin, "Alpha has moved out.")).to_have_attribute("data-version", "2")
    assert lin.evaluate("document.activeElement === window.here")
    write(lin, "Alpha", "Alpha has come back.")
    expect(row_with(ana, "Alpha has come back.")).to_have_count(1)


def test_row_being_typed_in_is_left_alone_and_merged_when_it_is_saved(lin: Page, ana: Page) -> None:
    # The page saves after a pause of 1.5 s; here forty times as long, as on a busy machine colleagues come late.
    lin.evaluate("""() => {
        const wait = setTimeout;
        window.setTimeout = (run, ms) => wait(run, ms === 1500 ? 60000 : ms);
    }""")
    row_with(lin, "Bravo").locator("[data-text]").dblclick()
    row = lin.locator("[data-editing]")
    field_of(lin).fill("Bravo stands in his row.")
    write(ana, "Bravo", "Bravo sits in its row.")
    expect(row).to_have_attribute("data-changed-by", "ana has changed this row in the meantime")
    expect(field_of(lin)).to_have_value("Bravo stands in his row.")
    expect(field_of(lin)).to_be_focused()
    lin.keyboard.press("Control+Enter")
    for page in (lin, ana):
        expect(row_with(page, "Bravo sits in his row.")).to_have_count(1)
    expect(lin.locator("[data-changed-by]")).to_have_count(0)


def test_composition_goes_on_while_the_row_changes(lin: Page, ana: Page) -> None:
    row_with(lin, "Charlie").locator("[data-text]").dblclick()
    lin.keyboard.press("End")
    session = lin.context.new_cdp_session(lin)
    session.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    write(ana, "Charlie", "Charlie sits in its row.")
    expect(lin.locator("[data-changed-by]")).to_have_count(1)
    session.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    session.send("Input.insertText", {"text": "你好"})
    expect(field_of(lin)).to_have_value("Charlie stands in its row.你好")
    lin.keyboard.press("Control+Enter")
    for page in (lin, ana):
        expect(row_with(page, "Charlie sits in its row.你好")).to_have_count(1)


def test_page_that_was_offline_catches_up_and_sends_what_was_typed(lin: Page, ana: Page, troubles: Troubles) -> None:
    troubles.expect("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK")
    lin.context.set_offline(True)
    row_with(lin, "Delta").locator("[data-text]").dblclick()
    field_of(lin).fill("Delta was written offline.")
    lin.keyboard.press("Control+Enter")
    expect(status(lin)).to_contain_text("Not saved")
    write(ana, "Echo", "Echo was written meanwhile.")
    lin.context.set_offline(False)
    expect(row_with(lin, "Echo was written meanwhile.")).to_have_count(1)
    expect(row_with(ana, "Delta was written offline.")).to_have_count(1)


def test_rows_that_come_and_go_do_so_on_every_page(lin: Page, ana: Page) -> None:
    rows = lin.locator("[data-utterance]")
    before = rows.count()
    pk = row_with(ana, "Foxtrot").get_attribute("data-utterance")
    fields = {"offset": 7, "base_version": version(ana, "Foxtrot")}
    change = """([url, fields]) => document.querySelector("flash-transcript").change(url, () => fields)"""
    ana.evaluate(change, [f"/utterances/{pk}/split/", fields])
    expect(rows).to_have_count(before + 1)
    expect(rows.locator("[data-text]")).to_have_text(ana.locator("[data-text]").all_inner_texts())
    ana.keyboard.press("Escape")
    ana.evaluate(change, [f"/utterances/{pk}/delete/", {"base_version": version(ana, "Foxtrot")}])
    expect(rows).to_have_count(before)
    expect(row_with(lin, "Foxtrot")).to_have_count(0)
    wait_for(
        "rows in order",
        lambda: lin.evaluate("""() => {
        const starts = [...document.querySelectorAll("[data-utterance]")].map((row) => Number(row.dataset.start));
        return starts.every((start, index) => !index || starts[index - 1] <= start);
    }"""),
    )


def test_people_see_who_else_is_here_and_at_which_row(lin: Page, ana: Page) -> None:
    here = lin.get_by_role("list", name="Also here")
    expect(here.get_by_role("listitem")).to_have_text(["ana"])
    expect(ana.get_by_role("list", name="Also here").get_by_role("listitem")).to_have_text(["lin"])
    row = ana.locator("[data-utterance]").last
    row.focus()
    expect(lin.locator(f"#{row.get_attribute('id')}")).to_have_attribute("data-here", "ana")
    ana.close()
    expect(here.get_by_role("listitem")).to_have_count(0)
    expect(lin.locator("[data-utterance][data-here]")).to_have_count(0)


def test_row_shows_who_is_at_it_after_they_were_disconnected(lin: Page, ana: Page) -> None:
    here = lin.get_by_role("list", name="Also here").get_by_role("listitem")
    expect(here).to_have_text(["ana"])
    row = ana.locator("[data-utterance]").last
    row.focus()
    shown = lin.locator(f"#{row.get_attribute('id')}")
    expect(shown).to_have_attribute("data-here", "ana")
    ana.evaluate("() => dispatchEvent(new Event('pagehide'))")
    expect(here).to_have_count(0)
    expect(shown).not_to_have_attribute("data-here", "ana")
    ana.evaluate("() => dispatchEvent(new Event('online'))")
    expect(shown).to_have_attribute("data-here", "ana")


def test_row_shows_who_is_at_it_after_their_changes(lin: Page, ana: Page) -> None:
    row = row_with(ana, "Echo")
    shown = lin.locator(f"#{row.get_attribute('id')}")
    row.locator("[data-text]").dblclick()
    expect(shown).to_have_attribute("data-here", "ana")
    field_of(ana).fill("Echo is being written.")
    expect(shown).to_contain_text("Echo is being written.")
    expect(shown).to_have_attribute("data-here", "ana")
    # Also where one types oneself.
    shown.locator("[data-text]").dblclick()
    field_of(ana).fill("Echo is written still.")
    expect(shown).to_have_attribute("data-changed-by", re.compile("^ana has changed this row"))
    expect(shown).to_have_attribute("data-here", "ana")


def test_answer_that_was_overtaken_does_not_bring_the_old_text_back(lin: Page, ana: Page) -> None:
    held: list[Route] = []
    lin.route(
        "**/utterances/*/", lambda route: held.append(route) if route.request.method == "POST" else route.fallback()
    )
    row_with(lin, "Golf").locator("[data-text]").dblclick()
    field_of(lin).fill("Golf sits in its row.")
    lin.keyboard.press("Control+Enter")
    wait_for("save", lambda: bool(held) or lin.wait_for_timeout(50))
    answer = held[0].fetch()  # The server has it; the answer is still under way.
    expect(row_with(ana, "Golf sits in its row.")).to_have_count(1)
    write(ana, "Golf", "Golf sits in his row.")
    version_now = version(ana, "Golf")
    expect(lin.locator("[data-utterance]").last).to_have_attribute("data-version", version_now)
    held[0].fulfill(response=answer)
    expect(row_with(lin, "Golf sits in his row.")).to_have_attribute("data-version", version_now)
    expect(row_with(lin, "Golf")).not_to_have_attribute("data-state", "unsaved")
    lin.unroute_all()


def test_undo_beside_what_a_colleague_did_says_so(lin: Page, ana: Page) -> None:
    write(lin, "Golf", "Golf has gone home.")
    expect(row_with(ana, "Golf has gone home.")).to_have_count(1)
    write(ana, "Golf", "Golf has gone home!")
    expect(row_with(lin, "Golf has gone home!")).to_have_count(1)
    lin.get_by_role("button", name="Undo").first.click()
    notice = lin.get_by_text("What ana has changed in the same row since is kept.")
    expect(notice).to_be_visible()
    lin.get_by_role("button", name="Show row history").click()
    restore = lin.get_by_role("button", name="Restore this version")
    expect(restore.first).to_be_visible()
    count = restore.count()
    expect(lin.locator(".step-text")).to_contain_text(["Golf", "Golf", "Golf"])
    # What is unfolded and focused in the list stays so when the list comes anew.
    lin.get_by_text("Go back to this point").last.click()
    restore.last.focus()
    write(ana, "Golf", "Golf is here.")
    expect(restore).to_have_count(count + 1)
    expect(restore.last).to_be_focused()
    expect(lin.get_by_role("button", name="Undo all changes by lin from here on")).to_be_visible()
    lin.get_by_role("button", name="Undo all changes by lin from here on").click()
    expect(lin.get_by_text(re.compile("^Rows left unchanged.*: 1."))).to_be_visible()


def test_stream_that_ends_with_the_session_is_said(lin: Page, troubles: Troubles) -> None:
    troubles.expect("status of 401")
    lin.context.clear_cookies(name="sessionid")
    lin.evaluate("window.dispatchEvent(new Event('online'))")
    expect(lin.get_by_text("You are signed out and no longer see other people's changes.")).to_be_visible()


def test_two_people_type_in_neighbouring_rows(lin: Page, ana: Page) -> None:
    row_with(lin, "Charlie").locator("[data-text]").dblclick()
    lin.keyboard.press("Home")
    lin.keyboard.type("Once ")
    row_with(ana, "Delta").locator("[data-text]").dblclick()
    ana.keyboard.press("Home")
    ana.keyboard.type("Then ")
    # Each is saved after a pause, with the field open; the other goes on typing where their caret was.
    expect(row_with(ana, "Once Charlie")).to_have_count(1)
    expect(row_with(lin, "Then Delta")).to_have_count(1)
    lin.keyboard.type("more ")
    ana.keyboard.type("too ")
    expect(field_of(lin)).to_have_value(re.compile("^Once more Charlie"))
    expect(field_of(ana)).to_have_value(re.compile("^Then too Delta"))
    for page in (lin, ana):
        page.keyboard.press("Control+Enter")
    for page in (lin, ana):
        expect(row_with(page, "Once more Charlie")).to_have_count(1)
        expect(row_with(page, "Then too Delta")).to_have_count(1)
