"""Keeping voices is explained where it is switched on, and switched off after a question."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.accessibility import PHONES, complaints, spilt
from tests.browser.people import Troubles, answer_of, opened, recognised, row_with
from tests.browser.test_projects import project as project  # fixtures, as are the next three
from tests.browser.test_tell_apart import CALL, EN, ROWS, ZH, open_panel, wait_for_labels
from tests.browser.test_tell_apart import enter as enter
from tests.browser.test_tell_apart import port as port
from tests.browser.test_tell_apart import telling as telling
from tests.processes import Site

ASKED = "The people who speak here know about this and agree"


def test_voices_are_kept_once_people_were_asked(page: Page, project: str, troubles: Troubles) -> None:
    troubles.expect("status of 422")  # Nobody was asked.
    page.goto(project)
    keep = page.get_by_role("button", name="Keep voices")
    keep.click()
    expect(page.get_by_role("alert")).to_have_text("Ask the people first, then confirm it here.")
    page.get_by_label(ASKED).check()
    keep.click()
    expect(page.get_by_text("Voices are kept from now on.")).to_be_visible()
    expect(page.get_by_text("This project keeps 0 voices of named speakers")).to_be_in_viewport()
    assert complaints(page) == []
    page.get_by_role("link", name="Whose voices are kept").click()
    expect(page.get_by_role("heading", name="Voices")).to_be_visible()
    assert complaints(page) == []
    assert spilt(page, PHONES) == []
    page.get_by_role("link", name="More about this, and how to stop it").click()
    page.get_by_role("button", name="Stop keeping voices").click()
    question = page.get_by_role("dialog", name="Stop keeping voices?")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop keeping voices").click()
    question.get_by_role("button", name="Stop and delete").click()
    expect(page.get_by_text("The voices were deleted.")).to_be_visible()
    expect(keep).to_be_visible()


def test_name_is_offered_in_the_next_recording(
    telling: Site, port: int, enter: Callable[..., Page], troubles: Troubles
) -> None:
    """By the voice alone: neither the service nor a person has named anybody there."""
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    page, chinese = enter(), enter(locale="zh-CN")
    first = recognised(telling, port, CALL, answer_of(*ROWS))
    for one in (chinese, page):
        one.goto(f"{telling.url}/projects/1/")
    expect(chinese.get_by_role("button", name="保存声纹")).to_be_visible()
    expect(chinese.get_by_label("录音中的说话人知情并同意")).not_to_be_checked()
    page.get_by_label(ASKED).check()
    page.get_by_role("button", name="Keep voices").click()
    expect(page.locator("#voices-dialog")).to_be_attached()

    opened(page, first)
    wait_for_labels(page)
    panel = open_panel(page)
    for number, name in (("1", "Michelle"), ("2", "Jack")):
        panel.get_by_label(EN["name"].format(number)).fill(name)
        page.keyboard.press("Enter")
        expect(panel.get_by_role("textbox").nth(int(number) - 1)).to_have_value(name)

    second = recognised(telling, port, CALL, answer_of(*ROWS))
    opened(page, second)
    wait_for_labels(page)
    opened(chinese, second)
    panel = open_panel(chinese, ZH["panel"])
    expect(panel.get_by_role("group", name=ZH["listen"].format(2))).to_be_visible()
    expect(panel.get_by_label(ZH["name"].format(1))).to_be_visible()
    offer = panel.locator(".voice-maybe").first
    expect(offer).to_contain_text("可能是Michelle。")
    expect(offer.get_by_role("button")).to_have_text(["是", "不是"])
    panel = open_panel(page)
    offers = panel.locator(".voice-maybe")
    expect(offers).to_have_count(2)
    expect(offers.first).to_contain_text("This may be Michelle.")
    assert complaints(page) == []
    offers.first.get_by_role("button", name="Yes", exact=True).focus()
    page.keyboard.press("Enter")
    expect(offers).to_have_count(1)
    expect(row_with(page, "Thank you").locator("[data-who]")).to_have_text("Michelle")
    expect(offers).to_contain_text("This may be Jack.")
    offers.get_by_role("button", name="No", exact=True).click()
    expect(offers).to_have_count(0)
    expect(row_with(page, "my name is Jack").locator("[data-who]")).to_have_text("Speaker 2")

    page.goto(f"{telling.url}/projects/1/")
    page.locator("[data-dialog=voices-dialog]").click()
    page.locator("#voices-dialog .danger").click()
    expect(page.get_by_label(ASKED)).to_be_visible()
