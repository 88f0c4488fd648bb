"""Options, addresses, recognising again and comparing, as a person does it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, StorageState, expect

from tests.browser.accessibility import complaints
from tests.browser.people import Troubles, arrived, recognised
from tests.conftest import ANSWER, AUDIO, OTHER_ANSWER
from tests.files import unlike_others
from tests.processes import Site
from transcripts.flashserver.server import FlashServer

Service = Callable[..., FlashServer]


def payload(name: str) -> FilePayload:
    return {"name": name, "mimeType": "audio/wav", "buffer": unlike_others((AUDIO / "zh_welcome.wav").read_bytes())}


def row_of(page: Page, title: str) -> Locator:
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=title))


def library(page: Page, site: Site) -> Page:
    """With its options open."""
    page.goto(site.url)
    expect(page.locator("upload-area[data-ready]")).to_be_attached()
    expect(page.get_by_label("Language spoken")).to_be_hidden()
    page.get_by_text("Options, or add from a web address").click()
    expect(page.get_by_role("combobox", name="Language spoken")).to_be_visible()
    return page


def more(page: Page) -> None:
    page.get_by_text("More options").click()


def again(page: Page, title: str) -> None:
    """From the library through the editor's details to the page of recognising again."""
    row_of(page, title).get_by_role("link", name=title).click()
    arrived(page).get_by_role("button", name="Details").click()
    page.get_by_role("link", name="Recognise again with other options").click()
    expect(page.get_by_role("heading", name=re.compile("Recognise .* again"))).to_be_visible()


def test_options_go_with_the_file_and_come_back_when_it_is_recognised_again(
    page: Page, scripted: Site, service: Service
) -> None:
    service({"body": ANSWER})
    library(page, scripted)
    page.get_by_role("combobox", name="Language spoken").select_option("zh-CN")
    page.get_by_label("Ask the service who speaks").check()
    page.get_by_label("Hot words", exact=True).fill("西瓜\nMega")
    expect(page.get_by_label("Write numbers as digits")).to_be_hidden()
    more(page)
    page.get_by_label("Write numbers as digits").select_option("off")
    page.get_by_label("Pause that ends a row (ms)").fill("900")
    page.locator("input[type=file]").set_input_files(payload("with-options.wav"))
    expect(row_of(page, "with-options")).to_contain_text("2 rows")
    again(page, "with-options")
    expect(page.get_by_role("combobox", name="Language spoken")).to_have_value("zh-CN")
    expect(page.get_by_label("Ask the service who speaks")).to_be_checked()
    expect(page.get_by_label("Hot words", exact=True)).to_have_value("西瓜\nMega")
    more(page)
    expect(page.get_by_label("Write numbers as digits")).to_have_value("off")
    expect(page.get_by_label("Punctuation")).to_be_checked()
    expect(page.get_by_label("Pause that ends a row (ms)")).to_have_value("900")


def test_option_that_cannot_be_is_mended_and_the_file_goes_without_being_chosen_again(
    page: Page, scripted: Site, service: Service, troubles: Troubles
) -> None:
    troubles.expect("status of 422")
    service({"body": ANSWER})
    library(page, scripted)
    more(page)
    pause = page.get_by_label("Pause that ends a row (ms)")
    pause.fill("7")
    pause.press("Enter")  # Sends nothing by itself.
    page.locator("input[type=file]").set_input_files(payload("mended.wav"))
    told = page.get_by_role("listitem").filter(has_text="This must be a whole number from 300 to 5000.")
    expect(told).to_contain_text("Pause that ends a row (ms)")
    pause.fill("800")
    told.get_by_role("button", name="Try again").click()
    expect(row_of(page, "mended")).to_contain_text("2 rows")
    expect(told).to_have_count(0)


def test_options_kept_for_later_stand_there_the_next_time(page: Page, scripted: Site, service: Service) -> None:
    service({"body": ANSWER})
    library(page, scripted)
    page.get_by_label("Remove filler words").check()
    page.get_by_label("Use these options for later recordings too").check()
    page.locator("input[type=file]").set_input_files(payload("default.wav"))
    expect(row_of(page, "default")).to_contain_text("2 rows")
    library(page, scripted)
    expect(page.get_by_label("Remove filler words")).to_be_checked()
    page.get_by_label("Remove filler words").uncheck()
    page.get_by_label("Use these options for later recordings too").check()
    page.locator("input[type=file]").set_input_files(payload("back.wav"))
    expect(row_of(page, "back")).to_contain_text("2 rows")
    library(page, scripted)
    expect(page.get_by_label("Remove filler words")).not_to_be_checked()


