"""Cutting, joining and moving rows while one types, and what is saved meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Request, Route, StorageState, expect

from tests.browser.conftest import NOTHING_TO_SEND
from tests.browser.people import (
    PASSWORD,
    Troubles,
    answer_of,
    field_of,
    opened,
    point_of,
    recognised,
    reload,
    row_with,
    status,
    timed_words,
)
from tests.processes import Site

TEXTS = ("Alpha comes first.", "Bravo comes second.", "Charlie comes third.", "Delta comes fourth.", "Echo ends it.")
ANSWER = answer_of(*((n * 1000, n * 1000 + 900, text) for n, text in enumerate(TEXTS)))


@pytest.fixture
def transcript(scripted: Site, service_port: int) -> str:
    return recognised(scripted, service_port, "zh_welcome.wav", ANSWER)


def texts(page: Page) -> Locator:
    return page.locator("[data-text]")


def begin(page: Page, transcript: str, text: str, caret: int | None = None) -> Locator:
    """The row, with its field open and the caret before this character."""
    opened(page, transcript)
    row = row_with(page, text)
    row.focus()
    page.keyboard.press("Enter")
    if caret is not None:
        put_caret(page, caret)
    return page.locator(f"#{row.get_attribute('id')}")


def put_caret(page: Page, at: int) -> None:
    field_of(page).evaluate("(field, at) => field.setSelectionRange(at, at)", at)


def caret(page: Page) -> int:
    at: int = field_of(page).evaluate("(field) => field.selectionStart")
    return at


def menu(page: Page, row: Locator) -> Locator:
    row.hover()
    row.get_by_role("button", name="More").click()
    return page.get_by_role("group", name="Row actions")


def close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(field_of(page)).to_have_count(0)


def reloaded(page: Page) -> list[str]:
    reload(page)
    return texts(page).all_text_contents()


def test_split_goes_on_typing_in_the_right_half(page: Page, transcript: str) -> None:
    begin(page, transcript, "Bravo", caret=6)
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("and ")  # At once: the answer may still be on its way.
    expect(field_of(page)).to_have_value("and comes second.")
    expect(field_of(page)).to_be_focused()
    assert caret(page) == 4
    close(page)
    expect(status(page)).to_have_text("Saved")
    expected = [TEXTS[0], "Bravo", "and comes second.", *TEXTS[2:]]
    expect(texts(page)).to_have_text(expected)
    assert reloaded(page) == expected
    starts = page.locator("[data-utterance]").evaluate_all("(rows) => rows.map((row) => +row.dataset.start)")
    assert starts == sorted(starts)
    assert 1000 < starts[2] < 1900


def test_typed_and_unsaved_text_is_saved_before_the_split(page: Page, transcript: str) -> None:
    begin(page, transcript, "Echo", caret=0)
    page.keyboard.type("我𠮷 ")
    page.keyboard.press("Shift+Enter")
    expect(field_of(page)).to_have_value("Echo ends it.")
    assert caret(page) == 0
    close(page)
    assert reloaded(page) == [*TEXTS[:4], "我𠮷", "Echo ends it."]


def test_split_tears_no_character_apart(page: Page, transcript: str) -> None:
    begin(page, transcript, "Echo")
    field_of(page).fill("笑😀 哭")
    put_caret(page, 2)
    page.keyboard.press("Shift+Enter")
    expect(field_of(page)).to_have_value("😀 哭")
    close(page)
    assert reloaded(page) == [*TEXTS[:4], "笑", "😀 哭"]


def test_buttons_of_the_player_leave_the_caret_where_it_is(page: Page, transcript: str) -> None:
    begin(page, transcript, "Echo", caret=5)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    page.locator("wave-zoom canvas").click()
    expect(field_of(page)).to_be_focused()
    assert caret(page) == 5


def test_split_without_a_word_on_either_side_is_refused(page: Page, transcript: str, troubles: Troubles) -> None:
    troubles.expect("status of 422")
    begin(page, transcript, "Echo", caret=0)
    page.keyboard.press("Shift+Enter")
    expect(status(page)).to_have_text(re.compile("both halves of the row need text"))
    expect(field_of(page)).to_be_focused()
    expect(field_of(page)).to_have_value("Echo ends it.")


def test_join_keeps_the_caret_at_the_seam(page: Page, transcript: str) -> None:
    begin(page, transcript, "Bravo", caret=3)
    page.keyboard.press("Alt+m")
    expect(field_of(page)).to_have_value(f"{TEXTS[0]} {TEXTS[1]}")
    assert caret(page) == len(TEXTS[0]) + 1
    page.keyboard.press("Alt+Shift+m")
    page.keyboard.press("Alt+Shift+m")  # Before the answer to the first is there.
    expect(field_of(page)).to_have_value(" ".join(TEXTS[:4]))
    assert caret(page) == len(" ".join(TEXTS[:3]))
    close(page)
    assert reloaded(page) == [" ".join(TEXTS[:4]), TEXTS[4]]
    row_with(page, "Echo").focus()
    page.keyboard.press("Alt+Shift+m")
    expect(status(page)).to_have_text("There is no row to merge with.")


def test_undo_and_redo_go_over_splits_joins_and_edits_also_after_a_reload(page: Page, transcript: str) -> None:
    begin(page, transcript, "Bravo", caret=6)
    page.keyboard.press("Shift+Enter")
    expect(field_of(page)).to_have_value("comes second.")
    page.keyboard.press("End")
    page.keyboard.type(" Well")
    close(page)
    row_with(page, "Delta").focus()
    page.keyboard.press("Alt+m")
    states = [
        list(TEXTS),
        [TEXTS[0], "Bravo", "comes second.", *TEXTS[2:]],
        [TEXTS[0], "Bravo", "comes second. Well", *TEXTS[2:]],
        [TEXTS[0], "Bravo", "comes second. Well", f"{TEXTS[2]} {TEXTS[3]}", TEXTS[4]],
    ]
    expect(texts(page)).to_have_text(states[3])
    assert reloaded(page) == states[3]
    for state in states[2::-1]:
        page.keyboard.press("Control+z")
        expect(texts(page)).to_have_text(state)
        expect(status(page)).to_have_text("Undone")
    page.keyboard.press("Control+z")
    expect(status(page)).to_have_text("Nothing to undo")
    for state in states[1:]:
        page.keyboard.press("Control+Shift+z")
        expect(texts(page)).to_have_text(state)
    assert reloaded(page) == states[3]


def test_deleted_row_comes_back_by_the_notice(page: Page, transcript: str) -> None:
    opened(page, transcript)
    menu(page, row_with(page, "Charlie")).get_by_role("button", name="Delete row").click()
    expect(texts(page)).to_have_text([*TEXTS[:2], *TEXTS[3:]])
    expect(row_with(page, "Delta")).to_be_focused()
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("Row at 0:00:02 deleted")
    notice.get_by_role("button", name="Undo").click()
    expect(texts(page)).to_have_text(list(TEXTS))
    expect(notice).to_be_hidden()
    row_with(page, "Delta").focus()
    page.keyboard.press("Alt+x")
    expect(notice).to_be_visible()
    write(page, "Echo", "Echo goes on.")
    expect(notice).to_be_hidden()  # It would take back this now.


def test_inserted_row_left_empty_goes_again(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row_with(page, "Echo").focus()
    page.keyboard.press("Alt+w")
    expect(field_of(page)).to_be_focused()
    expect(field_of(page)).to_have_value("")
    close(page)
    expect(status(page)).to_have_text("Empty row removed")
    expect(texts(page)).to_have_text(list(TEXTS))
    expect(row_with(page, "Echo")).to_be_focused()
    page.keyboard.press("Alt+w")
    page.keyboard.press("Alt+w")  # Not two empty rows.
    expect(field_of(page)).to_be_focused()
    page.keyboard.type("Foxtrot.")
    close(page)
    expect(status(page)).to_have_text("Saved")
    assert reloaded(page) == [*TEXTS, "Foxtrot."]


def click(page: Page, at: Locator, count: int) -> None:
    """The first or second click of a double click."""
    at.hover()
    page.mouse.down(click_count=count)
    page.mouse.up(click_count=count)


def test_both_clicks_of_a_double_click_are_on_the_row_that_opens(page: Page, transcript: str) -> None:
    opened(page, transcript)
    text = row_with(page, "Alpha").locator("[data-text]")
    click(page, page.get_by_role("textbox", name="Title"), 1)
    click(page, text, 2)
    assert field_of(page).count() == 0
    click(page, text, 1)
    page.wait_for_timeout(1500)  # Some systems allow that long between the clicks.
    click(page, text, 2)
    expect(field_of(page)).to_be_focused()


@pytest.mark.parametrize("is_slow", [False, True])
def test_double_click_in_the_menu_inserts_one_row_and_opens_it(page: Page, transcript: str, is_slow: bool) -> None:
    opened(page, transcript)
    command = menu(page, row_with(page, "Alpha")).get_by_role("button", name="Insert a row below")
    click(page, command, 1)
    if is_slow:
        expect(field_of(page)).to_be_focused()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    expect(texts(page)).to_have_text([TEXTS[0], "", *TEXTS[1:]])
    expect(field_of(page)).to_be_focused()
    expect(field_of(page)).to_have_value("")
    page.keyboard.type("Between.")
    page.keyboard.press("Control+Enter")
    expect(texts(page)).to_have_text([TEXTS[0], "Between.", *TEXTS[1:]])


def test_double_click_goes_no_further_than_the_dialog_it_opens(page: Page, transcript: str) -> None:
    opened(page, transcript)
    page.get_by_role("button", name="Details").click()
    dialog = page.locator("#details-dialog")
    click(page, dialog.get_by_role("button", name="Close"), 2)
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_nudges_in_a_row_are_one_change(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Delta", caret=5)
    for _ in range(3):
        page.keyboard.press("Alt+Comma")
    page.keyboard.press("Alt+BracketRight")
    expect(status(page)).to_have_text("End: 0:00:03.950")
    expect(row).to_have_attribute("data-start", "2850")
    expect(row).to_have_attribute("data-end", "3950")
    expect(row.locator("[data-play]")).to_have_text("0:00:02")
    expect(status(page)).to_have_text("Time saved")
    expect(field_of(page)).to_be_focused()
    assert (caret(page), field_of(page).input_value()) == (5, TEXTS[3])
    close(page)
    row.focus()
    page.keyboard.press("Control+z")
    expect(row).to_have_attribute("data-start", "3000")
    expect(row).to_have_attribute("data-end", "3900")


def test_exact_times_are_typed_in_the_menu(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row = page.locator(f"#{row_with(page, 'Bravo').get_attribute('id')}")
    start = menu(page, row).get_by_role("textbox", name="Start")
    expect(start).to_have_value("0:00:01.000")
    start.fill("soon")
    start.press("Enter")
    expect(start).to_have_attribute("aria-invalid", "true")
    expect(status(page)).to_have_text("Enter a time such as 0:12:04.350.")
    start.fill("１：12")
    start.fill("0:01,25")
    start.press("Enter")
    expect(row).to_have_attribute("data-start", "1250")
    page.get_by_role("group", name="Row actions").get_by_role("button", name="Move end earlier").click()
    expect(page.get_by_role("textbox", name="End")).to_have_value("0:00:01.850")
    expect(row).to_have_attribute("data-end", "1850")
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Row actions")).to_be_hidden()


def zoom_at(page: Page, ms: float) -> tuple[float, float]:
    """The place of a moment on the zoomed waveform, which shows the whole of a short recording."""
    box = page.locator("wave-zoom").bounding_box()
    assert box
    duration = float(page.get_by_role("slider", name="Position").get_attribute("aria-valuemax") or 0)
    return box["x"] + box["width"] * ms / duration, box["y"] + box["height"] / 2


def test_edge_is_dragged_on_the_waveform(page: Page, transcript: str) -> None:
    opened(page, transcript)
    row = page.locator(f"#{row_with(page, 'Charlie').get_attribute('id')}")
    page.mouse.move(*zoom_at(page, 2000))
    expect(page.locator("wave-zoom")).to_have_attribute("data-edge", "")
    page.mouse.down()
    page.keyboard.down("Alt")
    page.mouse.move(*zoom_at(page, 1500), steps=4)
    expect(row.locator("[data-play]")).to_have_text("0:00:01")
    page.mouse.up()
    page.keyboard.up("Alt")
    page.wait_for_function("(id) => Math.abs(document.getElementById(id).dataset.start - 1500) < 15", arg=row_id(row))
    expect(row).to_have_attribute("data-end", "2900")
    # Without Alt it snaps to the edge of the row beside it.
    page.mouse.move(*zoom_at(page, 2900))
    page.mouse.down()
    page.mouse.move(*zoom_at(page, 2985), steps=4)
    page.mouse.up()
    expect(row).to_have_attribute("data-end", "3000")
    page.mouse.move(*zoom_at(page, 3000 + 900))
    page.mouse.down()
    page.mouse.move(*zoom_at(page, 3000 + 400), steps=4)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert reloaded(page) == list(TEXTS)
    assert row_with(page, "Delta").get_attribute("data-end") == "3900"


def row_id(row: Locator) -> str:
    return row.get_attribute("id") or ""


def click_with_control(page: Page, x: float, y: float) -> None:
    page.keyboard.down("Control")
    page.mouse.click(x, y)
    page.keyboard.up("Control")


def test_click_with_ctrl_plays_from_a_word_being_edited(page: Page, transcript: str) -> None:
    opened(page, transcript)
    starts = {word.text: word.start_ms for word in timed_words(page) if word.text in ("third", "Charlie")}
    row = row_with(page, "Charlie")
    places = {word: point_of(page, row, word) for word in starts}
    row.focus()
    page.keyboard.press("Enter")
    # Paused there, since the row lasts no longer than a few frames.
    page.evaluate("""document.querySelector("audio").addEventListener("seeking", ({target}) => {
        window.at = target.currentTime;
        target.pause();
    })""")
    for word, place in places.items():
        click_with_control(page, *place)
        page.wait_for_function("(ms) => Math.abs(window.at * 1000 - ms) < 30", arg=starts[word])
        expect(field_of(page)).to_be_focused()
    put_caret(page, 0)
    page.keyboard.type("Well, well, ")
    x, y = places["third"]
    shift = field_of(page).evaluate(
        """(field) => {
            const context = document.createElement("canvas").getContext("2d");
            context.font = getComputedStyle(field).font;
            return context.measureText("Well, well, ").width;
        }"""
    )
    click_with_control(page, x + shift, y)
    page.wait_for_function("(ms) => Math.abs(window.at * 1000 - ms) < 30", arg=starts["third"])


def watched(page: Page) -> list[str]:
    """The texts that were sent to be stored."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and re.search(r"/utterances/\d+/$", request.url):
            sent.append((request.post_data_json or {})["text"])

    page.on("request", note)
    return sent


