"""Keeping voices is explained where it is switched on, and switched off after a question."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.accessibility import PHONES, complaints, spilt
from tests.browser.people import Troubles
from tests.browser.test_projects import project as project  # the fixture


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
