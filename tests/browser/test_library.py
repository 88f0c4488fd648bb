"""The list of recordings: what is asked for is shown without leaving the page, and done to all that are selected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, StorageState, expect

from tests.browser.accessibility import SPILLS, complaints
from tests.browser.people import NAME, Troubles
from tests.browser.test_projects import library_of, project  # noqa: F401
from tests.browser.test_upload import add, payload
from tests.processes import Site

MAKE = f"""
from django.contrib.auth.models import User
from transcripts.models import Recording
from transcripts.services.accounts.accounts import get_personal_project
lin = User.objects.get(username="{NAME}")
for number in range(27):
    title = f"pick {{number:02}}"
    Recording.objects.create(project=get_personal_project(lin), uploaded_by=lin, title=title, state="done")
"""
FORGET = 'from transcripts.models import Recording; Recording.objects.filter(title__startswith="pick ").delete()'


@pytest.fixture(scope="module")
def many(scripted: Site) -> Iterator[None]:
    """27 recordings, more than a page has."""
    scripted.manage("shell", "--no-imports", "--command", MAKE)
    yield
    scripted.manage("shell", "--no-imports", "--command", FORGET)


def find(page: Page, title: str) -> None:
    page.get_by_label("Title contains").fill(title)


def expect_rows(page: Page, count: int) -> None:
    expect(page.get_by_role("article")).to_have_count(count)


@pytest.mark.usefixtures("many")
def test_filter_shows_pages_or_that_nothing_matches(page: Page, scripted: Site) -> None:
    page.goto(scripted.url)
    for _time in range(2):
        find(page, "nothing has this title")
        expect(page.get_by_text("No recordings match this filter.")).to_be_visible()
        expect_rows(page, 0)
        expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
        expect(page.get_by_text("Drop audio or video files here.")).to_be_hidden()
        find(page, "pick")
        expect_rows(page, 25)
        expect(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Older")).to_be_visible()
        expect(page.get_by_text("No recordings match this filter.")).to_be_hidden()
    find(page, "")
    expect(page.get_by_text("Drop audio or video files here.")).to_be_hidden()


@pytest.mark.usefixtures("many")
def test_late_answer_to_an_earlier_question_shows_nothing(page: Page, scripted: Site) -> None:
    held: list[Route] = []
    page.route(re.compile(r"\?title=pick\+1$"), lambda route: held.append(route))
    page.goto(scripted.url)
    with page.expect_request(re.compile(r"\?title=pick\+1$")) as early:
        find(page, "pick 1")
    find(page, "pick 26")
    expect_rows(page, 1)
    held[0].continue_()
    response = early.value.response()
    assert response
    response.finished()
    page.wait_for_load_state("networkidle")
    expect_rows(page, 1)
    assert parse_qs(urlsplit(page.url).query) == {"title": ["pick 26"]}


@pytest.mark.usefixtures("many")
def test_selection_counts_what_is_there_and_is_acted_on(page: Page, scripted: Site, troubles: Troubles) -> None:
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    page.goto(f"{scripted.url}/?title=pick&order=title")
    bar = page.get_by_role("form", name="Selected recordings")
    expect(bar).to_be_hidden()
    expect(page.locator("#filter-people")).to_have_count(0)
    page.get_by_text("More filters").click()
    expect(page.locator(f"#filter-people option[value={NAME}]")).to_have_count(1)
    page.get_by_label("Select pick 00").click()
    page.get_by_label("Select pick 02").click(modifiers=["Shift"])
    expect(bar).to_contain_text("3 selected")
    assert complaints(page) == []
    page.keyboard.press("Control+a")
    bar.get_by_role("button", name="Select all 27 that match").click()
    expect(bar).to_contain_text("27 selected")

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "title=pick+2" in request.url else None)
    find(page, "pick 2")
    expect_rows(page, 7)
    expect(bar).to_be_hidden()
    page.get_by_label("Select pick 20").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowDown")
    expect(bar).to_contain_text("2 selected")
    assert len(asked) == 1


def press(page: Page, button: Locator, key: str = "Tab") -> None:
    """Goes to the button by keyboard alone, and presses it."""
    for _time in range(20):
        if button.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press(key)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")


@pytest.mark.usefixtures("many")
def test_keyboard_tags_and_deletes_recordings_and_undoes_both(page: Page, scripted: Site) -> None:
    page.goto(f"{scripted.url}/?title=pick+2&order=title")
    bar = page.get_by_role("form", name="Selected recordings")
    done = page.locator(".bulk-action")
    for verb, question, line in (
        ("Delete", "Delete 2 recordings?", "2 recordings deleted"),
        ("Tag", "Tag 2 recordings?", "2 recordings tagged"),
    ):
        page.get_by_label("Select pick 20").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Shift+ArrowDown")
        press(page, bar.get_by_role("button", name=verb, exact=True), "Shift+Tab")
        asked = page.get_by_role("dialog", name=question)
        if verb == "Tag":
            expect(asked.get_by_label("Tag")).to_be_focused()
            page.keyboard.type("Keys")
            page.keyboard.press("Enter")
        else:
            expect(asked.get_by_role("button", name="Cancel")).to_be_focused()
            press(page, asked.get_by_role("button", name=verb))
        expect(done).to_contain_text(line)
        expect(done).to_be_focused()
        expect_rows(page, 5 if verb == "Delete" else 7)
        expect(page.get_by_role("link", name="Keys")).to_have_count(2 if verb == "Tag" else 0)
        press(page, done.get_by_role("button", name="Undo"))
        expect(done).to_contain_text("undone: 2 of 2")
        expect(done).to_be_focused()
        expect_rows(page, 7)
        press(page, done.get_by_role("button", name="Dismiss"))
        expect(done).to_have_count(0)
    expect(page.get_by_role("link", name="Keys")).to_have_count(0)


@pytest.mark.usefixtures("many")
def test_kept_filter_is_found_again(page: Page, scripted: Site) -> None:
    page.goto(scripted.url)
    find(page, "pick 1")
    page.get_by_label("Order").select_option("Title, Z to A")
    expect(page.get_by_role("article").first).to_contain_text("pick 19")
    asked = {"title": ["pick 1"], "order": ["-title"]}
    assert parse_qs(urlsplit(page.url).query) == asked
    page.get_by_text("Keep this filter", exact=True).click()
    page.get_by_label("Keep this filter as").fill("Tens, backwards")
    page.get_by_role("button", name="Keep", exact=True).click()
    kept = page.get_by_role("link", name="Tens, backwards")
    expect(kept).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_role("article").first).not_to_contain_text("pick 19")
    kept.click()
    page.reload()
    page.get_by_role("link", name="Downloads").click()
    page.go_back()
    expect_rows(page, 10)
    expect(page.get_by_role("article").first).to_contain_text("pick 19")
    expect(page.get_by_label("Title contains")).to_have_value("pick 1")
    assert parse_qs(urlsplit(page.url).query) == asked
    page.get_by_role("button", name="Remove the filter Tens, backwards").click()
    expect(kept).to_have_count(0)


@pytest.mark.usefixtures("many")
def test_thumb_tags_recordings_and_deletes_the_tag(
    scripted: Site,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
    troubles: Troubles,
) -> None:
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = visit(**phone, storage_state=sign_in(scripted)).new_page()
    page.goto(f"{scripted.url}/?title=pick+2&order=title")
    for title in ("pick 20", "pick 21", "pick 22"):
        page.locator("label.recording-tick", has_text=title).tap()
    bar = page.get_by_role("form", name="Selected recordings")
    expect(bar).to_contain_text("3 selected")
    assert page.evaluate(SPILLS) == []
    bar.get_by_role("button", name="Tag", exact=True).tap()
    question = page.get_by_role("dialog", name="Tag 3 recordings?")
    question.get_by_label("Tag").fill("Thumbs")
    question.get_by_role("button", name="Tag").tap()
    expect(page.locator(".bulk-action")).to_contain_text("3 recordings tagged")
    page.locator(".bulk-action").get_by_role("button", name="Dismiss").tap()
    page.get_by_role("link", name="Thumbs").first.tap()
    expect_rows(page, 3)
    page.get_by_role("link", name="Tags", exact=True).tap()
    page.get_by_role("link", name="Edit Thumbs").tap()
    expect(page.get_by_text("It is removed from 3 recordings.")).to_be_visible()
    assert (page.evaluate(SPILLS), complaints(page)) == ([], [])
    page.get_by_role("button", name="Delete tag").tap()
    done = page.locator(".bulk-action")
    expect(done).to_contain_text("“Thumbs” removed from 3 recordings")
    expect(page.get_by_role("link", name="Edit Thumbs")).to_have_count(0)
    done.get_by_role("button", name="Undo").tap()
    expect(page.get_by_role("listitem").filter(has_text="Thumbs")).to_contain_text("3 recordings")
    assert (page.evaluate(SPILLS), complaints(page)) == ([], [])
    page.get_by_role("link", name="Edit Thumbs").tap()
    page.get_by_role("button", name="Delete tag").tap()
    page.locator(".crumb").tap()
    page.get_by_role("link", name="Overview").tap()
    expect(page.get_by_role("heading", name="Hours by week")).to_be_visible()
    assert (page.evaluate(SPILLS), complaints(page)) == ([], [])


@pytest.mark.usefixtures("many")
def test_deleted_row_is_not_counted_as_selected(page: Page, scripted: Site) -> None:
    page.goto(f"{scripted.url}/?title=pick+0")
    page.get_by_label("Select pick 03").click()
    page.get_by_label("Select pick 04").click()
    page.get_by_role("button", name="Delete pick 03").click()
    page.get_by_role("dialog", name="Delete this recording?").get_by_role("button", name="Delete").click()
    expect_rows(page, 9)
    expect(page.get_by_role("form", name="Selected recordings")).to_contain_text("1 selected")


def test_first_recording_of_an_empty_project_can_be_filtered_and_selected(
    page: Page,
    project: str,  # noqa: F811
    troubles: Troubles,
) -> None:
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    page.goto(library_of(project))
    expect(page.get_by_text("Drop audio or video files here.")).to_be_visible()
    assert complaints(page) == []
    expect(page.get_by_label("Title contains")).to_be_hidden()
    add(page, payload("first.wav"))
    page.get_by_label("Select first").click()
    expect(page.get_by_role("form", name="Selected recordings")).to_contain_text("1 selected")
    expect(page.get_by_label("Title contains")).to_be_visible()
    expect(page.get_by_text("Drop audio or video files here.")).to_be_hidden()