def test_typing_is_saved_with_the_field_open_and_taken_back_at_once(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Alpha", caret=0)
    sent = watched(page)
    page.keyboard.type("One ")
    expect(status(page)).to_have_text("Saved")
    page.keyboard.type("two ")
    expect(status(page)).not_to_have_text("Saved")
    expect(status(page)).to_have_text("Saved")
    assert sent == [f"One {TEXTS[0]}", f"One two {TEXTS[0]}"]
    expect(field_of(page)).to_be_focused()
    assert caret(page) == 8
    page.keyboard.press("Control+z")  # The field's own.
    expect(field_of(page)).not_to_have_value(f"One two {TEXTS[0]}")
    page.keyboard.press("Control+Shift+z")
    expect(field_of(page)).to_have_value(f"One two {TEXTS[0]}")
    close(page)
    expect(row.locator("[data-text]")).to_have_text(f"One two {TEXTS[0]}")
    expect(row).to_be_focused()
    page.keyboard.press("Control+z")
    expect(row.locator("[data-text]")).to_have_text(TEXTS[0])
    page.keyboard.press("Control+Shift+z")
    expect(row.locator("[data-text]")).to_have_text(f"One two {TEXTS[0]}")


def test_nothing_is_saved_while_an_input_method_composes(
    transcript: str,
    scripted: Site,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
) -> None:
    page = visit(kept=False, storage_state=sign_in(scripted)).new_page()
    page.clock.install()
    begin(page, transcript, "Alpha", caret=0)
    sent = watched(page)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Input.insertText", {"text": "早"})
    for pinyin in ("n", "ni", "ni h", "ni hao"):
        cdp.send(
            "Input.imeSetComposition", {"text": pinyin, "selectionStart": len(pinyin), "selectionEnd": len(pinyin)}
        )
    page.clock.fast_forward(10_000)  # Longer than the pause after which it would be saved.
    assert sent == []
    cdp.send("Input.insertText", {"text": "你好，"})
    expect(status(page)).to_have_text("Saved")
    assert sent == [f"早你好，{TEXTS[0]}"]
    expect(field_of(page)).to_have_value(f"早你好，{TEXTS[0]}")
    assert caret(page) == 4


def test_composition_goes_on_while_what_was_typed_before_is_saved(page: Page, transcript: str) -> None:
    begin(page, transcript, "Alpha", caret=0)
    cdp = page.context.new_cdp_session(page)
    held: list[Callable[[], None]] = []
    page.route(re.compile(r"/utterances/\d+/$"), lambda route: held.append(route.continue_))
    cdp.send("Input.insertText", {"text": "早，"})
    expect(status(page)).to_have_text("Saving")
    cdp.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    held.pop()()
    expect(status(page)).to_have_text("Saved")
    cdp.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    expect(field_of(page)).to_have_value(f"早，nihao{TEXTS[0]}")
    cdp.send("Input.insertText", {"text": "你好！"})
    expect(field_of(page)).to_have_value(f"早，你好！{TEXTS[0]}")
    page.unroute_all()
    close(page)
    expect(status(page)).to_have_text("Saved")
    assert reloaded(page)[0] == f"早，你好！{TEXTS[0]}"


@pytest.mark.drill
def test_server_that_goes_away_while_one_types_costs_no_character(
    page: Page, scripted: Site, transcript: str, troubles: Troubles
) -> None:
    troubles.expect("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE")
    begin(page, transcript, "Alpha", caret=0)
    page.keyboard.type("One ")
    scripted.stop()
    try:
        expect(status(page)).to_have_text("Not saved: retrying. Your text is kept in this browser.")
        page.keyboard.type("two ")
        expect(field_of(page)).to_be_focused()
        drafts = page.evaluate("Object.entries(localStorage).filter(([key]) => key.startsWith('flashweb.draft'))")
        assert [json.loads(draft)["text"] for _key, draft in drafts] == [f"One two {TEXTS[0]}"]
    finally:
        scripted.start()
    page.keyboard.type("three ")
    expect(status(page)).to_have_text("Saved", timeout=40_000)
    page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('flashweb.draft'))")
    expect(field_of(page)).to_have_value(f"One two three {TEXTS[0]}")
    close(page)
    assert reloaded(page)[0] == f"One two three {TEXTS[0]}"
    expect(page.get_by_text("Unsaved text")).to_be_hidden()