@pytest.mark.parametrize("way", ["button", "Enter"])
def test_address_becomes_a_transcript_even_where_there_is_nothing_to_play(
    page: Page, scripted: Site, service: Service, way: str
) -> None:
    """The service fetches it; we don't, as the address is one of this machine."""
    service({"body": ANSWER})
    library(page, scripted)
    field = page.get_by_label("Web address of a recording")
    field.fill(f"http://127.0.0.1:9/by-{way}.mp3")
    if way == "Enter":
        field.press("Enter")
    else:
        page.get_by_role("button", name="Add", exact=True).click()
    row = row_of(page, f"by-{way}")
    expect(row).to_contain_text("Cannot be played")
    expect(field).to_have_value("")
    row.get_by_role("link", name=f"by-{way}").click()
    expect(page.get_by_text("This web address is not public.")).to_be_visible()
    expect(page.locator("[data-utterance]")).to_have_count(2)


def test_address_that_is_none_is_told(page: Page, scripted: Site, troubles: Troubles) -> None:
    troubles.expect("status of 422")
    library(page, scripted)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Web address of a recording")).to_be_focused()
    page.get_by_label("Web address of a recording").fill("ftp://example.org/a.mp3")
    page.keyboard.press("Enter")
    told = page.get_by_role("listitem").filter(has_text="The web address must start with http:// or https://.")
    expect(told).to_be_visible()


def test_recording_is_recognised_again_compared_and_a_row_taken_over(
    page: Page, scripted: Site, service: Service
) -> None:
    service({"body": ANSWER})
    page.goto(scripted.url)
    page.locator("input[type=file]").set_input_files(payload("twice.wav"))
    expect(row_of(page, "twice")).to_contain_text("2 rows")
    again(page, "twice")
    service({"body": OTHER_ANSWER})
    page.get_by_role("button", name="Recognise again").click()
    row_of(page, "twice").get_by_role("link", name="Compare 2 transcripts").click()
    page.get_by_role("link", name="Swap sides").click()
    second = page.get_by_role("row").filter(has=page.get_by_role("link", name="0:00:02"))
    expect(second.locator("ins")).to_have_text("早")
    expect(second.locator("del")).to_have_text("好")
    second.get_by_role("button", name="Apply").click()
    expect(second.locator("ins, del")).to_have_count(0)
    expect(second).to_contain_text("大家早。")
    second.get_by_role("link", name="0:00:02").click()
    expect(page.locator("[data-utterance]").last).to_contain_text("大家早。")
    expect(page.locator("[data-utterance]").first).to_contain_text("欢迎 Lin 来。")


def test_pages_are_accessible_and_fit(
    scripted: Site,
    service_port: int,
    service: Service,
    visit: Callable[..., BrowserContext],
    sign_in: Callable[[Site], StorageState],
) -> None:
    recognised(scripted, service_port, "zh_welcome.wav", ANSWER)
    service({"body": OTHER_ANSWER})
    # The checker itself styles what it measures, which the pages' policy forbids.
    page = visit(storage_state=sign_in(scripted), bypass_csp=True).new_page()

    def check() -> None:
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert complaints(page) == []
            assert page.evaluate("() => Math.max(document.documentElement.scrollWidth, innerWidth)") == width

    library(page, scripted)
    more(page)
    check()
    page.goto(scripted.url)
    row_of(page, "zh_welcome").first.get_by_role("link", name="zh_welcome").click()
    expect(page.locator("[data-review-progress]")).not_to_be_empty()  # It has no name before.
    arrived(page).get_by_role("button", name="Details").click()
    check()
    page.get_by_role("link", name="Recognise again with other options").click()
    more(page)
    check()
    page.get_by_role("button", name="Recognise again").click()
    row_of(page, "zh_welcome").first.get_by_role("link", name="Compare 2 transcripts").click()
    page.get_by_role("row").first.wait_for()
    check()
