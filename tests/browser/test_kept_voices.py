"""Keeping voices is explained where it is switched on, and switched off after a question."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import PHONES, complaints, spilt
from tests.browser.people import Troubles, answer_of, opened, recognised, row_with
from tests.browser.test_projects import project as project  # fixtures, as are the next three
from tests.browser.test_tell_apart import CALL, EN, ROWS, ZH, open_panel, wait_for_labels
from tests.browser.test_tell_apart import enter as enter
from tests.browser.test_tell_apart import port as port
from tests.browser.test_tell_apart import telling as telling
from tests.processes import Site

WORDS = {
    "en-GB": (
        "Keep voices",
        "The people who speak here know about this and agree",
        "This may be {}.",
        "Yes",
        "No",
    ),
    "zh-CN": ("保存声纹", "录音中的说话人知情并同意", "可能是{}。", "是", "不是"),
}


def test_voices_are_kept_once_people_were_asked(page: Page, project: str, troubles: Troubles) -> None:
    troubles.expect("status of 422")  # Nobody was asked.
    page.goto(project)
    keep = page.get_by_role("button", name="Keep voices")
    keep.click()
    expect(page.get_by_role("alert")).to_have_text("Ask the people first, then confirm it here.")
    page.get_by_label("The people who speak here know about this and agree").check()
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


@pytest.mark.parametrize(("locale", "said"), [("en-GB", EN), pytest.param("zh-CN", ZH, marks=pytest.mark.drill)])
def test_name_is_offered_in_the_next_recording(
    telling: Site, port: int, enter: Callable[..., Page], troubles: Troubles, locale: str, said: dict[str, str]
) -> None:
    """By the voice alone: neither the service nor a person has named anybody there."""
    troubles.expect("Content Security Policy")  # The checker styles what it measures.
    keep, asked, maybe, yes, no = WORDS[locale]
    page = enter(locale=locale)
    first = recognised(telling, port, CALL, answer_of(*ROWS), anew=True)
    page.goto(f"{telling.url}/projects/1/")
    page.get_by_label(asked).check()
    page.get_by_role("button", name=keep).click()
    expect(page.locator("#voices-dialog")).to_be_attached()

    opened(page, first)
    wait_for_labels(page)
    panel = open_panel(page, said["panel"])
    for number, name in (("1", "Michelle"), ("2", "Jack")):
        panel.get_by_label(said["name"].format(number)).fill(name)
        page.keyboard.press("Enter")
        expect(panel.get_by_role("textbox").nth(int(number) - 1)).to_have_value(name)

    opened(page, recognised(telling, port, CALL, answer_of(*ROWS), anew=True))
    wait_for_labels(page)
    panel = open_panel(page, said["panel"])
    offers = panel.locator(".voice-maybe")
    expect(offers).to_have_count(2)
    expect(offers.first).to_contain_text(maybe.format("Michelle"))
    assert complaints(page) == []
    offers.first.get_by_role("button", name=yes, exact=True).focus()
    page.keyboard.press("Enter")
    expect(offers).to_have_count(1)
    expect(row_with(page, "Thank you").locator("[data-who]")).to_have_text("Michelle")
    expect(offers).to_contain_text(maybe.format("Jack"))
    offers.get_by_role("button", name=no, exact=True).click()
    expect(offers).to_have_count(0)
    expect(row_with(page, "my name is Jack").locator("[data-who]")).to_have_text(f"{said['speaker']} 2")

    page.goto(f"{telling.url}/projects/1/")
    page.locator("[data-dialog=voices-dialog]").click()
    page.locator("#voices-dialog .danger").click()
    expect(page.get_by_label(asked)).to_be_visible()