def test_text_typed_after_a_save_whose_answer_was_lost_comes_back_without_a_conflict(
    page: Page, transcript: str, troubles: Troubles
) -> None:
    troubles.expect("ERR_FAILED")
    begin(page, transcript, "Alpha", caret=0)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route(re.compile(r"/utterances/\d+/$"), lose)
    page.keyboard.type("One ")
    expect(status(page)).to_have_text(re.compile("retrying"))
    assert lost[0] == 200
    page.keyboard.type("two ")
    address, context = page.url, page.context
    page.close()
    again = opened(context.new_page(), address)
    expect(again.get_by_text("Unsaved text was restored. Rows: 1.")).to_be_visible()
    expect(status(again)).to_have_text("Saved")
    expect(texts(again).first).to_have_text(f"One two {TEXTS[0]}")


@pytest.fixture
def ana(
    scripted: Site, transcript: str, visit: Callable[..., BrowserContext], sign_in: Callable[..., StorageState]
) -> Page:
    """The page of somebody else who edits the same transcript."""
    scripted.create_user("ana", PASSWORD)
    scripted.make_editor("ana", transcript)
    return opened(visit(storage_state=sign_in(scripted, "ana")).new_page(), transcript)


def write(page: Page, row: str, text: str) -> None:
    row_with(page, row).focus()
    page.keyboard.press("Enter")
    field_of(page).fill(text)
    close(page)
    expect(status(page)).to_have_text("Saved")


