"""Comments and assignments, with two people on one page."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, StorageState, expect

from tests.browser.accessibility import complaints
from tests.browser.people import PASSWORD, Troubles, answer_of, field_of, opened, recognised, reload, row_with, status
from tests.processes import Site

NAMES = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot")
NORA = "nora"


@pytest.fixture
def transcript(scripted: Site, service_port: int) -> str:
    """Six rows, a minute each."""
    answer = answer_of(
        *((n * 60_000, n * 60_000 + 55_000, f"{name} stands in its row.") for n, name in enumerate(NAMES))
    )
    address = recognised(scripted, service_port, "zh_welcome.wav", answer)
    scripted.create_user(NORA, PASSWORD, is_administrator=False)
    scripted.make_editor(NORA, address)
    return address


@pytest.fixture
def lin(page: Page, transcript: str) -> Page:
    return opened(page, transcript)


@pytest.fixture
def nora(
    scripted: Site, visit: Callable[..., BrowserContext], sign_in: Callable[..., StorageState], transcript: str
) -> Page:
    return opened(visit(storage_state=sign_in(scripted, NORA)).new_page(), transcript)


def begin(page: Page, text: str, words: str = "") -> Locator:
    """The field of a new comment on the row with the text, or on some of its words."""
    row = row_with(page, text)
    row.focus()
    if words:
        row.locator("[data-text]").evaluate(
            """(element, words) => {
                const node = element.firstChild;
                const from = node.data.indexOf(words);
                document.getSelection().setBaseAndExtent(node, from, node, from + words.length);
            }""",
            words,
        )
    page.keyboard.press("Alt+Shift+KeyC")
    field = page.locator("[data-new] textarea")
    expect(field).to_be_focused()
    return field


def thread(page: Page, text: str) -> Locator:
    return page.locator("[data-thread]").filter(has_text=text)


def marks(page: Page, name: str) -> list[str]:
    """The words that a highlight marks."""
    found: list[str] = page.evaluate(
        """(name) => {
            const words = (range) => range.startContainer.data.slice(range.startOffset, range.endOffset);
            return [...(CSS.highlights.get(name) ?? [])].map(words);
        }""",
        name,
    )
    return found


def test_comment_on_words_reaches_the_other_and_is_answered_and_resolved(lin: Page, nora: Page) -> None:
    version = row_with(lin, "Alpha").get_attribute("data-version")
    field = begin(lin, "Alpha", "its row")
    expect(lin.locator("[data-new-quote]")).to_have_text("its row")
    lin.keyboard.type("Which row, @nor")
    expect(lin.locator(".mention-list").get_by_text(NORA)).to_be_visible()
    lin.keyboard.press("Enter")
    expect(field).to_have_value(f"Which row, @{NORA} ")
    lin.keyboard.press("Control+Enter")
    expect(thread(lin, "Which row").locator(".mention")).to_have_text(f"@{NORA}")
    expect(row_with(lin, "Alpha")).to_be_focused()
    assert marks(lin, "commented") == ["its row"]

    mark = row_with(nora, "Alpha").get_by_role("button", name="Comments: 1")
    expect(mark).to_be_visible()
    assert row_with(nora, "Alpha").get_attribute("data-version") == version
    mark.click()
    theirs = thread(nora, "Which row")
    expect(theirs).to_be_focused()
    assert marks(nora, "commented-here") == ["its row"]
    theirs.get_by_text("Reply", exact=True).click()
    theirs.get_by_label("Reply").fill("The first one.")
    theirs.get_by_role("button", name="Send").click()
    expect(theirs).to_be_focused()
    expect(thread(lin, "The first one.")).to_be_visible()

    thread(lin, "Which row").get_by_role("button", name="Resolve").press("Enter")
    expect(lin.get_by_role("button", name="Comment on this row")).to_be_focused()
    for page in (lin, nora):
        expect(page.get_by_text("All comments are resolved.")).to_be_visible()
        expect(row_with(page, "Alpha").locator(".row-talk")).to_have_count(0)
    assert marks(lin, "commented") == []


def test_button_of_the_panel_means_the_row_that_was_pointed_at(lin: Page) -> None:
    row = row_with(lin, "Charlie")
    begin(lin, "Alpha")
    lin.get_by_role("button", name="Cancel").click()
    button = lin.get_by_role("button", name="Comment on this row")
    expect(button).to_be_visible()
    row.locator("[data-play]").focus()
    button.click()
    expect(lin.locator("[data-new-time]")).to_have_text(row.locator("[data-play]").inner_text())
    assert lin.locator("[data-new] [name=row]").input_value() == row.get_attribute("data-utterance")


def test_what_is_being_written_stays_while_others_speak(lin: Page, nora: Page) -> None:
    begin(lin, "Bravo").fill("First of all")
    lin.keyboard.press("Control+Enter")
    expect(thread(lin, "First of all")).to_be_visible()
    begin(nora, "Charlie").fill("A thought of mine that is not")
    mine = thread(nora, "First of all")
    mine.get_by_text("Reply", exact=True).click()
    reply = mine.get_by_label("Reply")
    reply.fill("An answer")
    begin(lin, "Alpha").fill("Something else")
    lin.keyboard.press("Control+Enter")
    expect(thread(nora, "Something else")).to_be_visible()
    thread(lin, "First of all").get_by_text("Edit").click()
    thread(lin, "First of all").get_by_label("Comment").fill("First of all things")
    lin.keyboard.press("Control+Enter")
    expect(thread(nora, "First of all things")).to_be_visible()
    expect(reply).to_have_value("An answer")
    expect(reply).to_be_focused()
    nora.keyboard.type(" of mine")
    nora.keyboard.press("Control+Enter")
    expect(thread(lin, "An answer of mine")).to_be_visible()
    expect(nora.locator("[data-new] textarea")).to_have_value("A thought of mine that is not")


def test_comment_disturbs_nobody_who_types(lin: Page, nora: Page) -> None:
    row_with(lin, "Delta").locator("[data-text]").dblclick()
    lin.keyboard.press("End")
    lin.keyboard.type(" Still")
    begin(nora, "Delta").fill("Careful")
    nora.keyboard.press("Control+Enter")
    expect(lin.locator("[data-editing] .row-talk")).to_have_text("1")
    expect(field_of(lin)).to_be_focused()
    lin.keyboard.type(" typing")
    lin.keyboard.press("Control+Enter")
    expect(status(lin)).to_have_text("Saved")
    expect(row_with(nora, "Delta stands in its row. Still typing")).to_have_count(1)
    expect(row_with(lin, "Still typing").locator(".row-talk")).to_have_text("1")


def test_late_answer_to_a_comment_leaves_the_focus_where_it_is(lin: Page) -> None:
    sent: list[Route] = []
    lin.route("**/comments/", lambda route: sent.append(route) if route.request.method == "POST" else route.continue_())
    begin(lin, "Foxtrot").fill("Slowly")
    with lin.expect_request("**/comments/"):
        lin.keyboard.press("Control+Enter")
    row_with(lin, "Foxtrot").locator("[data-text]").dblclick()
    expect(field_of(lin)).to_be_focused()
    sent[0].continue_()
    expect(thread(lin, "Slowly")).to_be_visible()
    expect(lin.locator("[data-new]")).to_be_hidden()
    expect(field_of(lin)).to_be_focused()


def test_news_while_a_comment_is_begun_do_not_stop_it(lin: Page) -> None:
    asked: list[Route] = []
    lin.route("**/comments/", lambda route: asked.append(route))
    row_with(lin, "Foxtrot").focus()
    questions = count(1)
    with lin.expect_request(lambda request: request.url.endswith("/comments/") and next(questions) == 2):
        lin.keyboard.press("Alt+Shift+KeyC")
    with lin.expect_request("**/comments/"):
        lin.evaluate("document.dispatchEvent(new CustomEvent('transcript:annotated'))")
    for route in asked[:2]:
        route.continue_()
    expect(lin.locator("[data-new] textarea")).to_be_focused()


def test_comment_goes_with_its_words_when_the_row_is_split(lin: Page) -> None:
    begin(lin, "Echo", "row").fill("This one")
    lin.keyboard.press("Control+Enter")
    expect(row_with(lin, "Echo").locator(".row-talk")).to_be_visible()
    row_with(lin, "Echo").locator("[data-text]").dblclick()
    field_of(lin).evaluate("(field) => field.setSelectionRange(12, 12)")
    lin.keyboard.press("Shift+Enter")
    right = row_with(lin, "in its row.").filter(has_not_text="stands")
    expect(right.locator(".row-talk")).to_have_text("1")
    expect(row_with(lin, "Echo").locator(".row-talk")).to_have_count(0)
    lin.keyboard.press("Escape")
    lin.keyboard.press("Control+KeyZ")
    expect(row_with(lin, "Echo stands in its row.").locator(".row-talk")).to_have_text("1")


def test_named_person_finds_the_comment_and_goes_there(lin: Page, nora: Page, scripted: Site) -> None:
    begin(lin, "Foxtrot").fill(f"@{NORA} what is a foxtrot?")
    lin.keyboard.press("Control+Enter")
    expect(thread(lin, "what is a foxtrot")).to_be_visible()
    nora.goto(scripted.url)
    nora.get_by_role("link", name="For you").first.click()
    nora.get_by_role("link", name="what is a foxtrot").click()
    expect(thread(nora, "what is a foxtrot")).to_have_attribute("aria-current", "true")
    expect(row_with(nora, "Foxtrot")).to_be_in_viewport()


def test_assignments_are_claimed_and_shown_beside_the_rows(lin: Page, nora: Page) -> None:
    for page in (lin, nora):
        page.locator("[data-open-panel=review]").first.click()
    lin.get_by_label("Minutes per assignment").fill("2")
    lin.get_by_role("button", name="Split into assignments").click()
    expect(nora.locator("[data-assignment]")).to_have_count(3)
    lin.get_by_role("button", name="Claim next assignment").click()
    expect(row_with(lin, "Alpha")).to_be_focused()
    expect(row_with(nora, "Alpha")).to_have_attribute("data-begins", "Assignment 1 · lin")
    nora.get_by_role("button", name="Claim next assignment").click()
    expect(row_with(nora, "Charlie")).to_be_focused()
    expect(row_with(lin, "Charlie")).to_have_attribute("data-begins", f"Assignment 2 · {NORA}")
    nora.get_by_role("button", name="Release").click()
    expect(row_with(lin, "Charlie")).to_have_attribute("data-begins", "Assignment 2")
    reload(lin)
    expect(row_with(lin, "Alpha")).to_have_attribute("data-begins", "Assignment 1 · lin")


def test_panel_and_list_have_no_barriers(lin: Page, scripted: Site, troubles: Troubles) -> None:
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    begin(lin, "Alpha").fill("@n")
    lin.keyboard.type("o")
    expect(lin.locator(".mention-list > li")).to_have_count(1)
    lin.keyboard.press("Escape")
    expect(lin.locator(".mention-list > li")).to_have_count(0)
    lin.get_by_role("button", name="Cancel").click()
    begin(lin, "Alpha").fill(f"For the eyes of @{NORA}")
    assert complaints(lin) == []
    lin.keyboard.press("Control+Enter")
    expect(thread(lin, "For the eyes")).not_to_have_count(0)
    lin.locator("[data-open-panel=review]").first.click()
    assert complaints(lin) == []
    for path in ("/notices/",):
        lin.goto(scripted.url + path)
        assert complaints(lin) == []


SECOND = "UPDATE transcripts_project SET second_reader = %s WHERE name = %s"


def test_second_reader_is_somebody_else(lin: Page, nora: Page, scripted: Site, troubles: Troubles) -> None:
    troubles.expect("422")
    scripted.execute(SECOND, True, "lin")
    try:
        row_with(lin, "Charlie").locator("[data-text]").dblclick()
        field_of(lin).fill("Charlie sits in his row.")
        lin.keyboard.press("Control+Enter")
        expect(status(lin)).to_have_text("Saved")
        refused = row_with(lin, "Charlie sits").element_handle()
        row_with(lin, "Charlie sits").get_by_role("button", name="Verified").click()
        lin.wait_for_function("row => !row.isConnected", arg=refused)  # It comes anew.
        expect(status(lin)).to_have_text(
            "Failed: You edited this row last. In this project, someone else must verify it."
        )
        lin.evaluate(
            """() => {
                const texts = [...document.querySelectorAll("[data-utterance] [data-text]")];
                const at = texts.findIndex(({textContent}) => textContent.startsWith("Charlie"));
                document.getSelection().setBaseAndExtent(texts[at - 1].firstChild, 0, texts[at].firstChild, 3);
            }"""
        )
        lin.keyboard.press("Alt+Enter")
        expect(status(lin)).to_have_text("Verified. Rows: 1. Skipped because you edited them last: 1.")
        row_with(nora, "Charlie sits").get_by_role("button", name="Verified").click()
        mark = row_with(lin, "Charlie sits").get_by_role("button", name="Verified")
        expect(mark).to_have_attribute("aria-pressed", "true")
        mark.hover()
        expect(mark).to_have_attribute("title", re.compile(f"^Verified by {NORA}, "))
    finally:
        scripted.execute(SECOND, False, "lin")


def test_verifier_is_named_when_the_news_comes_after_the_row(lin: Page, nora: Page, troubles: Troubles) -> None:
    troubles.expect("ERR_FAILED", "status of 409")
    lin.route("**/live/**", lambda route: route.abort())
    reload(lin)
    row_with(nora, "Delta").get_by_role("button", name="Verified").click()
    expect(row_with(nora, "Delta").get_by_role("button", name="Verified")).to_have_attribute("aria-pressed", "true")
    mark = row_with(lin, "Delta").get_by_role("button", name="Verified")
    mark.click()  # It is refused, and the row comes as it is.
    expect(mark).to_have_attribute("aria-pressed", "true")
    mark.hover()
    expect(mark).to_have_attribute("title", re.compile("^Verified by someone, "))
    lin.unroute("**/live/**")
    expect(mark).to_have_attribute("title", re.compile(f"^Verified by {NORA}, "))
