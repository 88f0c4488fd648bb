"""A damaged file is imported with its recording: what was not understood is decided before anything is stored."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, StorageState, expect

from tests.browser.people import AUDIO, Troubles, row_with
from tests.processes import Site

DAMAGED = """\
1
00:00:01,000 --> 00:00:02,000
The first one can be read.

2
00:00:0x,000 --> 00:00:04,000
This one has a broken time.

3
00:00:06,000 --> 00:00:07,000
The third one can be read, too.

4
00:00:1?,000 --> 00:00:12,000
And this one is an advertisement.
"""


def test_damaged_file_is_looked_at_and_imported(page: Page, scripted: Site, troubles: Troubles) -> None:
    troubles.expect("status of 422")  # a time that is none
    page.goto(scripted.url)
    page.get_by_role("link", name="Import a transcript").click()
    file = {"name": "damaged.srt", "mimeType": "application/x-subrip", "buffer": DAMAGED.encode()}
    page.locator("[name=transcript]").set_input_files(file)
    page.locator("[name=recording]").set_input_files(AUDIO / "zh_autumn.ogg")
    page.get_by_role("button", name="Import").click()

    expect(page.get_by_role("heading", name="Import “damaged.srt”")).to_be_visible()
    rows = page.get_by_role("list", name="First rows").get_by_role("listitem")
    expect(rows).to_contain_text(["The first one can be read.", "The third one can be read, too."])
    unread = page.get_by_role("region", name="2 texts were not understood").get_by_role("listitem")
    expect(unread).to_contain_text(["This one has a broken time.", "And this one is an advertisement."])
    unread.first.get_by_role("textbox", name="Time").fill("soon")
    unread.last.get_by_label("Leave out").check()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("alert").first).to_have_text("Some texts still need a time.")
    expect(unread.first.get_by_role("textbox", name="Time")).to_have_attribute("aria-invalid", "true")
    expect(unread.last.get_by_label("Leave out")).to_be_checked()
    unread.first.get_by_role("textbox", name="Time").fill("4.5")
    page.get_by_role("button", name="Import").click()

    expect(row_with(page, "broken time")).to_have_attribute("data-start", "4500")
    expect(page.locator("[data-utterance] [data-text]")).to_have_text(
        ["The first one can be read.", "This one has a broken time.", "The third one can be read, too."]
    )


def test_fields_for_files_are_drop_zones_in_the_language_of_the_page(
    scripted: Site, visit: Callable[..., BrowserContext], sign_in: Callable[[Site], StorageState]
) -> None:
    """Whatever the browser's language is: its own words for such a field are not seen."""
    page = visit(locale="zh-CN", storage_state=sign_in(scripted)).new_page()
    page.goto(f"{scripted.url}/imports/")
    for zone in page.locator("file-drop").all():
        expect(zone.get_by_text("将文件拖到此处，或点击选择")).to_be_visible()
        expect(zone.locator("input")).to_have_css("opacity", "0")
        assert zone.locator("input").bounding_box() == zone.locator(".file-drop-face").bounding_box()
    zone = page.locator("file-drop:has([name=transcript])")
    file = page.evaluate_handle(
        "() => { const data = new DataTransfer(); data.items.add(new File(['1'], '访谈.srt')); return data; }"
    )
    zone.dispatch_event("dragover", {"dataTransfer": file})
    expect(zone).to_have_attribute("data-dragging", "")
    zone.dispatch_event("dragleave")
    expect(zone).not_to_have_attribute("data-dragging", "")
    with page.expect_file_chooser() as chooser:
        zone.click()
    chooser.value.set_files({"name": "访谈.srt", "mimeType": "text/plain", "buffer": b"1" * 2048})
    expect(zone).to_contain_text("访谈.srt · 2.0 KB")
    expect(zone.get_by_text("将文件拖到此处，或点击选择")).to_be_hidden()