def test_undo_of_what_others_wrote_over_shows_both_texts(
    page: Page, transcript: str, ana: Page, troubles: Troubles
) -> None:
    troubles.expect("status of 409")
    opened(page, transcript)
    write(page, "Alpha", "Alpha came first.")
    write(page, "Bravo", "Bravo came second.")
    expect(row_with(ana, "Bravo came second.")).to_be_visible()
    write(ana, "Bravo", "Bravo runs second.")
    expect(row_with(page, "Bravo runs second.")).to_be_visible()
    row_with(page, "Alpha").focus()
    page.keyboard.press("Control+z")
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("Not undone: someone has changed the same words since.")
    expect(notice.locator("dd")).to_have_text(["Bravo came second.", "Bravo runs second.", "Bravo comes second."])
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_be_hidden()
    page.keyboard.press("Control+z")
    expect(row_with(page, "Alpha comes first.")).to_be_visible()
    expect(row_with(page, "Bravo runs second.")).to_be_visible()
    expect(status(page)).to_have_text("Undone")


def test_merging_says_whose_words_go_to_whom_and_offers_the_way_back(
    page: Page, scripted: Site, service_port: int
) -> None:
    spoken = answer_of((0, 900, "One here."), (1000, 1900, "Two there."), (2000, 2900, "Two more."))
    for row, label in zip(spoken["result"]["utterances"], "122", strict=True):
        row["additions"] = {"speaker": label}
    opened(page, recognised(scripted, service_port, "zh_welcome.wav", spoken))
    notice = page.locator("[data-notice]")
    row_with(page, "Two there.").focus()
    page.keyboard.press("Alt+Shift+m")
    expect(texts(page)).to_have_text(["One here.", "Two there. Two more."])
    expect(notice).to_be_hidden()
    row_with(page, "One here.").focus()
    page.keyboard.press("Alt+Shift+m")
    expect(texts(page)).to_have_text(["One here. Two there. Two more."])
    expect(notice).to_contain_text("The words of row 2 (Speaker 2) now belong to Speaker 1.")
    notice.get_by_role("button", name="Undo").click()
    expect(texts(page)).to_have_text(["One here.", "Two there. Two more."])
    expect(page.locator(".row-speaker")).to_have_text(["Speaker 1", "Speaker 2"])
    expect(notice).to_be_hidden()


def test_typing_beside_somebody_else_is_merged_again_and_again(page: Page, transcript: str, ana: Page) -> None:
    begin(page, transcript, "Bravo", caret=0)
    page.keyboard.type("Well, ")
    expect(status(page)).to_have_text("Saved")
    expect(row_with(ana, "Well, Bravo comes second.")).to_be_visible()
    write(ana, "Bravo", "Well, Bravo comes second, says Ana.")
    page.keyboard.type("well, ")
    expect(status(page)).to_have_text("Saved")
    page.keyboard.type("well: ")
    expect(status(page)).not_to_have_text("Saved")
    expect(status(page)).to_have_text("Saved")
    close(page)
    expect(texts(page).nth(1)).to_have_text("Well, well, well: Bravo comes second, says Ana.")


def test_text_typed_in_a_row_that_somebody_removes_is_told(page: Page, transcript: str, ana: Page) -> None:
    begin(page, transcript, "Bravo", caret=0)
    page.keyboard.type("W")
    row_with(ana, "Bravo").focus()
    ana.keyboard.press("Alt+x")
    page.keyboard.type("ell, ", delay=200)
    expect(page.locator("[data-notice]")).to_contain_text(re.compile("You had written: W.*Bravo comes second."))


def test_engines_text_is_shown_and_put_back(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Bravo")
    field_of(page).fill("Bravo came second.")
    close(page)
    expect(status(page)).to_have_text("Saved")
    row.focus()
    page.keyboard.press("Alt+o")
    original = row.locator("[data-original]")
    expect(original.locator("del")).to_have_text("comes")
    expect(original.locator("ins")).to_have_text("came")
    page.keyboard.press("Alt+o")
    expect(original).to_have_count(0)
    page.keyboard.press("Alt+o")
    original.get_by_role("button", name="Restore this text").click()
    expect(row.locator("[data-text]")).to_have_text(TEXTS[1])
    expect(status(page)).to_have_text("Saved")
    page.keyboard.press("Control+z")
    expect(row.locator("[data-text]")).to_have_text("Bravo came second.")


def test_menu_is_worked_with_keys_and_leaves_the_caret_alone(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Delta", caret=6)
    menu(page, row).get_by_role("button", name="Split at the caret").click()
    expect(field_of(page)).to_have_value("comes fourth.")
    expect(texts(page).nth(3)).to_have_text("Delta")
    close(page)
    row.get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Merge with the row above")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(texts(page)).to_have_text(list(TEXTS))


def test_estimated_times_are_marked_on_demand(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Bravo")
    field_of(page).fill("Bravo maybe comes second.")
    close(page)
    expect(status(page)).to_have_text("Saved")
    marked = """() => [...CSS.highlights.get("estimated")].map(
        ({startContainer, startOffset, endOffset}) => startContainer.data.slice(startOffset, endOffset))"""
    assert page.evaluate(marked) == []
    page.evaluate("document.querySelector('side-panel').open('review')")
    page.get_by_role("button", name="Highlight estimated times").click()
    page.wait_for_function(f"() => String(({marked})()) === 'maybe'")
    row.focus()
    page.keyboard.press("Control+z")
    page.wait_for_function(f"() => String(({marked})()) === ''")


def test_fillers_are_struck_through_on_demand(page: Page, transcript: str) -> None:
    row = begin(page, transcript, "Bravo")
    field_of(page).fill("Bravo, um, comes 😀 uh second.")
    close(page)
    expect(status(page)).to_have_text("Saved")
    marked = """() => [...CSS.highlights.get("fillers")].map(
        ({startContainer, startOffset, endOffset}) => startContainer.data.slice(startOffset, endOffset))"""
    page.evaluate("document.querySelector('side-panel').open('review')")
    page.get_by_role("button", name="Strike through fillers").click()
    page.wait_for_function(f"() => String(({marked})()) === 'um,uh'")
    expect(row_with(page, "Bravo").locator("[data-text]")).to_have_text("Bravo, um, comes 😀 uh second.")
    row.focus()
    page.keyboard.press("Control+z")
    page.wait_for_function(f"() => String(({marked})()) === ''")
    page.keyboard.press("Control+Shift+z")
    page.wait_for_function(f"() => String(({marked})()) === 'um,uh'")


def test_click_on_a_word_near_the_end_of_a_long_transcript_plays_from_it(
    page: Page, scripted: Site, service_port: int
) -> None:
    rows = [(n * 60, (n + 1) * 60, f"Row number {n} of many.") for n in range(800)]
    opened(page, recognised(scripted, service_port, "zh_autumn.ogg", answer_of(*rows)))
    # Paused there, since the row lasts no longer than a few frames.
    page.evaluate("""document.querySelector("audio").addEventListener("seeking", ({target}) => {
        window.at = target.currentTime;
        target.pause();
    })""")
    row = row_with(page, "Row number 790 ")
    page.mouse.click(*point_of(page, row, "790"))
    page.wait_for_function("() => Math.abs(window.at * 1000 - (790 * 60 + 24)) < 2")
    expect(row).to_have_attribute("aria-current", "true")


def test_fillers_are_hidden_where_the_text_is_read(
    page: Page, scripted: Site, service_port: int, habits: Callable[..., None]
) -> None:
    habits(hide_fillers=False)
    rows = [(0, 2000, "Um, so we, uh, went home."), (2000, 4000, "Plain words."), (4000, 5000, "Uh.")]
    opened(page, recognised(scripted, service_port, "zh_welcome.wav", answer_of(*rows)))
    row = page.locator("[data-utterance]").first
    text = row.locator("[data-text]")
    ranges = """(name) => [...CSS.highlights.get(name)].map((range) => {
        const made = new Range();
        made.setStart(range.startContainer, range.startOffset);
        made.setEnd(range.endContainer, range.endOffset);
        return String(made);
    })"""
    page.evaluate("document.querySelector('side-panel').open('find')")
    page.get_by_role("searchbox", name="Find").fill("we, uh, went")
    page.wait_for_function(f"() => String(({ranges})('find')) === 'we, uh, went'")
    page.evaluate("document.querySelector('side-panel').open('review')")
    page.get_by_role("button", name="Hide fillers").click()
    expect(text).to_have_text("So we, went home.", use_inner_text=True)
    expect(page.locator("[data-instead]")).to_have_attribute("data-instead", "…")

    # The whole text is still there, at its places: for what is found, what is played and what is selected.
    expect(text).to_have_text("Um, so we, uh, went home.")
    page.evaluate("document.querySelector('side-panel').open('find')")
    page.wait_for_function(f"() => String(({ranges})('find')) === 'we, uh, went'")
    box = text.evaluate(
        """(element) => {
          const range = new Range();
          range.setStart(element.lastChild, 2);
          range.setEnd(element.lastChild, 3);
          const { x, y, width, height } = range.getBoundingClientRect();
          return [x + width / 2, y + height / 2];
        }"""
    )
    page.mouse.click(*box)
    page.wait_for_function(f"() => String(({ranges})('current-word')) === 'went'")
    page.evaluate("document.querySelector('audio').pause()")
    text.evaluate("""(element) => getSelection().setBaseAndExtent(element.lastChild, 0, element.lastChild, 4)""")
    page.keyboard.press("Alt+Shift+C")
    expect(page.locator("[data-new-quote]")).to_have_text("went")
    page.keyboard.press("Escape")

    # Its field has all of it, and what was changed there is read without fillers again.
    row.focus()
    page.keyboard.press("Enter")
    expect(field_of(page)).to_have_value("Um, so we, uh, went home.")
    field_of(page).fill("Um, so we, er, stayed at home.")
    close(page)
    expect(text).to_have_text("So we, stayed at home.", use_inner_text=True)

    # It is kept, for exports too.
    page.wait_for_function(NOTHING_TO_SEND)
    reload(page)
    expect(text).to_have_text("So we, stayed at home.", use_inner_text=True)
    expect(page.locator("[data-exports] a").first).to_have_attribute("href", re.compile(r"\?wording=clean$"))
    page.evaluate("document.querySelector('side-panel').open('review')")
    page.get_by_role("button", name="Hide fillers").click()
    expect(text).to_have_text("Um, so we, er, stayed at home.", use_inner_text=True)
    assert text.evaluate("(element) => element.childNodes.length") == 1
    expect(page.locator("[data-exports] a").first).to_have_attribute("href", re.compile(r"/txt/$|/[a-z]+/$"))
